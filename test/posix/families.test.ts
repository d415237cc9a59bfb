/** Sockets of AF_INET and AF_INET6, and what they have to do with each other: RFC 3493, as Linux has it. */
import test from 'ava'
import type { Call, Result } from '../../src/posix/call.ts'
import { AF_INET, AF_INET6, AF_UNSPEC, O_NONBLOCK } from '../../src/posix/constants.ts'
import { Sockets } from '../../src/posix/sockets.ts'
import { createNetwork } from '../../src/sim/network.ts'
import { type Address, parseAddress } from '../../src/wire/address.ts'

const PORT = 80
const ANY4 = parseAddress('0.0.0.0')
const ANY6 = parseAddress('::')
const mapped = (text: string): Address => parseAddress(`::ffff:${text}`)

const said = <T>(result: Result<T> | null): T | string | null =>
  result === null ? null : result.ok ? result.value : result.errno

const pair = () => {
  const network = createNetwork({ seed: 1 })
  const [a, b] = [network.host('a'), network.host('b')]
  network.link(a, b, { delay: 5 })
  const wait = <T>(call: Call<T>): T | string | null => {
    while (call.result === null && network.clock.step(network.clock.now() + 600_000));
    return said(call.result)
  }
  return { client: new Sockets(a), server: new Sockets(b), wait, of: b.addresses }
}

const open = (sockets: Sockets, family: number): number => said(sockets.socket(0, family)) as number

const listening = (server: Sockets, family: number, address: Address, ipv6Only = 0): number => {
  const fd = open(server, family)
  if (ipv6Only) server.setsockopt(fd, 'IPV6_V6ONLY', 1)
  server.bind(fd, { address, port: PORT })
  server.listen(fd, 5)
  return fd
}

test('a socket is of one family, and takes addresses of that only', t => {
  const { client, wait, of } = pair()
  const [four, six] = of as [Address, Address]
  t.is(said(client.socket(0, AF_UNSPEC)), 'EAFNOSUPPORT')
  for (const [family, own, other, any] of [
    [AF_INET, four, six, ANY4],
    [AF_INET6, six, four, ANY6],
  ] as const) {
    const fd = open(client, family)
    t.deepEqual(said(client.getsockname(fd)), { address: any, port: 0 })
    t.is(said(client.bind(fd, { address: other, port: 0 })), 'EAFNOSUPPORT')
    t.is(wait(client.connect(fd, { address: other, port: PORT })), 'EAFNOSUPPORT')
    t.is(said(client.bind(fd, { address: own, port: 0 })), 'EADDRNOTAVAIL')
    t.is(said(client.bind(fd, { address: any, port: 9 })), undefined)
  }
})

test('a listener of IPv6 hears both families, and tells IPv4 by mapped addresses', t => {
  const { client, server, wait, of } = pair()
  const [four, six] = of as [Address, Address]
  const listener = listening(server, AF_INET6, ANY6)
  t.deepEqual(said(server.getsockname(listener)), { address: ANY6, port: PORT })
  for (const [family, to, local, peer] of [
    [AF_INET, four, mapped('198.18.0.2'), mapped('198.18.0.1')],
    [AF_INET6, six, parseAddress('2001:2::2'), parseAddress('2001:2::1')],
    [AF_INET6, mapped('198.18.0.2'), mapped('198.18.0.2'), mapped('198.18.0.1')],
  ] as const) {
    const fd = open(client, family)
    t.is(wait(client.connect(fd, { address: to, port: PORT })), undefined)
    t.deepEqual(said(client.getpeername(fd)), { address: to, port: PORT })
    const accepted = wait(server.accept(listener)) as number
    t.deepEqual(said(server.getsockname(accepted)), { address: local, port: PORT })
    t.like(said(server.getpeername(accepted)), { address: peer })
    server.write(accepted, Uint8Array.of(1, 2, 3))
    t.deepEqual(wait(client.read(fd, 9)), Uint8Array.of(1, 2, 3))
  }
})

test('IPV6_V6ONLY: no IPv4 comes, and none is opened', t => {
  const { client, server, wait, of } = pair()
  const [four, six] = of as [Address, Address]
  const only = listening(server, AF_INET6, ANY6, 1)
  t.is(said(server.getsockopt(only, 'IPV6_V6ONLY')), 1)
  t.is(said(server.setsockopt(only, 'IPV6_V6ONLY', 0)), 'EINVAL')
  t.is(wait(client.connect(open(client, AF_INET), { address: four, port: PORT })), 'ECONNREFUSED')
  t.is(wait(client.connect(open(client, AF_INET6), { address: six, port: PORT })), undefined)
  // Beside it there is room for a listener of IPv4.
  const beside = listening(server, AF_INET, ANY4)
  t.is(wait(client.connect(open(client, AF_INET), { address: four, port: PORT })), undefined)
  t.is(typeof wait(server.accept(beside)), 'number')
  const fd = open(client, AF_INET6)
  client.setsockopt(fd, 'IPV6_V6ONLY', 1)
  t.is(said(client.bind(fd, { address: mapped('198.18.0.1'), port: 0 })), 'EINVAL')
  t.is(wait(client.connect(fd, { address: mapped('198.18.0.2'), port: PORT })), 'ENETUNREACH')
})

test('a port that one family has is taken for a socket of both', t => {
  const { server } = pair()
  listening(server, AF_INET, ANY4)
  const both = open(server, AF_INET6)
  t.is(said(server.bind(both, { address: ANY6, port: PORT })), 'EADDRINUSE')
  server.setsockopt(both, 'IPV6_V6ONLY', 1)
  t.is(said(server.bind(both, { address: ANY6, port: PORT })), undefined)
  t.is(said(server.listen(both, 1)), undefined)
})

test('options of IPv6 are of its sockets only', t => {
  const { client } = pair()
  const [four, six] = [open(client, AF_INET), open(client, AF_INET6)]
  for (const name of ['IPV6_V6ONLY', 'IPV6_TCLASS', 'IPV6_UNICAST_HOPS', 'IPV6_MTU_DISCOVER']) {
    t.is(said(client.setsockopt(four, name, 1)), 'ENOPROTOOPT', name)
    t.is(said(client.getsockopt(four, name)), 'ENOPROTOOPT', name)
    t.is(said(client.setsockopt(six, name, 1)), undefined, name)
  }
  t.is(said(client.getsockopt(six, 'IPV6_UNICAST_HOPS')), 1)
  t.is(said(client.setsockopt(six, 'IPV6_UNICAST_HOPS', -1)), undefined)
  t.is(said(client.getsockopt(six, 'IPV6_UNICAST_HOPS')), 64)
  t.is(said(client.setsockopt(six, 'IPV6_TCLASS', 256)), 'EINVAL')
  t.is(said(client.setsockopt(six, 'IPV6_TCLASS', 0xbb)), undefined)
  t.is(said(client.getsockopt(six, 'IPV6_TCLASS')), 0xb8)
})

test('a listener that is bound to nothing is at all addresses of its family', t => {
  const { client, server, wait, of } = pair()
  const fd = open(server, AF_INET6)
  server.listen(fd, 1)
  const { port } = said(server.getsockname(fd)) as { port: number }
  const c = said(client.socket(O_NONBLOCK, AF_INET)) as number
  t.is(wait(client.connect(c, { address: of[0]!, port })), 'EINPROGRESS')
  t.is(typeof wait(server.accept(fd)), 'number')
})
