import { once } from 'node:events'
import test from 'ava'
import type { SystemError } from '../../src/net/errors.ts'
import { Socket } from '../../src/net/socket.ts'
import { VirtualClock } from '../../src/sim/virtual-clock.ts'
import { B, closeBoth, closeVirtual, connected, pair, pattern } from './support.ts'

const failure = async (socket: Socket): Promise<SystemError> =>
  ((await once(socket, 'error')) as [SystemError])[0]

test('refused: the error names the call, the address and the port', async t => {
  const stacks = pair()
  const socket = stacks.a.connect(81, B)
  const error = await failure(socket)
  t.is(error.message, `connect ECONNREFUSED ${B}:81`)
  t.deepEqual({ ...error }, { errno: -111, code: 'ECONNREFUSED', syscall: 'connect', address: B, port: 81 })
  t.deepEqual(await once(socket, 'close'), [true])
  t.true(socket.destroyed)
  t.is(socket.readyState, 'closed')
  await closeBoth(stacks)
})

test('no way there, and not our address', async t => {
  const stacks = pair()
  const broadcast = await failure(stacks.a.connect(80, '255.255.255.255'))
  t.is(broadcast.message, 'connect ENETUNREACH 255.255.255.255:80 - Local (0.0.0.0:0)')
  const foreign = await failure(stacks.a.connect({ port: 80, host: B, localAddress: '9.9.9.9' }))
  t.is(foreign.message, 'bind EADDRNOTAVAIL 9.9.9.9')
  const six = await failure(stacks.a.connect(80, '2001:db8::1'))
  t.is(six.message, 'connect ENETUNREACH 2001:db8::1:80 - Local (:::0)')
  await closeBoth(stacks)
})

test('half-open both ways: each side goes on after the end of the other', async t => {
  const stacks = pair()
  const { client, server } = await connected(stacks, { allowHalfOpen: true })
  client.resume()
  server.resume()
  client.end()
  await once(server, 'end')
  t.is(server.readyState, 'writeOnly')
  t.is(client.readyState, 'readOnly')
  while (client.tcpInfo()!.state !== 'FIN_WAIT_2') await new Promise(resolve => setImmediate(resolve))
  for (let i = 0; i < 3; i++) {
    server.write('late')
    const [data] = await once(client, 'data')
    t.is(String(data), 'late')
  }
  server.end()
  t.deepEqual(await once(client, 'close'), [false])
  await closeBoth(stacks)
})

test('a reset: read ECONNRESET, then close(true)', async t => {
  const stacks = pair()
  const { client, server } = await connected(stacks)
  client.resetAndDestroy()
  const error = await failure(server)
  t.is(error.message, 'read ECONNRESET')
  t.deepEqual({ ...error }, { errno: -104, code: 'ECONNRESET', syscall: 'read' } as never)
  t.deepEqual(await once(server, 'close'), [true])
  t.deepEqual(stacks.a.connections(), [])
  t.deepEqual(stacks.b.connections(), [])
  await closeBoth(stacks)
})

test('a reset is told to who reads; the write that waits for room is over, as with node:net', async t => {
  const stacks = pair({ tcp: { receiveBuffer: 20_000, sendBuffer: 20_000 } })
  const { client, server } = await connected(stacks, { pauseOnConnect: true })
  const written = new Promise<Error | null | undefined>(resolve => {
    client.write(pattern(100_000), resolve)
  })
  client.write('more', error => t.truthy(error))
  await new Promise(resolve => setImmediate(resolve))
  server.resetAndDestroy()
  t.is((await failure(client)).message, 'read ECONNRESET')
  t.is(await written, null)
  await closeBoth(stacks)
})

