/** The face of node:net over IPv6: addresses, families, dual-stack servers, and which address is tried when. */
import { once } from 'node:events'
import { BlockList } from 'node:net'
import test from 'ava'
import { createPipe } from '../../src/link/pipe.ts'
import { createStack, type StackOptions } from '../../src/net/create-stack.ts'
import type { LookupFunction } from '../../src/net/lookup.ts'
import { nodeClock } from '../../src/net/node-clock.ts'
import type { Server } from '../../src/net/server.ts'
import type { Socket } from '../../src/net/socket.ts'
import type { Stack } from '../../src/net/stack.ts'

const A4 = '192.0.2.1'
const B4 = '192.0.2.2'
const A6 = '2001:db8::1'
const B6 = '2001:db8::2'

interface Stacks {
  readonly a: Stack
  readonly b: Stack
}

const dualStacks = (options: Partial<StackOptions> = {}): Stacks => {
  const [left, right] = createPipe(nodeClock)
  return {
    a: createStack({ ...options, link: left, address: [`${A4}/24`, `${A6}/64`] }),
    b: createStack({ link: right, address: [`${B4}/24`, `${B6}/64`] }),
  }
}

const close = ({ a, b }: Stacks) => Promise.all([a.close({ grace: 0 }), b.close({ grace: 0 })])

const listening = async (server: Server): Promise<Server> => {
  if (!server.listening || server.address() === null) await once(server, 'listening')
  return server
}

/** Both ends of a connection to a server on `b`. */
const connected = async (
  { a, b }: Stacks,
  listen: Record<string, unknown>,
  connect: Record<string, unknown>,
): Promise<{ client: Socket; server: Socket; listener: Server }> => {
  const listener = await listening(b.createServer().listen({ port: 0, ...listen }))
  const accepted = once(listener, 'connection') as Promise<[Socket]>
  const client = a.connect({ port: listener.address()!.port, ...connect } as never)
  await once(client, 'connect')
  const [server] = await accepted
  return { client, server, listener }
}

const ends = (s: Socket) => [s.localAddress, s.localFamily, s.remoteAddress, s.remoteFamily, s.address()]

test('a connection over IPv6 tells of IPv6 at both ends', async t => {
  const stacks = dualStacks()
  const { client, server } = await connected(stacks, { host: B6 }, { host: B6 })
  const { localPort, remotePort } = client
  t.deepEqual(ends(client), [A6, 'IPv6', B6, 'IPv6', { address: A6, family: 'IPv6', port: localPort }])
  t.deepEqual(ends(server), [B6, 'IPv6', A6, 'IPv6', { address: B6, family: 'IPv6', port: remotePort }])
  client.end('abc')
  t.is(String((await once(server, 'data'))[0]), 'abc')
  await close(stacks)
})

test('a server at no address in particular listens at ::, and calls IPv4 clients by mapped addresses', async t => {
  const stacks = dualStacks()
  const four = await connected(stacks, {}, { host: B4 })
  t.deepEqual([four.listener.address()!.address, four.listener.address()!.family], ['::', 'IPv6'])
  t.deepEqual(ends(four.server).slice(0, 4), [`::ffff:${B4}`, 'IPv6', `::ffff:${A4}`, 'IPv6'])
  t.deepEqual(ends(four.client).slice(0, 4), [A4, 'IPv4', B4, 'IPv4'])
  const six = await connected(stacks, {}, { host: B6 })
  t.is(six.server.remoteAddress, A6)
  await close(stacks)
})

test('ipv6Only leaves IPv4 to others', async t => {
  const stacks = dualStacks()
  const { listener } = await connected(stacks, { host: '::', ipv6Only: true }, { host: B6 })
  const { port } = listener.address()!
  const [refused] = await once(stacks.a.connect(port, B4), 'error')
  t.is(refused.message, `connect ECONNREFUSED ${B4}:${port}`)
  const four = await listening(stacks.b.createServer().listen(port, '0.0.0.0'))
  t.is(four.address()!.address, '0.0.0.0')
  const [taken] = await once(stacks.b.createServer().listen(port, '::'), 'error')
  t.is(taken.message, `listen EADDRINUSE: address already in use :::${port}`)
  await close(stacks)
})

