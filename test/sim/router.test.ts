/** Routers of a network: the way of packets, their time to live, and links that are too narrow. */
import test from 'ava'
import { hasFlag, once } from '../../src/link/path/script.ts'
import { createNetwork, type NetworkLink } from '../../src/sim/network.ts'
import type { Ipv6Address } from '../../src/wire/address.ts'
import { CHECKSUM_COMPLETE, PacketBatch } from '../../src/wire/batch.ts'
import { dissect } from '../../src/wire/dissect.ts'
import { DONT_FRAGMENT, PROTOCOL_ICMP, writeIpv4 } from '../../src/wire/ipv4.ts'
import { PROTOCOL_ICMPV6 } from '../../src/wire/protocol.ts'
import { icmp6, six } from '../support/ipv6.ts'
import { echoRequest } from '../support/packets.ts'
import { run, transfer } from '../support/transfers.ts'

test('packets go the way of the fewest hops; hosts do not forward', t => {
  const network = createNetwork({ seed: 1 })
  const [a, b, c] = [network.host('a'), network.host('b'), network.host('c')]
  const routers = [1, 2, 3].map(n => network.router(`r${n}`))
  const [r1, r2, r3] = routers as [(typeof routers)[0], (typeof routers)[0], (typeof routers)[0]]
  // The long way was made first; and there is one through the host c.
  network.link(a, r1)
  network.link(r1, r2)
  network.link(r2, b)
  network.link(a, c)
  network.link(c, b)
  network.link(a, r3)
  network.link(r3, b)
  const { server } = run(network, () => transfer(a, b, 5000))
  t.is(server?.received, 5000)
  t.true(r3.counters.forwarded > 5)
  t.is(r1.counters.forwarded + r2.counters.forwarded, 0)
  t.is(c.counters.packetsIn, 0)
  // A direct link, made later, is taken from then on.
  const before = r3.counters.forwarded
  const direct = network.link(a, b)
  run(network, () => transfer(a, b, 5000, 81))
  t.is(r3.counters.forwarded, before)
  t.true(direct.aToB.counters.delivered > 0 && direct.bToA.counters.delivered > 0)
})

test('where no link leads nothing arrives', t => {
  const network = createNetwork({ seed: 1, tcp: { userTimeout: 5000 } })
  const [a, b] = [network.host('a'), network.host('b')]
  const router = network.router()
  network.link(a, router)
  const { client, server } = run(network, () => transfer(a, b, 10))
  t.is(server, null)
  t.is(client?.over, 'ETIMEDOUT')
  t.true(a.interface.unroutable > 1)
  inject(
    network.link(network.host('c'), router),
    echoRequest(8, { source: a.address as number, destination: b.address as number }),
  )
  network.runUntilIdle()
  t.is(router.counters.unroutable, 1)
  t.throws(() => network.link(a, createNetwork({ seed: 1 }).host('x')), { instanceOf: RangeError })
  t.throws(() => network.host('a'), { instanceOf: RangeError, message: /'a'/ })
  t.throws(() => network.host('d', { address: '198.18.0.1/15' }), { instanceOf: RangeError })
})

/** An echo request with this TTL, as somebody on the path would have sent it. */
const inject = (link: NetworkLink, packet: Uint8Array): void => {
  const batch = new PacketBatch(1, false)
  batch.push(packet, 0, packet.length, CHECKSUM_COMPLETE, 0)
  link.aToB.enter(batch)
}

test('a router counts the time to live down, and tells who sent what it ends', t => {
  const network = createNetwork({ seed: 1 })
  const replies: number[][] = []
  const a = network.host('a', {
    trace: e => {
      if (e.type !== 'packet' || e.direction !== 'in') return
      const b = e.batch.buffers[e.index]!.subarray(e.batch.starts[e.index]!)
      if (b[9] === PROTOCOL_ICMP) replies.push([b[15]!, b[8]!, b[20]!, b[21]!])
    },
  })
  const router = network.router()
  const b = network.host('b')
  const link = network.link(a, router)
  network.link(router, b)
  const fields = { source: a.address as number, destination: b.address as number }
  inject(link, echoRequest(8, { ...fields, ttl: 2 }))
  inject(link, echoRequest(8, { ...fields, ttl: 1 }))
  inject(link, new Uint8Array(30))
  network.runUntilIdle()
  t.deepEqual(replies, [
    // Time exceeded from the router; b's echo reply, one hop older than it was sent.
    [2, 64, 11, 0],
    [3, 63, 0, 0],
  ])
  t.like(router.counters, { expired: 1, malformed: 1, unroutable: 0 })
})