test('a write after the peer is gone: EPIPE', async t => {
  const stacks = pair()
  const { client, server } = await connected(stacks, { allowHalfOpen: true })
  client.resume()
  server.destroy()
  await once(client, 'end')
  client.write('is anybody there?')
  // A socket that reads no more is not told of the reset, but one that writes is.
  while (client.tcpInfo()!.state !== 'CLOSED') await new Promise(resolve => setImmediate(resolve))
  client.write('is anybody there?')
  const error = await failure(client)
  t.is(error.message, 'write EPIPE')
  t.deepEqual({ ...error }, { errno: -32, code: 'EPIPE', syscall: 'write' } as never)
  const after = await new Promise(resolve => client.write('x', resolve))
  t.is((after as NodeJS.ErrnoException).code, 'ERR_STREAM_DESTROYED')
  await closeBoth(stacks)
})

test('a close with unread data is a reset', async t => {
  const stacks = pair()
  const { client, server } = await connected(stacks, { pauseOnConnect: true })
  client.write('unread')
  await new Promise(resolve => setTimeout(resolve, 0))
  while (server.tcpInfo()!.receiveQueue === 0) await new Promise(resolve => setImmediate(resolve))
  server.destroy()
  t.is((await failure(client)).message, 'read ECONNRESET')
  await closeBoth(stacks)
})

test('destroy before connect is called, and while an address is looked up', async t => {
  const stacks = pair()
  const fresh = new Socket({ stack: stacks.a })
  fresh.destroy()
  // As node:net has it: without a handle there is nothing that could have had an error.
  t.deepEqual(await once(fresh, 'close'), [])
  const looking = new Socket({ stack: stacks.a })
  looking.connect({
    port: 80,
    host: 'somewhere.example',
    lookup: (_host, _options, callback) => {
      looking.destroy()
      callback(null, B, 4)
    },
  })
  looking.on('connectionAttempt', () => t.fail())
  t.deepEqual(await once(looking, 'close'), [false])
  t.is(stacks.a.host.connections.size, 0)
  await closeBoth(stacks)
})

test('destroy while connecting leaves nothing', async t => {
  const stacks = pair({ delay: 5 })
  const server = stacks.b.createServer(() => t.fail()).listen(7)
  const socket = stacks.a.connect(7, B)
  socket.on('connectionAttempt', () => t.is(socket.tcpInfo(), null))
  await once(socket, 'connectionAttempt')
  t.is(socket.tcpInfo()!.state, 'SYN_SENT')
  const written = new Promise(resolve => socket.write('x', resolve))
  socket.destroy()
  t.deepEqual(await once(socket, 'close'), [false])
  t.is(((await written) as NodeJS.ErrnoException).code, 'ERR_SOCKET_CLOSED_BEFORE_CONNECTION')
  t.deepEqual(stacks.a.connections(), [])
  server.close()
  await closeBoth(stacks)
})

test('destroy while a write waits: what was taken arrives, its writer hears of no error, as with node:net', async t => {
  const stacks = pair({ tcp: { receiveBuffer: 20_000, sendBuffer: 20_000 } })
  const { client, server } = await connected(stacks, { pauseOnConnect: true })
  const written = new Promise(resolve => client.write(pattern(100_000), resolve))
  client.destroy()
  t.is(await written, null)
  let bytes = 0
  server.on('data', data => {
    bytes += data.length
  })
  server.resume()
  await once(server, 'end')
  t.true(bytes >= 20_000 && bytes < 40_000)
  await closeBoth(stacks)
})

test('destroy after end waits for nothing but delivers', async t => {
  const stacks = pair()
  const { client, server } = await connected(stacks)
  client.end('last words')
  client.destroySoon()
  t.deepEqual(await once(client, 'close'), [false])
  const [data] = await once(server, 'data')
  t.is(String(data), 'last words')
  await closeBoth(stacks)
})

test('an abort signal destroys', async t => {
  const stacks = pair()
  const controller = new AbortController()
  const socket = new Socket({ stack: stacks.a, signal: controller.signal })
  socket.connect(7, B)
  controller.abort()
  t.is((await failure(socket)).name, 'AbortError')
  const late = new Socket({ stack: stacks.a, signal: controller.signal })
  t.is((await failure(late)).name, 'AbortError')
  await closeBoth(stacks)
})

