import { once } from 'node:events'
import test from 'ava'
import type { Socket } from '../../src/net/socket.ts'
import { endOrLife } from './staying.ts'
import { B, closeBoth, connected, pair } from './support.ts'

test('close: what was written arrives, both ends close in order', async t => {
  const stacks = pair()
  const { client, server } = await connected(stacks)
  const closes = [once(client, 'close'), once(server, 'close')]
  const data = once(client, 'data')
  server.write('last words')
  await stacks.b.close({ grace: 120_000 })
  t.is(String((await data)[0]), 'last words')
  t.deepEqual(await Promise.all(closes), [[false], [false]])
  await stacks.a.close()
  t.is(stacks.a.host.timers + stacks.b.host.timers, 0)
})

test('close: after the grace period peers that do not close are reset', async t => {
  const stacks = pair()
  const { client, server } = await connected(stacks, { allowHalfOpen: true })
  client.resume()
  const failed = once(client, 'error')
  const closing = stacks.b.close({ grace: 10 })
  t.is(stacks.b.close(), closing)
  t.deepEqual(await once(server, 'close'), [false])
  await closing
  // Its peer had ended already: what fails is writing.
  while (client.tcpInfo()!.state !== 'CLOSED') await new Promise(resolve => setImmediate(resolve))
  client.write('x')
  t.is((await failed)[0].code, 'EPIPE')
  await stacks.a.close()
})

test('close: servers end, what is connecting is given up', async t => {
  const stacks = pair({ delay: 5 })
  const server = stacks.a.createServer().listen(7)
  await once(server, 'listening')
  const closed = once(server, 'close')
  const socket = stacks.a.connect(7, B)
  await once(socket, 'connectionAttempt')
  await stacks.a.close()
  await closed
  t.true(socket.destroyed)
  const late = stacks.a.connect(7, B)
  t.is((await once(late, 'error'))[0].code, 'ENETDOWN')
  await closeBoth(stacks)
})

test('connections: listeners, connections, TIME-WAIT', async t => {
  const stacks = pair()
  const { a, b } = stacks
  const listener = b.createServer().listen(7)
  t.like(b.connections(), [{ state: 'LISTEN', localPort: 7 }])
  const client = a.connect(7, B).resume()
  const [server] = (await once(listener, 'connection')) as [Socket]
  t.deepEqual(
    b
      .connections()
      .map(c => c.state)
      .sort(),
    ['ESTABLISHED', 'LISTEN'],
  )
  listener.close()
  server.end()
  await once(client, 'close')
  while (b.connections()[0]!.state !== 'TIME_WAIT') await new Promise(r => setImmediate(r))
  t.is(b.connections()[0]!.timer!.kind, '2msl')
  t.is(b.channels.size, 0)
  await closeBoth(stacks)
})

/** Runs a program on two stacks of the built library. */
const run = (program: string): Promise<string> =>
  endOrLife(
    `import { pair } from ${JSON.stringify(new URL('./support.js', import.meta.url).href)}
     const { a, b } = pair()
     const server = b.createServer(socket => socket.resume())
     ${program}`,
  )

test('sockets and servers keep the process alive, unless unref’d; nothing else does', async t => {
  const one = `server.listen(7).on('connection', () => server.close())`
  const unheld = `${one}.on('connection', s => s.unref())`
  const programs = {
    nothing: '',
    server: 'server.listen(7)',
    'server, unref’d': 'server.listen(7).unref()',
    connection: `${one}; a.connect(7, '${B}')`,
    'connection, both unref’d': `${unheld}; a.connect(7, '${B}').unref().on('connect', () => {})`,
    'connection, ref’d again': `${unheld}; a.connect(7, '${B}').unref().ref()`,
    'connection that ends': `${one}; a.connect(7, '${B}').end('x')`,
    'connecting, unref’d': `a.connect(7, '192.0.2.77').unref()`,
    'connection refused': `a.connect(7, '${B}').on('error', () => {})`,
  }
  const results = await Promise.all(
    Object.entries(programs).map(async ([name, program]) => [name, await run(program)]),
  )
  t.deepEqual(Object.fromEntries(results), {
    nothing: 'ended',
    server: 'alive',
    'server, unref’d': 'ended',
    connection: 'alive',
    'connection, both unref’d': 'ended',
    'connection, ref’d again': 'alive',
    'connection that ends': 'ended',
    // As libuv's: a connect that is under way keeps the process whatever the handle says.
    'connecting, unref’d': 'alive',
    'connection refused': 'ended',
  })
})
