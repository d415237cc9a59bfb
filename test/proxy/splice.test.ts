import { once } from 'node:events'
import test from 'ava'
import type { Clock } from '../../src/base/clock.ts'
import { nodeClock } from '../../src/net/node-clock.ts'
import type { Socket } from '../../src/net/socket.ts'
import { type Spliced, splice } from '../../src/proxy/splice.ts'
import { VirtualClock } from '../../src/sim/virtual-clock.ts'
import { A, B, closeBoth, closeVirtual, pair, pattern } from '../net/support.ts'

interface Spliced3 {
  readonly client: Socket
  /** The server's end, at the far side of the proxy. */
  readonly server: Socket
  readonly proxied: readonly Spliced[]
  close(): Promise<void>
}

/** A client, a proxy and a server, all of ours: the proxy is on another stack than the other two. */
const world = async (clock: Clock = nodeClock): Promise<Spliced3> => {
  const stacks = pair({ clock })
  const proxied: Spliced[] = []
  const target = stacks.a.createServer({ allowHalfOpen: true }).listen(81)
  const proxy = stacks.b
    .createServer({ allowHalfOpen: true }, client => {
      const server = stacks.b.connect({ port: 81, host: A, allowHalfOpen: true })
      proxied.push(client as unknown as Spliced, server as unknown as Spliced)
      splice(client as unknown as Spliced, server as unknown as Spliced)
    })
    .listen(80)
  const accepted = once(target, 'connection')
  const client = stacks.a.connect({ port: 80, host: B, allowHalfOpen: true })
  const [server] = (await accepted) as [Socket]
  if (client.connecting) await once(client, 'connect')
  return {
    client,
    server,
    proxied,
    async close() {
      proxy.close()
      target.close()
      if (clock instanceof VirtualClock) await closeVirtual(stacks, clock)
      else await closeBoth(stacks)
    },
  }
}

/** All that comes until the end; the other direction stays as it is. */
const received = async (socket: Socket): Promise<Buffer> => {
  const chunks: Buffer[] = []
  socket.on('data', chunk => chunks.push(chunk))
  await once(socket, 'end')
  return Buffer.concat(chunks)
}

test('each direction ends for itself', async t => {
  const { client, server, proxied, close } = await world()
  client.end('question')
  t.is(String(await received(server)), 'question')
  t.false(client.readableEnded)
  server.write('ans')
  server.end('wer')
  t.is(String(await received(client)), 'answer')
  await Promise.all(proxied.map(socket => socket.destroyed || once(socket, 'close')))
  await close()
})

for (const [from, to] of [
  ['client', 'server'],
  ['server', 'client'],
] as const)
  test(`a reset by the ${from} is one for the ${to}`, async t => {
    const w = await world()
    const [error] = await Promise.all([once(w[to], 'error').then(([e]) => e), w[from].resetAndDestroy()])
    t.is(error.code, 'ECONNRESET')
    await w.close()
  })

test('a proxy that is told to reset resets both', async t => {
  const w = await world()
  const errors = Promise.all([once(w.client, 'error'), once(w.server, 'error')])
  w.proxied[0]!.resetAndDestroy()
  t.deepEqual(
    (await errors).map(([error]) => error.code),
    ['ECONNRESET', 'ECONNRESET'],
  )
  await w.close()
})

test('no server: the client is reset', async t => {
  const stacks = pair()
  const proxy = stacks.b
    .createServer({ allowHalfOpen: true }, client => {
      splice(client as unknown as Spliced, stacks.b.connect({ port: 81, host: A }) as unknown as Spliced)
    })
    .listen(80)
  const client = stacks.a.connect({ port: 80, host: B })
  const [error] = await once(client, 'error')
  t.is(error.code, 'ECONNRESET')
  proxy.close()
  await closeBoth(stacks)
})

test('a client that resets while the server is being reached: nobody is left', async t => {
  const stacks = pair()
  const made: Spliced[] = []
  const proxy = stacks.b
    .createServer({ allowHalfOpen: true }, client => {
      // Nobody answers there.
      const server = stacks.b.connect({ port: 81, host: '192.0.2.77' })
      made.push(server as unknown as Spliced)
      splice(client as unknown as Spliced, server as unknown as Spliced)
    })
    .listen(80)
  const accepted = once(proxy, 'connection')
  const client = stacks.a.connect({ port: 80, host: B })
  await accepted
  client.resetAndDestroy()
  await once(made[0]!, 'close')
  t.true(made[0]!.destroyed)
  proxy.close()
  await closeBoth(stacks)
})

for (const [from, to] of [
  ['client', 'server'],
  ['server', 'client'],
] as const)
  test(`the ${from} writes as fast as the ${to} reads`, async t => {
    const clock = new VirtualClock()
    const opening = world(clock)
    await clock.runAsync(clock.now() + 1000)
    const w = await opening
    const all = pattern(16_000_000)
    let taken = false
    w[from].end(all, () => {
      taken = true
    })
    // All the time in the world.
    await clock.runAsync(clock.now() + 600_000)
    t.false(taken)
    const got = received(w[to])
    await clock.runAsync(clock.now() + 600_000)
    t.true((await got).equals(all))
    t.true(taken)
    await w.close()
  })
