// Hosts with addresses of both families: names, Happy Eyeballs of node:net, faults of one family.
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import test from 'ava'
import type { Socket } from '../../src/net/module.ts'
import { createNetwork, type TestHost, type TestNetwork } from '../../src/testing/testing.ts'
import { connected, twoHosts } from './support.ts'

/** A server on port 80 that says who called, and is gone. */
const greeter = (host: TestHost): void => {
  host.net.createServer(socket => socket.end(socket.remoteAddress!)).listen(80)
}

/** Follows a connection, one event a line. */
const watch = (socket: Socket): string[] => {
  const seen: string[] = []
  socket.on('connectionAttempt', address => seen.push(`try ${address}`))
  socket.on('connectionAttemptTimeout', address => seen.push(`late ${address}`))
  socket.on('connectionAttemptFailed', (address, _port, _family, error) =>
    seen.push(`failed ${address} ${(error as NodeJS.ErrnoException).code}`),
  )
  return seen
}

test('a host has an address of each family, and its name is both, IPv6 first', async t => {
  const { net, client, server } = twoHosts(t)
  t.deepEqual(client.addresses, ['198.18.0.1', '2001:2::1'])
  t.is(client.address, '198.18.0.1')
  greeter(server)
  for (const [options, caller] of [
    [{ host: 'server' }, '2001:2::1'],
    [{ host: 'server', family: 4 }, '::ffff:198.18.0.1'],
    [{ host: 'server', family: 6 }, '2001:2::1'],
    [{ host: '198.18.0.2' }, '::ffff:198.18.0.1'],
    [{ host: '2001:2::2' }, '2001:2::1'],
  ] as const)
    t.is(await net.until(text(client.net.connect({ port: 80, ...options }))), caller)
})

test('what has one family only is reached by it, and not by the other', async t => {
  const net = createNetwork({ seed: 1, time: 'virtual' })
  t.teardown(() => net.close())
  const old = net.host('old', { address: '192.0.2.7' })
  const young = net.host('young', { address: '2001:db8::7' })
  const both = net.host('both', { address: ['192.0.2.8', '2001:db8::8'] })
  for (const host of [old, young, both]) greeter(host)
  t.is(await net.until(text(old.net.connect(80, 'both'))), '::ffff:192.0.2.7')
  t.is(await net.until(text(young.net.connect(80, 'both'))), '2001:db8::7')
  t.is(await net.until(text(both.net.connect(80, 'old'))), '192.0.2.8')
  const [error] = await net.until(once(old.net.connect(80, 'young'), 'error'))
  t.like(error, { code: 'ENOTFOUND', hostname: 'young' })
  const [unreachable] = await net.until(once(young.net.connect(80, 'old'), 'error'))
  t.like(unreachable, { code: 'ENETUNREACH', address: '192.0.2.7' })
})

test('a network of one family', async t => {
  for (const [family, address] of [
    [4, '198.18.0.1'],
    [6, '2001:2::1'],
  ] as const) {
    const { net, client, server } = twoHosts(t, { family })
    t.deepEqual(client.addresses, [address])
    const { near, far } = await connected(net, client, server)
    t.is(near.localAddress, address)
    far.end('x')
    t.is(await net.until(text(near)), 'x')
  }
})

test('Happy Eyeballs: when IPv6 leads nowhere, IPv4 has its turn after a quarter of a second', async t => {
  const { net, client, server } = twoHosts(t, { link: { delay: '10ms' } })
  greeter(server)
  net.blackhole({ family: 6 })
  const begun = net.now
  const socket = client.net.connect({ port: 80, host: 'server' })
  const seen = watch(socket)
  await net.until(once(socket, 'connect'))
  t.is(net.now - begun, 250 + 20)
  t.deepEqual(seen, ['try 2001:2::2', 'late 2001:2::2', 'try 198.18.0.2'])
  t.deepEqual(socket.autoSelectFamilyAttemptedAddresses, ['2001:2::2:80', '198.18.0.2:80'])
  t.is(await net.until(text(socket)), '::ffff:198.18.0.1')
  net.heal()
  t.is(await net.until(text(client.net.connect(80, 'server'))), '2001:2::1')
})

