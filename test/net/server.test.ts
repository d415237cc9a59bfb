import { once } from 'node:events'
import { isIPv6 } from 'node:net'
import { setImmediate } from 'node:timers'
import test from 'ava'
import { Server } from '../../src/net/server.ts'
import type { Socket } from '../../src/net/socket.ts'
import { B, closeBoth, pair } from './support.ts'

test('listen in its forms, and where it is then', async t => {
  const stacks = pair()
  const { b } = stacks
  const forms: ((server: Server, done: () => void) => Server)[] = [
    (s, done) => s.listen(done),
    (s, done) => s.listen(0, done),
    (s, done) => s.listen(undefined, done),
    (s, done) => s.listen('0', B, done),
    (s, done) => s.listen(0, 100, done),
    (s, done) => s.listen(0, '0.0.0.0', 100, done),
    (s, done) => s.listen({ port: 0, host: '::', backlog: 5, reuseAddress: false }, done),
    (s, done) => s.listen({ port: 0, host: 'localhost' }, done),
  ]
  const addresses: string[] = []
  for (const listen of forms) {
    const server = b.createServer()
    await new Promise<void>(resolve => t.is(listen(server, resolve), server))
    t.true(server.listening)
    const { address, family, port } = server.address()!
    t.is(family, isIPv6(address) ? 'IPv6' : 'IPv4')
    t.true(port > 1023)
    addresses.push(address)
    await server[Symbol.asyncDispose]()
    t.false(server.listening)
    t.is(server.address(), null)
  }
  const any = '0.0.0.0'
  t.deepEqual(addresses, [any, any, any, B, any, any, '::', '127.0.0.1'])
  await closeBoth(stacks)
})

test('EADDRINUSE, EADDRNOTAVAIL: events, with what node:net’s errors have', async t => {
  const stacks = pair()
  const { b } = stacks
  const first = b.createServer().listen(80)
  const second = b.createServer().listen(80)
  const [error] = await once(second, 'error')
  t.is(error.message, 'listen EADDRINUSE: address already in use 0.0.0.0:80')
  t.deepEqual(
    { ...error },
    { errno: -98, code: 'EADDRINUSE', syscall: 'listen', address: '0.0.0.0', port: 80 },
  )
  t.false(second.listening)
  second.listen(81, '9.9.9.9')
  t.is((await once(second, 'error'))[0].message, 'listen EADDRNOTAVAIL: address not available 9.9.9.9:81')
  second.listen(81)
  await once(second, 'listening')
  t.throws(() => second.listen(82), { code: 'ERR_SERVER_ALREADY_LISTEN' })
  first.close()
  second.close()
  await closeBoth(stacks)
})

test('wrong arguments', t => {
  const { b } = pair()
  const server = b.createServer()
  t.throws(() => server.listen(70_000), {
    instanceOf: RangeError,
    code: 'ERR_SOCKET_BAD_PORT',
    message: 'options.port should be >= 0 and < 65536. Received type number (70000).',
  })
  t.throws(() => server.listen({ port: -1 }), { code: 'ERR_SOCKET_BAD_PORT' })
  t.throws(() => server.listen({}), { code: 'ERR_INVALID_ARG_VALUE' })
  t.throws(() => server.listen('/tmp/socket'), { code: 'ERR_INVALID_ARG_VALUE' })
  t.throws(() => new Server(5 as never), { code: 'ERR_INVALID_ARG_TYPE' })
  t.throws(() => new Server().listen(7), { code: 'ERR_INVALID_ARG_VALUE' })
  t.throws(() => server.listen({ fd: 3 } as never), { code: 'ERR_INVALID_ARG_VALUE', message: /options\.fd/ })
  t.throws(() => server.listen({ path: '/tmp/socket' } as never), { code: 'ERR_INVALID_ARG_VALUE' })
})

test('a restart while TIME_WAIT is held fails without address reuse and works with it', async t => {
  const stacks = pair()
  const { a, b } = stacks
  const server = b.createServer(socket => socket.end()).listen(7)
  const client = a.connect(7, B).resume()
  await once(client, 'close')
  while (!b.connections().some(c => c.state === 'TIME_WAIT')) await new Promise(r => setImmediate(r))
  server.close()
  await once(server, 'close')
  server.listen({ port: 7, reuseAddress: false })
  t.is((await once(server, 'error'))[0].code, 'EADDRINUSE')
  server.listen(7)
  await once(server, 'listening')
  server.close()
  await closeBoth(stacks)
})