test('a refused connection names the address as it was given', async t => {
  const stacks = dualStacks()
  const [error] = await once(stacks.a.connect(81, B6), 'error')
  t.is(error.message, `connect ECONNREFUSED ${B6}:81`)
  t.is(error.address, B6)
  const [bound] = await once(stacks.a.connect({ port: 81, host: B6, localAddress: '2001:db8::9' }), 'error')
  t.is(bound.message, 'bind EADDRNOTAVAIL 2001:db8::9')
  await close(stacks)
})

test('::1 and :: are the stack itself', async t => {
  const stack = createStack()
  const server = await listening(stack.createServer(s => s.end('here')).listen(0, '::1'))
  const { port } = server.address()!
  for (const host of ['::1', '::']) {
    const client = stack.connect(port, host)
    t.is(String((await once(client, 'data'))[0]), 'here')
    t.is(client.remoteAddress, '::1')
  }
  const family6 = stack.connect({ port, host: 'localhost', family: 6 })
  t.is(String((await once(family6, 'data'))[0]), 'here')
  await stack.close({ grace: 0 })
})

const names: LookupFunction = (_host, options, callback) => {
  const all = [
    { address: '2001:db8::99', family: 6 },
    { address: '2001:db8::98', family: 6 },
    { address: B4, family: 4 },
  ].filter(({ family }) => !options.family || options.family === family)
  process.nextTick(() => {
    if (options.all) callback(null, all)
    else callback(null, all[0]!.address, all[0]!.family)
  })
}

test('the addresses of a name are tried with the families in turn, each for a while (RFC 8305)', async t => {
  const stacks = dualStacks({ lookup: names })
  const listener = await listening(stacks.b.createServer().listen(0))
  const { port } = listener.address()!
  const events: string[] = []
  const client = stacks.a.connect({ port, host: 'server.test', autoSelectFamilyAttemptTimeout: 1000 })
  for (const event of ['connectionAttempt', 'connectionAttemptTimeout'])
    client.on(event, (address: string, _port: number, family: number) =>
      events.push(`${event} ${address} ${family}`),
    )
  await once(client, 'connect')
  t.deepEqual(events, [
    'connectionAttempt 2001:db8::99 6',
    'connectionAttemptTimeout 2001:db8::99 6',
    `connectionAttempt ${B4} 4`,
  ])
  t.deepEqual(client.autoSelectFamilyAttemptedAddresses, [`2001:db8::99:${port}`, `${B4}:${port}`])
  const four = stacks.a.connect({ port, host: 'server.test', family: 4 })
  await once(four, 'connect')
  t.is(four.remoteAddress, B4)
  await close(stacks)
})

test('a block list of IPv6 keeps out who is on it, either way', async t => {
  const stacks = dualStacks()
  const blockList = new BlockList()
  blockList.addSubnet('2001:db8::', 64, 'ipv6')
  const server = await listening(stacks.b.createServer({ blockList }).listen(0))
  const { port } = server.address()!
  const kept = (socket: Socket) => t.is(socket.remoteAddress, `::ffff:${A4}`)
  server.on('connection', kept)
  await once(stacks.a.connect(port, B6).resume(), 'end')
  const welcome = once(server, 'connection')
  stacks.a.connect(port, B4).on('error', () => {})
  await welcome
  const [blocked] = await once(stacks.a.connect({ port, host: B6, blockList } as never), 'error')
  t.is(blocked.code, 'ERR_IP_BLOCKED')
  await close(stacks)
})

test('a stack whose links have no IPv6 listens at 0.0.0.0; one without links has ::1', async t => {
  const [link] = createPipe(nodeClock)
  for (const [stack, address, family] of [
    [createStack({ link, address: '192.0.2.2/24' }), '0.0.0.0', 'IPv4'],
    [createStack(), '::', 'IPv6'],
  ] as const) {
    const server = await listening(stack.createServer().listen(0))
    t.deepEqual([server.address()!.address, server.address()!.family], [address, family])
    await stack.close({ grace: 0 })
  }
})
