import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import nodeNet from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { createPipe } from '../../src/link/pipe.ts'
import * as members from '../../src/net/module.ts'
import net from '../../src/net/net.ts'
import { Socket } from '../../src/net/socket.ts'
import { VirtualClock } from '../../src/sim/virtual-clock.ts'
import { B, closeBoth, pair } from './support.ts'

test.serial('the default stack reaches only itself until another is named', async t => {
  const stacks = pair()
  const own = net.getDefaultStack()
  t.is(net.getDefaultStack(), own)
  const unreachable = net.connect(7, B)
  t.is((await once(unreachable, 'error'))[0].code, 'ENETUNREACH')
  const listener = stacks.b.createServer(socket => socket.end('from b')).listen(7)
  net.setDefaultStack(stacks.a)
  t.is(net.getDefaultStack(), stacks.a)
  const socket = net.connect(7, B)
  t.is(String((await once(socket, 'data'))[0]), 'from b')
  await once(socket, 'close')
  listener.close()
  await closeBoth(stacks)
  net.setDefaultStack(null)
  t.not(net.getDefaultStack(), own)
  t.throws(() => net.setDefaultStack({} as never), { instanceOf: TypeError })
})

test('the package has it as tuntcp/net, and one of it for all of its entries', async t => {
  // Not literals: tsc would look for what it is about to make.
  const [name, root] = ['tuntcp/net', 'tuntcp']
  const found = (await import(name)) as typeof members & { default: typeof net }
  t.deepEqual(Object.keys(found).sort(), [...Object.keys(members), 'default'].sort())
  t.is(found.connect, found.default.connect)
  const { createStack } = (await import(root)) as typeof import('../../src/index.ts')
  const [link] = createPipe(new VirtualClock())
  const stack = createStack({ link, address: '192.0.2.1/24' })
  t.true(stack.createServer() instanceof found.Server)
  t.false(stack.createServer() instanceof net.Server)
  await stack.close({ grace: 0 })
})

test('classes without new, subclasses, instanceof', t => {
  const call = (made: unknown): object => (made as () => object)()
  t.true(call(net.Socket) instanceof net.Socket)
  t.true(call(net.Server) instanceof net.Server)
  t.true(net.createServer() instanceof net.Server)
  class Mine extends net.Socket {}
  t.true(new Mine() instanceof Mine)
  t.true(new Mine() instanceof net.Socket)
  t.is(net.Stream, net.Socket)
  t.is(net.createConnection, net.connect)
  t.is(net.Socket, members.Socket)
})

test('a connection to a path is node:net’s; what a stack has not is refused in words', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'tuntcp-'))
  const path = join(folder, 'socket')
  const server = nodeNet.createServer(socket => socket.end('of the kernel')).listen(path)
  await once(server, 'listening')
  for (const socket of [net.connect(path), net.connect({ path }), net.createConnection(path)]) {
    t.true(socket instanceof nodeNet.Socket)
    t.is(String((await once(socket, 'data'))[0]), 'of the kernel')
  }
  server.close()
  const refused = { code: 'ERR_INVALID_ARG_VALUE', message: /node:net/ }
  t.throws(() => new net.Socket().connect(path), refused)
  t.throws(() => new net.Socket().connect({ path }), refused)
  const { b } = pair()
  t.throws(() => b.createServer().listen(path), refused)
  t.throws(() => b.createServer().listen({ fd: 0 } as never), refused)
  t.throws(() => new Socket({ fd: 0 } as never), refused)
  rmSync(folder, { recursive: true })
})

test('a server at a path is node:net’s, and its events the server’s own', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'tuntcp-'))
  const path = join(folder, 'socket')
  const server = net.createServer({ allowHalfOpen: true }, socket => {
    t.is((socket as unknown as { server: unknown }).server, server)
    t.true(socket.allowHalfOpen)
    socket.end('of the kernel')
  })
  let called = 0
  t.is(
    server.listen(path, () => called++),
    server,
  )
  t.throws(() => server.listen(path), { code: 'ERR_SERVER_ALREADY_LISTEN' })
  await once(server, 'listening')
  t.is(called, 1)
  t.true(server.listening)
  t.is(server.address(), path)
  const second = net.createServer().listen({ path })
  t.is((await once(second, 'error'))[0].code, 'EADDRINUSE')
  t.false(second.listening)
  const socket = net.connect(path)
  t.is(String((await once(socket, 'data'))[0]), 'of the kernel')
  t.is(await new Promise(resolve => server.getConnections((_error, n) => resolve(n))), 1)
  const closed = new Promise(resolve => server.close(resolve))
  socket.end()
  t.is(await closed, undefined)
  t.false(server.listening)
  t.is(server.address(), null)
  // Afterwards it may listen elsewhere.
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.like(server.address(), { family: 'IPv4' })
  server.close()
  rmSync(folder, { recursive: true })
})