test('close: no more connections, waits for those there are', async t => {
  const stacks = pair()
  const { a, b } = stacks
  const server = b.createServer().listen(7)
  const client = a.connect(7, B).resume()
  const [socket] = (await once(server, 'connection')) as [Socket]
  const events: string[] = []
  server.on('close', () => events.push('close'))
  server.close(error => events.push(`callback ${error}`))
  t.false(server.listening)
  t.is((await once(a.connect(7, B), 'error'))[0].code, 'ECONNREFUSED')
  t.deepEqual(events, [])
  const count = await new Promise(resolve => server.getConnections((_error, n) => resolve(n)))
  t.is(count, 1)
  const closed = once(server, 'close')
  socket.end()
  await once(client, 'close')
  await closed
  t.deepEqual(events, ['close', 'callback undefined'])
  const again = await new Promise<Error | undefined>(resolve => server.close(resolve))
  t.is((again as NodeJS.ErrnoException).code, 'ERR_SERVER_NOT_RUNNING')
  await closeBoth(stacks)
})

test('maxConnections: those beyond are dropped, with an event', async t => {
  const stacks = pair()
  const { a, b } = stacks
  const server = b.createServer()
  server.maxConnections = 1
  server.listen(7)
  const first = a.connect(7, B)
  await once(server, 'connection')
  const dropped = once(server, 'drop')
  const second = a.connect(7, B).resume()
  const local = once(second, 'connect').then(() => second.localPort)
  const [data] = await dropped
  t.like(data, { localAddress: B, localPort: 7, localFamily: 'IPv4', remoteFamily: 'IPv4' })
  t.is(data.remotePort, await local)
  await once(second, 'close')
  first.destroy()
  server.close()
  await closeBoth(stacks)
})

test('pauseOnConnect: nothing is read until resume', async t => {
  const stacks = pair()
  const { a, b } = stacks
  const server = b.createServer({ pauseOnConnect: true }).listen(7)
  const client = a.connect(7, B)
  client.write('hello')
  const [socket] = (await once(server, 'connection')) as [Socket]
  t.true(socket.isPaused())
  while (socket.tcpInfo()!.receiveQueue === 0) await new Promise(r => setImmediate(r))
  t.is(socket.bytesRead, 0)
  socket.resume()
  t.is(String((await once(socket, 'data'))[0]), 'hello')
  client.destroy()
  server.close()
  await closeBoth(stacks)
})

test('an abort signal closes the server', async t => {
  const stacks = pair()
  const controller = new AbortController()
  const server = stacks.b.createServer().listen({ port: 7, signal: controller.signal })
  await once(server, 'listening')
  controller.abort()
  await once(server, 'close')
  t.false(server.listening)
  server.listen({ port: 7, signal: controller.signal })
  await once(server, 'close')
  t.false(server.listening)
  await closeBoth(stacks)
})

test('a connection listener that throws costs no other connection', async t => {
  const errors: unknown[] = []
  const stacks = pair({ report: error => errors.push(error) })
  let connections = 0
  const server = stacks.b
    .createServer(() => {
      connections++
      if (connections === 1) throw new Error('mine')
    })
    .listen(7)
  const clients = [1, 2, 3].map(() => stacks.a.connect(7, B))
  while (connections < 3) await new Promise(r => setImmediate(r))
  t.is(errors.length, 1)
  for (const client of clients) client.destroy()
  server.close()
  await closeBoth(stacks)
})

test('of many connections that wait, those beyond ten come in one round, each in a turn of its own', async t => {
  const stacks = pair()
  const { a, b } = stacks
  const MANY = 40
  const seen: ('connection' | 'tick' | 'immediate')[] = []
  let noted = false
  const noteImmediate = (): void => {
    noted = false
    seen.push('immediate')
  }
  const server = b.createServer()
  const all = new Promise<void>(resolve => {
    let count = 0
    server.on('connection', socket => {
      socket.resume()
      seen.push('connection')
      process.nextTick(() => seen.push('tick'))
      if (!noted) setImmediate(noteImmediate)
      noted = true
      if (++count === MANY) resolve()
    })
  })
  server.listen(80)
  await once(server, 'listening')
  const clients = Array.from({ length: MANY }, () => a.connect(80, B))
  await all
  await new Promise<void>(resolve => setImmediate(resolve))
  const rounds = seen
    .join(' ')
    .split('immediate')
    .map(round => round.trim())
  t.true(
    rounds.every(round => /^(connection tick ?)*$/.test(round)),
    rounds.join(' | '),
  )
  const counts = rounds.map(round => (round.match(/connection/g) ?? []).length).filter(count => count > 0)
  t.is(
    counts.reduce((sum, count) => sum + count, 0),
    MANY,
  )
  // (On a busy machine some come before the others.)
  t.true(Math.max(...counts) > 1, `so many connections a round: ${counts.join(' ')}`)
  t.deepEqual(counts.slice(-10), Array(10).fill(1))
  for (const client of clients) client.destroy()
  await closeBoth(stacks)
})
