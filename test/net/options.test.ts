import { once } from 'node:events'
import test from 'ava'
import { Socket } from '../../src/net/socket.ts'
import { VirtualClock } from '../../src/sim/virtual-clock.ts'
import { A, B, closeBoth, closeVirtual, connected, pair } from './support.ts'

const virtualPair = async () => {
  const clock = new VirtualClock()
  const stacks = pair({ clock, delay: 1 })
  const listener = stacks.b.createServer({ allowHalfOpen: true }).listen(7)
  const accepted = once(listener, 'connection')
  const client = stacks.a.connect({ port: 7, host: B })
  await clock.runAsync(10)
  const [server] = (await accepted) as [Socket]
  return { stacks, ...stacks, clock, client, server }
}

test('setTimeout: once after silence, on the clock of the stack, and again after activity', async t => {
  const { stacks, clock, client, server } = await virtualPair()
  const at: number[] = []
  server.resume()
  client.setTimeout(1000, () => at.push(-1))
  client.on('timeout', () => at.push(clock.now()))
  t.is(client.timeout, 1000)
  await clock.runAsync(500)
  client.write('x')
  await clock.runAsync(5000)
  t.is(at.length, 2)
  t.is(at[0], -1)
  // A later acknowledgment is nothing new.
  t.is(at[1], 1500)
  t.false(client.destroyed)
  server.write('y')
  client.resume()
  await clock.runAsync(8000)
  t.is(at.length, 3)
  client.setTimeout(0)
  server.write('z')
  await clock.runAsync(20_000)
  t.is(at.length, 3)
  await closeVirtual(stacks, clock)
})

test('setTimeout: while connecting, and checks of its arguments', async t => {
  const clock = new VirtualClock()
  const { a } = pair({ clock })
  const socket = a.connect({ port: 7, host: '192.0.2.77', timeout: 2500 })
  const at: number[] = []
  socket.on('timeout', () => at.push(clock.now()))
  await clock.runAsync(10_000)
  t.deepEqual(at, [2500])
  t.true(socket.connecting)
  t.throws(() => socket.setTimeout('1' as never), { code: 'ERR_INVALID_ARG_TYPE' })
  t.throws(() => socket.setTimeout(-1), { code: 'ERR_OUT_OF_RANGE' })
  t.throws(() => socket.setTimeout(Number.NaN), { code: 'ERR_OUT_OF_RANGE' })
  t.throws(() => socket.setTimeout(1, 'x' as never), { code: 'ERR_INVALID_ARG_TYPE' })
  socket.destroy()
})

test('a connect that nobody answers ends in ETIMEDOUT', async t => {
  const clock = new VirtualClock()
  const { a } = pair({ clock })
  const socket = a.connect(7, '192.0.2.77')
  const error = once(socket, 'error')
  const soft: string[] = []
  socket.on('softError', code => soft.push(code))
  await clock.runAsync(600_000)
  t.is((await error)[0].message, 'connect ETIMEDOUT 192.0.2.77:7')
  t.deepEqual(soft, ['ETIMEDOUT'])
})

test('keep-alive notices a peer that is gone', async t => {
  const { stacks, b, clock, client } = await virtualPair()
  t.is(client.setKeepAlive(true, 10_000, 1000, 3), client)
  t.is(client.tcpInfo()!.timer!.kind, 'keep-alive')
  b.host.interfaces.all.at(-1)!.link.close()
  const error = once(client, 'error')
  await clock.runAsync(20_000)
  t.is((await error)[0].message, 'read ETIMEDOUT')
  await closeVirtual(stacks, clock)
})

test('a user timeout ends a connection whose data is not acknowledged', async t => {
  const { stacks, b, clock, client } = await virtualPair()
  client.setUserTimeout(5000)
  b.host.interfaces.all.at(-1)!.link.close()
  client.write('x')
  const error = once(client, 'error')
  await clock.runAsync(20_000)
  t.is((await error)[0].code, 'ETIMEDOUT')
  await closeVirtual(stacks, clock)
})

test('addresses, before, while and after', async t => {
  const stacks = pair()
  const fresh = new Socket({ stack: stacks.a })
  t.deepEqual(fresh.address(), {})
  t.like(fresh, { pending: true, connecting: false, readyState: 'open', bytesRead: 0, bytesWritten: 0 })
  t.is(fresh.remoteAddress, undefined)
  t.is(fresh.timeout, undefined)
  t.is(fresh.bufferSize, undefined)
  t.is(fresh.tcpInfo(), null)
  const listener = stacks.b.createServer().listen(7)
  fresh.connect({ port: '7', host: B, localAddress: A, localPort: 4321 })
  t.like(fresh, { pending: true, connecting: true, readyState: 'opening' })
  const [server] = (await once(listener, 'connection')) as [Socket]
  t.like(fresh, { pending: false, connecting: false, readyState: 'open', bufferSize: 0 })
  t.deepEqual(fresh.address(), { address: A, family: 'IPv4', port: 4321 })
  t.like(fresh, { remoteAddress: B, remotePort: 7, remoteFamily: 'IPv4', localAddress: A, localPort: 4321 })
  t.like(server, { remoteAddress: A, remotePort: 4321, localAddress: B, localPort: 7, localFamily: 'IPv4' })
  t.is(server.server, listener)
  t.is(fresh.tcpInfo()!.state, 'ESTABLISHED')
  fresh.destroy()
  await once(fresh, 'close')
  t.is(fresh.remoteAddress, B)
  t.true(fresh.pending)
  listener.close()
  await closeBoth(stacks)
})

