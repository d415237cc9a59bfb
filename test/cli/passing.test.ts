/** Connections that are passed on: what happens when there is no descriptor left, and what is told. */
import { Duplex } from 'node:stream'
import test from 'ava'
import { Complaints } from '../../src/cli/complaints.ts'
import { Passing } from '../../src/cli/passing.ts'

/** One end of a connection, in memory: what is written to it is kept. */
class End extends Duplex {
  connecting = true
  reset = false
  received = ''

  override _read(): void {}
  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.received += chunk
    done()
  }

  resetAndDestroy(): void {
    this.reset = true
    this.destroy()
  }

  destroySoon(): void {
    this.end(() => this.destroy())
  }
}

const failed = (code: string): Error =>
  Object.assign(new Error(`connect ${code}`), { code, syscall: 'connect' })

/** Passes on to a server for which there are so many descriptors. */
const world = (descriptors: number) => {
  let now = 0
  let used = 0
  const servers: End[] = []
  const told: string[] = []
  const passing = new Passing({
    target: 'server:80',
    now: () => now,
    complaints: new Complaints(
      line => told.push(line),
      () => now,
    ),
    connect: () => {
      const server = new End()
      if (used >= descriptors) {
        process.nextTick(() => server.destroy(failed('EMFILE')))
        return server
      }
      used++
      servers.push(server)
      server.once('close', () => used--)
      process.nextTick(() => {
        server.connecting = false
        server.emit('connect')
      })
      return server
    },
  })
  const settled = () => new Promise(resolve => setImmediate(() => setImmediate(resolve)))
  return {
    passing,
    servers,
    told,
    settled,
    async client() {
      const client = new End()
      // It was accepted.
      client.connecting = false
      passing.add(client)
      await settled()
      return client
    },
    after(ms: number) {
      now += ms
    },
  }
}

test('without a descriptor left, the connection that was idle longest makes room', async t => {
  const w = world(2)
  const [first, second] = [await w.client(), await w.client()]
  w.after(5000)
  // The first is not the idlest any more.
  first.push('hello')
  await w.settled()
  t.is(w.servers[0]!.received, 'hello')
  w.after(2000)
  const third = await w.client()
  await w.settled()
  t.deepEqual([first.destroyed, second.reset, third.destroyed], [false, true, false])
  t.deepEqual(w.told, [
    'no descriptor is left (ulimit -n): the connection that was idle longest has been reset',
  ])
  third.push('me too')
  await w.settled()
  t.is(w.servers[2]!.received, 'me too')
  t.is(w.passing.size, 2)
})

test('what is in use makes room for nobody: the new connection is reset, and it is told, once a second', async t => {
  const w = world(1)
  const first = await w.client()
  const refused = [await w.client(), await w.client(), await w.client()]
  t.false(first.destroyed)
  for (const client of refused) t.true(client.reset)
  w.after(999)
  first.push('still here')
  await w.settled()
  t.true((await w.client()).reset)
  t.deepEqual(w.told, ['server:80 cannot be reached: connect EMFILE'])
  w.after(1)
  first.push('and here')
  await w.settled()
  t.true((await w.client()).reset)
  t.is(w.told[1], 'server:80 cannot be reached: connect EMFILE (and 3 more times before)')
  t.is(w.passing.size, 1)
})

test('an orderly end of the client does not cut off what its server has yet to take', async t => {
  const w = world(1)
  const client = await w.client()
  client.push('all of it')
  client.push(null)
  await w.settled()
  w.servers[0]!.push(null)
  await w.settled()
  t.is(w.servers[0]!.received, 'all of it')
  t.deepEqual([client.reset, w.servers[0]!.reset], [false, false])
  t.is(w.passing.size, 0)
})

test('a client that goes before its server is there takes it along', async t => {
  const w = world(1)
  const client = new End()
  w.passing.add(client)
  client.destroy()
  await w.settled()
  t.true(w.servers[0]!.destroyed)
  t.is(w.passing.size, 0)
})