test('[R4443-8] a router of IPv6 counts the hop limit down, and tells who sent what it ends, quoting it', t => {
  const network = createNetwork({ seed: 1 })
  const replies: unknown[] = []
  const a = network.host('a', {
    trace: e => {
      if (e.type !== 'packet' || e.direction !== 'in') return
      const b = e.batch.buffers[e.index]!.subarray(e.batch.starts[e.index]!)
      const { source, hops, protocol, payload } = dissect(b)
      if (protocol === PROTOCOL_ICMPV6) replies.push([source, hops, b[payload], b[payload + 1]])
    },
  })
  const router = network.router()
  const b = network.host('b')
  const link = network.link(a, router)
  network.link(router, b)
  const [source, destination] = [a.addresses[1] as Ipv6Address, b.addresses[1] as Ipv6Address]
  const text = new Uint8Array(8)
  inject(link, icmp6(128, 0, 0, text, { source, destination, hopLimit: 2 }))
  inject(link, icmp6(128, 0, 0, text, { source, destination, hopLimit: 1 }))
  inject(link, icmp6(128, 0, 0, text, { source, destination: six('2001:db8::99') }))
  network.runUntilIdle()
  t.deepEqual(replies, [
    [router.addresses[1], 64, 3, 0],
    [destination, 63, 129, 0],
  ])
  t.like(router.counters, { expired: 1, malformed: 0, unroutable: 1 })
})

test('a stream of IPv6 through a router with a smaller next hop: Packet Too Big, and no fragment', t => {
  const network = createNetwork({ seed: 1 })
  const [a, b] = [network.host('a'), network.host('b', { address: '2001:db8::b/64' })]
  const router = network.router()
  network.link(a, router, { delay: 1 })
  const { aToB } = network.link(router, b, { delay: 1, mtu: 1300, icmp: true })
  const { server } = run(network, () => transfer(a, b, 300_000))
  t.is(server?.received, 300_000)
  t.is(server?.fault, '')
  t.true(aToB.counters.icmp > 0)
  t.is(aToB.counters.fragmented, 0)
})

test('a router that fragments on the way: the receiver has the stream whole', t => {
  const network = createNetwork({ seed: 1 })
  const [a, b] = [network.host('a'), network.host('b')]
  const router = network.router()
  network.link(a, router, { delay: 1 })
  const { aToB } = network.link(router, b, { delay: 1, mtu: 576, icmp: true, drop: once(hasFlag('FIN')) })
  const { server } = run(network, () => transfer(a, b, 300_000))
  t.is(server?.received, 300_000)
  t.is(server?.fault, '')
  t.is(server?.ended, true)
  // A host that sets DF hears of it, and sends smaller ones.
  t.true(aToB.counters.fragmented > 200 || aToB.counters.icmp > 0)
})

test('fragmentation needed comes from the router before the narrow link', t => {
  const network = createNetwork({ seed: 1 })
  const errors: number[][] = []
  const a = network.host('a', {
    trace: e => {
      if (e.type !== 'packet' || e.direction !== 'in') return
      const b = e.batch.buffers[e.index]!.subarray(e.batch.starts[e.index]!)
      errors.push([...b.subarray(12, 16), b[20]!, b[21]!, b[26]! * 256 + b[27]!])
    },
  })
  const b = network.host('b')
  const router = network.router()
  const near = network.link(a, router, { delay: 5 })
  const far = network.link(router, b, { delay: 5, mtu: 1000, icmp: true })
  const packet = new Uint8Array(1200)
  writeIpv4(packet, 0, 1200, 17, a.address as number, b.address as number, 64, 0, 1, DONT_FRAGMENT)
  inject(near, packet)
  network.runUntilIdle()
  t.deepEqual(errors, [[198, 18, 0, 3, 3, 4, 1000]])
  t.is(network.clock.now(), 10)
  t.is(far.aToB.counters.icmp, 1)
})
