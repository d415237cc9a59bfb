import { once } from 'node:events'
import { buffer } from 'node:stream/consumers'
import test from 'ava'
import { createNetwork } from '../../src/testing/testing.ts'
import { pattern } from '../net/support.ts'
import { closed, connected, ignore, twoHosts } from './support.ts'

for (const by of ['reset', 'silence'] as const)
  test(`a connection is cut off to the byte, by ${by}`, async t => {
    for (const after of [0, 1, 1000, 1460, 40_000, 99_999]) {
      const { net, client, server } = twoHosts(t, { link: { delay: '5ms' }, tcp: { userTimeout: 5000 } })
      const { near, far } = await connected(net, client, server)
      far.write('before')
      await net.until(once(near, 'data'))
      const cut = net.cut(near, { after, by })
      const data = pattern(100_000)
      const read: Buffer[] = []
      near.on('data', chunk => read.push(chunk))
      const ends = Promise.all([closed(near), closed(far)])
      const errors: string[] = []
      for (const [name, socket] of Object.entries({ near, far }))
        socket.on('error', (error: NodeJS.ErrnoException) => errors.push(`${name} ${error.code}`))
      far.end(data)
      if (by === 'silence') {
        await net.advance('3s')
        near.on('error', ignore).write('?')
      }
      await net.until(ends)
      t.true(Buffer.concat(read).equals(data.subarray(0, after)), `${after}: ${Buffer.concat(read).length}`)
      t.deepEqual(
        errors.sort(),
        by === 'reset' ? ['far ECONNRESET', 'near ECONNRESET'] : ['far ETIMEDOUT', 'near ETIMEDOUT'],
      )
      t.is(cut.cut, 1)
      await net.close()
    }
  })

test('each connection from a host is cut off by itself, a FIN that would follow included, and others are not', async t => {
  const { net, client, server } = twoHosts(t, { link: { delay: '5ms', duplicate: '20%' } })
  server.net.createServer(socket => socket.on('error', ignore).end('0123456789')).listen(80)
  const rule = net.cut({ from: server, port: 80, after: 10, by: 'reset' })
  for (let n = 1; n <= 2; n++) {
    const socket = client.net.connect(80, 'server')
    const read: Buffer[] = []
    socket.on('data', data => read.push(data))
    t.is((await net.until(once(socket, 'error')))[0].code, 'ECONNRESET')
    t.is(String(Buffer.concat(read)), '0123456789')
    t.is(rule.cut, n)
  }
  const other = await connected(net, client, server)
  other.near.end(pattern(10_000))
  other.far.end(pattern(10_000))
  const whole = await net.until(Promise.all([buffer(other.near), buffer(other.far)]))
  t.deepEqual(
    whole.map(({ length }) => length),
    [10_000, 10_000],
  )
  rule.cancel()
  t.is(String(await net.until(buffer(client.net.connect(80, 'server')))), '0123456789')
  const wrong = (options: unknown) => () => net.cut(options as never)
  t.throws(wrong({ aftr: 1 }), { message: /did you mean 'after'/ })
  t.throws(wrong({ after: 1, by: 'rest' }), { message: /did you mean 'reset'/ })
  t.throws(wrong({ after: 1, port: 'http' }), { message: /options\.port/ })
  t.throws(wrong({}), { message: /options\.after/ })
  t.throws(() => net.cut({}, { after: 1 }), { message: /a connected socket of this network/ })
  t.throws(() => net.cut(other.near, { after: 1, from: client } as never), { message: /options\.from/ })
})

test('a NAT that binds a connection anew: the server sees a stranger, and resets it', async t => {
  const { net, client, server } = twoHosts(t, { link: { delay: '5ms' }, tcp: { userTimeout: 60_000 } })
  const { near, far } = await connected(net, client, server)
  const port = net.rebind(near)
  t.not(port, near.localPort!)
  far.on('error', ignore).write('lost')
  await net.advance('10s')
  t.is(near.bytesRead, 0)
  near.write('from a stranger')
  t.is((await net.until(once(near, 'error')))[0].code, 'ECONNRESET')
  t.is(far.bytesRead, 0)
  t.regex(net.ladder(), new RegExp(`client→server .*\\.${port} > `))
  t.is((await net.until(once(far, 'error')))[0].code, 'ETIMEDOUT')
  // A connection that is opened through it lives on with the new port, until it moves again.
  const late = client.net.connect(80, 'server').on('error', ignore)
  server.net.createServer(socket => socket.on('error', ignore).pipe(socket)).listen(80)
  await net.until(once(late, 'connect'))
  const first = net.rebind(late)
  t.not(net.rebind(late), first)
  net.heal()
  late.write('as before')
  t.is(String((await net.until(once(late, 'data')))[0]), 'as before')
  t.throws(() => net.rebind({}), { message: /a connected socket of this network/ })
})

test('a rate for each connection: two are as fast as one, and neither waits for the other', async t => {
  const { net, client, server } = twoHosts(t, { link: { delay: '1ms' } })
  const pairs = [await connected(net, client, server), await connected(net, client, server)]
  net.link({ connectionRate: '1mbit' })
  const begun = net.now
  const done = pairs.map(async ({ near, far }) => {
    near.end(pattern(100_000))
    return [(await buffer(far)).length, net.now - begun]
  })
  const [[bytes, one], [, other]] = (await net.until(Promise.all(done))) as [number[], number[]]
  t.is(bytes, 100_000)
  // 800 ms of text, with headers and the time for the way.
  t.true(one! > 800 && one! < 950, `${one}`)
  t.true(Math.abs(one! - other!) < 20)
  net.link({ connectionRate: null, rate: '1mbit' })
  const again = [await connected(net, client, server), await connected(net, client, server)]
  const start = net.now
  await net.until(
    Promise.all(
      again.map(({ near, far }) => {
        near.end(pattern(100_000))
        return buffer(far)
      }),
    ),
  )
  t.true(net.now - start > 1600)
})

test('what is tampered with passes the checksum: TCP delivers it', async t => {
  for (const family of [4, 6] as const) {
    const { net, client, server } = twoHosts(t, { family, link: { delay: '1ms' } })
    const { near, far } = await connected(net, client, server)
    net.link({ tamper: 1 })
    const data = pattern(1000)
    near.end(data)
    const got = await net.until(buffer(far))
    const bits = [...got].reduce(
      (sum, byte, i) => sum + (byte ^ data[i]!).toString(2).replaceAll('0', '').length,
      0,
    )
    t.is(got.length, 1000)
    t.is(bits, 1)
    t.regex(net.ladder(), /tampered with/)
    await net.close()
  }
  t.throws(() => createNetwork({ link: { tampr: 1 } as never }), { message: /did you mean 'tamper'/ })
})