test('options reach the TCP: of the socket, of the connect, of the server', async t => {
  const stacks = pair()
  const { a, b } = stacks
  const listener = b.createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: 5000 }).listen(7)
  const one = a.connect({ port: 7, host: B, noDelay: true, tcp: { ttl: 9 } })
  const [server] = (await once(listener, 'connection')) as [Socket]
  const of = (port: number | undefined, stack = a) =>
    [...stack.host.connections].find(c => c.localPort === port)!.options
  t.like(of(one.localPort), { noDelay: true, ttl: 9, keepAlive: false })
  t.like(of(server.localPort, b), { noDelay: true, keepAlive: true, keepAliveIdle: 5000 })
  t.is(one.setNoDelay(false), one)
  t.is(one.configure({ retries: 3 }), one)
  t.like(of(one.localPort), { noDelay: false, retries: 3 })
  t.throws(() => one.configure({ retries: 0 }), { instanceOf: RangeError, message: /retries/ })
  t.throws(() => new Socket({ stack: a, tcp: { nonsense: 1 } as never }), { message: /nonsense/ })
  const two = new Socket({ stack: a }).setNoDelay().setKeepAlive(true).unref().ref()
  two.connect(7, B)
  await once(two, 'connect')
  t.like(of(two.localPort), { noDelay: true, keepAlive: true })
  listener.close()
  await closeBoth(stacks)
})

test('names: localhost without DNS, a lookup of one’s own, and what it may go wrong with', async t => {
  const stacks = pair()
  const { a } = stacks
  let accepted = 0
  const listener = a.createServer(() => accepted++).listen(7)
  const events: unknown[][] = []
  const local = a.connect(7, 'localhost')
  local.on('lookup', (...args) => events.push(args))
  local.on('connectionAttempt', (...args) => events.push(args))
  await once(local, 'connect')
  t.deepEqual(events, [
    [null, '127.0.0.1', 4, 'localhost'],
    ['127.0.0.1', 7, 4],
  ])
  const list = a.connect({
    port: 7,
    host: 'x.example',
    lookup: (_host, _options, callback) =>
      callback(null, [
        { address: '::1', family: 6 },
        { address: A, family: 4 },
      ]),
  })
  await once(list, 'connect')
  t.is(list.remoteAddress, A)
  const failing = a.connect({
    port: 7,
    host: 'y.example',
    lookup: (_host, _options, callback) =>
      callback(Object.assign(new Error('no'), { code: 'ENOTFOUND' }), ''),
  })
  t.is((await once(failing, 'error'))[0].code, 'ENOTFOUND')
  const strange = a.connect({ port: 7, host: 'z', lookup: (_h, _o, callback) => callback(null, 'zz', 4) })
  t.is((await once(strange, 'error'))[0].code, 'ERR_INVALID_IP_ADDRESS')
  // A connection that is not accepted when the listener closes is reset.
  while (accepted < 2) await new Promise(resolve => setImmediate(resolve))
  listener.close()
  await closeBoth(stacks)
})

test('wrong arguments are told at once, as node:net tells them', t => {
  const { a } = pair()
  t.throws(() => a.connect({ port: 70_000 }), {
    instanceOf: RangeError,
    code: 'ERR_SOCKET_BAD_PORT',
    message: 'Port should be >= 0 and < 65536. Received type number (70000).',
  })
  t.throws(() => a.connect({} as never), { code: 'ERR_MISSING_ARGS' })
  t.throws(() => a.connect({ port: true as never }), { code: 'ERR_INVALID_ARG_TYPE' })
  t.throws(() => a.connect({ port: 5, localAddress: 'zz' }), {
    code: 'ERR_INVALID_IP_ADDRESS',
    message: 'Invalid IP address: zz',
  })
  t.throws(() => a.connect({ port: 5, localPort: 'zz' as never }), {
    message: 'The "options.localPort" property must be of type number. Received type string (\'zz\')',
  })
  t.throws(() => a.connect({ port: 5, lookup: 3 as never }), { code: 'ERR_INVALID_ARG_TYPE' })
  t.throws(() => a.connect('/tmp/socket'), { code: 'ERR_INVALID_ARG_VALUE' })
  t.throws(() => new Socket().connect(7), { code: 'ERR_INVALID_ARG_VALUE' })
  t.throws(() => new Socket({ objectMode: true } as never), {
    message: "The property 'options.objectMode' is not supported. Received true",
  })
})

test('a listener that throws harms neither its connection nor another', async t => {
  const errors: unknown[] = []
  const stacks = pair({ report: error => errors.push(error) })
  const { client, server } = await connected(stacks)
  const got: string[] = []
  server.on('data', data => {
    got.push(String(data))
    throw new Error('mine')
  })
  client.write('a')
  while (got.length < 1) await new Promise(resolve => setImmediate(resolve))
  client.write('b')
  while (got.length < 2) await new Promise(resolve => setImmediate(resolve))
  t.true(errors.length >= 1)
  await closeBoth(stacks)
})