test('Happy Eyeballs: refused over one, it asks the other at once; refused by both, it tells of both', async t => {
  const { net, client, server } = twoHosts(t, { link: { delay: '10ms' } })
  server.net.createServer(socket => socket.end('IPv4')).listen(80, '0.0.0.0')
  const begun = net.now
  const socket = client.net.connect(80, 'server')
  const seen = watch(socket)
  t.is(await net.until(text(socket)), 'IPv4')
  t.deepEqual(seen, ['try 2001:2::2', 'failed 2001:2::2 ECONNREFUSED', 'try 198.18.0.2'])
  t.is(net.now - begun, 20 + 40)
  const [error] = (await net.until(once(client.net.connect(81, 'server'), 'error'))) as [AggregateError]
  t.deepEqual(
    error.errors.map(each => each.message),
    ['connect ECONNREFUSED 2001:2::2:81', 'connect ECONNREFUSED 198.18.0.2:81'],
  )
})

/** The times that a byte and its echo take over each family, ms. */
const roundTrips = async (net: TestNetwork, client: TestHost, port: number): Promise<number[]> => {
  const times: number[] = []
  for (const host of ['198.18.0.2', '2001:2::2']) {
    const socket = client.net.connect(port, host)
    await net.until(once(socket, 'connect'))
    const begun = net.now
    socket.write('x')
    await net.until(once(socket, 'data'))
    times.push(net.now - begun)
    socket.destroy()
  }
  return times
}

test('faults of one family: they are added to those of both, on hosts to come as well', async t => {
  const { net, client, server } = twoHosts(t, { link: { delay: '10ms' } })
  const echo = (host: TestHost) => host.net.createServer(socket => socket.pipe(socket)).listen(7)
  echo(server)
  t.deepEqual(await roundTrips(net, client, 7), [20, 20])
  net.link({ family: 6, delay: '30ms' })
  t.deepEqual(await roundTrips(net, client, 7), [20, 60])
  const third = net.host('third')
  t.deepEqual(await roundTrips(net, third, 7), [20, 60])
  net.path(client, server, { family: 4, delay: '50ms' })
  t.deepEqual(await roundTrips(net, client, 7), [60, 60])
  t.deepEqual(await roundTrips(net, third, 7), [20, 60])
  // For both again.
  net.link({ delay: null })
  t.deepEqual(await roundTrips(net, client, 7), [0, 0])
})

test('a rate is shared by both families until one of them has its own', async t => {
  const { net, client, server } = twoHosts(t, { link: { rate: '80kbit' } })
  server.net.createServer(socket => socket.resume()).listen(80)
  const sizes: number[] = []
  const send = async () => {
    const begun = net.now
    const sockets = ['198.18.0.2', '2001:2::2'].map(host => client.net.connect(80, host))
    await net.until(Promise.all(sockets.map(socket => once(socket, 'connect'))))
    for (const socket of sockets) socket.end(Buffer.alloc(20_000))
    await net.until(
      Promise.all(sockets.map(socket => once(socket, 'finish').then(() => once(socket, 'end')))),
    )
    sizes.push(Math.round((net.now - begun) / 1000))
  }
  await send()
  net.link({ family: 6, rate: '80kbit' })
  await send()
  // 40 KB and their headers at 10 KB a second, and then 20 KB on each.
  t.deepEqual(sizes, [4, 2])
})

test('the next packets of one family are lost, and a partition is of one family', async t => {
  const { net, client, server } = twoHosts(t)
  greeter(server)
  const lost = net.dropNext({ from: client, flags: 'SYN', family: 4 })
  const begun = net.now
  t.is(await net.until(text(client.net.connect(80, '2001:2::2'))), '2001:2::1')
  t.is(net.now, begun)
  t.is(lost.dropped, 0)
  t.is(await net.until(text(client.net.connect(80, '198.18.0.2'))), '::ffff:198.18.0.1')
  t.is(net.now, begun + 1000)
  net.partition(client, server, { family: 4 })
  t.is(await net.until(text(client.net.connect(80, '2001:2::2'))), '2001:2::1')
  const cut = client.net.connect(80, '198.18.0.2')
  await t.throwsAsync(net.until(once(cut, 'connect'), { within: '5s' }), { message: /still waiting/ })
  net.heal(client, server)
  await net.until(once(cut, 'connect'))
  cut.destroy()
})

test('a small MTU over IPv6: Packet Too Big tells of it; without a word it is a hole to be found', async t => {
  for (const icmp of [true, false]) {
    const { net, client, server } = twoHosts(t, { family: 6, link: { delay: '5ms' } })
    const { near, far } = await connected(net, client, server)
    net.mtu(1300, { icmp })
    near.end(Buffer.alloc(50_000))
    far.end()
    t.is((await net.until(text(far))).length, 50_000)
    t.is(/ICMP6, packet too big, mtu 1300/.test(net.ladder()), icmp)
    t.regex(net.ladder(), /lost: too large/)
  }
})