test('a socket that connects again before it has closed is among the stack’s sockets until it closes again', async t => {
  const clock = new VirtualClock()
  const stacks = pair({ clock })
  const server = stacks.b.createServer(socket => socket.resume()).listen(7)
  const socket = stacks.a.connect(7, B)
  const { sockets } = stacks.a
  await clock.runAsync(clock.now() + 10)
  t.deepEqual(sockets.list(), [socket])
  socket.destroy()
  socket.connect(7, B)
  await clock.runAsync(clock.now() + 10)
  t.is(socket.readyState, 'open')
  t.deepEqual(sockets.list(), [socket])
  socket.destroy()
  await clock.runAsync(clock.now() + 10)
  t.deepEqual(sockets.list(), [])
  server.close()
  await closeVirtual(stacks, clock)
})

test('a socket that has closed connects again', async t => {
  const stacks = pair()
  const server = stacks.b.createServer(socket => socket.end('hello')).listen(7)
  const socket = new Socket({ stack: stacks.a })
  for (let i = 0; i < 3; i++) {
    socket.connect(7, B)
    const [data] = await once(socket, 'data')
    t.is(String(data), 'hello')
    await once(socket, 'close')
  }
  server.close()
  await closeBoth(stacks)
})

test('reset of a socket that never was: ERR_SOCKET_CLOSED', async t => {
  const stacks = pair()
  const socket = new Socket({ stack: stacks.a }).resetAndDestroy()
  t.is((await failure(socket)).code as string, 'ERR_SOCKET_CLOSED')
  const writer = new Socket({ stack: stacks.a })
  writer.write('x')
  t.is((await failure(writer)).code as string, 'ERR_SOCKET_CLOSED')
  await closeBoth(stacks)
})

test('data from before the accept, and a reset from before it, are not lost', async t => {
  const stacks = pair()
  const { b } = stacks
  const seen: string[] = []
  const server = b.createServer(socket => {
    socket.on('data', data => seen.push(String(data)))
    socket.on('error', error => seen.push(error.message))
    socket.on('close', () => seen.push('close'))
  })
  // A listener of the host's whose user is slow to accept.
  const original = b.host.listen.bind(b.host)
  let accept = () => {}
  const later = (call: () => void) => {
    accept = call
  }
  b.host.listen = (address, port, user, given) =>
    original(address, port, { acceptable: () => later(() => user.acceptable()) }, given)
  server.listen(7)
  const client = stacks.a.connect(7, B)
  await once(client, 'connect')
  client.end('early')
  while (b.connections().every(c => c.state !== 'CLOSE_WAIT')) await new Promise(r => setImmediate(r))
  accept()
  await once(client, 'close')
  while (seen.length < 2) await new Promise(r => setImmediate(r))
  t.deepEqual(seen, ['early', 'close'])
  seen.length = 0
  const gone = stacks.a.connect(7, B)
  await once(gone, 'connect')
  while (b.connections().every(c => c.state !== 'ESTABLISHED')) await new Promise(r => setImmediate(r))
  gone.resetAndDestroy()
  while (b.connections().some(c => c.state === 'ESTABLISHED')) await new Promise(r => setImmediate(r))
  accept()
  while (seen.length < 2) await new Promise(r => setImmediate(r))
  t.deepEqual(seen, ['read ECONNRESET', 'close'])
  server.close()
  await closeBoth(stacks)
})

test('a socket that never connected ends at once, as in Node ≥ 22 (Node 20 waits for a connection)', async t => {
  const { a } = pair()
  const fresh = new Socket({ stack: a })
  const closed = once(fresh, 'close')
  await new Promise<void>(resolve => fresh.end(resolve))
  fresh.destroySoon()
  await closed
  t.true(fresh.destroyed)
})