test('defaults of the look-up are checked as node:net checks them', t => {
  for (const value of ['yes', 1, null])
    t.throws(() => net.setDefaultAutoSelectFamily(value as never), { code: 'ERR_INVALID_ARG_TYPE' })
  net.setDefaultAutoSelectFamilyAttemptTimeout(1)
  t.is(net.getDefaultAutoSelectFamilyAttemptTimeout(), 10)
  net.setDefaultAutoSelectFamilyAttemptTimeout(250)
  t.throws(() => net.setDefaultAutoSelectFamilyAttemptTimeout(0), { code: 'ERR_OUT_OF_RANGE' })
  t.throws(() => net.setDefaultAutoSelectFamilyAttemptTimeout('1' as never), { code: 'ERR_INVALID_ARG_TYPE' })
})

test('arguments that _normalizeArgs has made are taken as they are', async t => {
  const server = net.createServer(socket => socket.end()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as nodeNet.AddressInfo
  let connected = 0
  const args = net._normalizeArgs([port, '127.0.0.1', () => connected++])
  t.deepEqual(args[0], { port, host: '127.0.0.1' })
  const socket = new net.Socket().connect(args as never).resume()
  await once(socket, 'close')
  t.is(connected, 1)
  t.deepEqual(net._normalizeArgs(['/a/path']), [{ path: '/a/path' }, null])
  server.close()
})

test('blockList: neither connected to nor accepted (Node ≥ 22.13 has it)', async t => {
  const stacks = pair()
  const { a, b } = stacks
  const blockList = new net.BlockList()
  blockList.addSubnet('192.0.2.0', 24)
  const blocked = a.connect({ port: 7, host: B, blockList })
  const events: string[] = []
  for (const name of ['connectionAttempt', 'connect', 'close']) blocked.on(name, () => events.push(name))
  const [error] = (await once(blocked, 'error')) as [NodeJS.ErrnoException]
  t.is(error.code, 'ERR_IP_BLOCKED')
  t.is(error.message, `IP(${B}) is blocked by net.BlockList`)
  await once(blocked, 'close')
  t.deepEqual(events, ['connectionAttempt', 'close'])
  t.is(a.host.connections.size, 0)
  const listener = b.createServer({ blockList }, () => t.fail()).listen(7)
  // As node:net: nobody is told.
  listener.on('drop', () => t.fail())
  const client = a.connect(7, B).resume()
  await once(client, 'end')
  t.throws(() => a.connect({ port: 7, host: B, blockList: {} as never }), { code: 'ERR_INVALID_ARG_TYPE' })
  t.throws(() => b.createServer({ blockList: [] as never }), { code: 'ERR_INVALID_ARG_TYPE' })
  listener.close()
  await closeBoth(stacks)
})

test('the type of service and the congestion control of one socket', async t => {
  const stacks = pair()
  const listener = stacks.b.createServer().listen(7)
  const client = stacks.a.connect({ port: 7, host: B, typeOfService: 0x10 })
  const [server] = (await once(listener, 'connection')) as [Socket]
  t.is(client.getTypeOfService(), 0x10)
  t.is(server.getTypeOfService(), 0)
  // The two bits below are ECN's.
  t.is(server.setTypeOfService(0xbb).getTypeOfService(), 0xb8)
  t.throws(() => server.setTypeOfService(256), { code: 'ERR_OUT_OF_RANGE' })
  for (const value of ['x', Number.NaN])
    t.throws(() => server.setTypeOfService(value as never), { code: 'ERR_INVALID_ARG_TYPE' })
  t.is(client.congestionControl, 'cubic')
  const { cwnd } = client.tcpInfo()!
  t.is(client.setCongestionControl('reno').congestionControl, 'reno')
  t.like(client.tcpInfo()!, { congestionControl: 'reno', cwnd })
  t.throws(() => client.setCongestionControl('none such'), { instanceOf: RangeError })
  t.is(client.congestionControl, 'reno')
  const reno = new Socket({ stack: stacks.a })
  t.throws(() => reno.setCongestionControl('none such'), { instanceOf: RangeError })
  t.is(reno.setCongestionControl('reno').congestionControl, 'reno')
  await once(reno.connect(7, B), 'connect')
  t.is(reno.tcpInfo() === null ? null : reno.congestionControl, 'reno')
  listener.close()
  await closeBoth(stacks)
})
