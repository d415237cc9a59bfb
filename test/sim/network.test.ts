import test from 'ava'
import type { PathOptions } from '../../src/link/path/options.ts'
import { hasFlag, isData, nth, once } from '../../src/link/path/script.ts'
import { createNetwork, type NetworkHost, type NetworkLink } from '../../src/sim/network.ts'
import type { TcpOptions } from '../../src/tcp/block/options.ts'
import { setUser } from '../../src/tcp/calls.ts'
import { ANY_IPV4, ANY_IPV6, formatAddress, type Ipv6Address, isIpv6 } from '../../src/wire/address.ts'
import { CHECKSUM_COMPLETE, PacketBatch } from '../../src/wire/batch.ts'
import { dissect } from '../../src/wire/dissect.ts'
import { DONT_FRAGMENT, PROTOCOL_ICMP, writeIpv4 } from '../../src/wire/ipv4.ts'
import { PROTOCOL_ICMPV6 } from '../../src/wire/protocol.ts'
import { enter } from '../link/path/support.ts'
import { icmp6, six } from '../support/ipv6.ts'
import { echoRequest } from '../support/packets.ts'
import { pattern, Streamer } from '../support/two-hosts.ts'

const NOTHING = Buffer.alloc(0)

/** Sends `bytes` from one host to another; what the receiver got, and when it had all. */
const transfer = (from: NetworkHost, to: NetworkHost, bytes: number, port = 80) => {
  const text = pattern(bytes, port)
  const result: { server: Streamer | null; client: Streamer | null; doneAt: number } = {
    server: null,
    client: null,
    doneAt: Number.NaN,
  }
  const listener = to.listen(isIpv6(to.address) ? ANY_IPV6 : ANY_IPV4, port, {
    acceptable: () => {
      const c = listener.accept()
      if (c === null) return
      const server = new Streamer(c, NOTHING, text)
      const readable = server.readable.bind(server)
      server.readable = () => {
        readable()
        if (server.received === bytes && Number.isNaN(result.doneAt)) result.doneAt = to.now
      }
      setUser(c, server)
      result.server = server
      server.writable()
      server.readable()
      listener.close()
    },
  })
  const c = from.connect(to.address, port, {
    established: () => result.client?.established(),
    readable: () => result.client?.readable(),
    writable: () => result.client?.writable(),
    closed: error => result.client?.closed(error),
  })
  result.client = new Streamer(c, text, NOTHING)
  return result
}

const pair = (seed: number | string, options: PathOptions = {}, tcp: Partial<TcpOptions> = {}) => {
  const network = createNetwork({ seed, tcp })
  const a = network.host('a')
  const b = network.host('b')
  return { network, a, b, link: network.link(a, b, options) }
}

const BAD: PathOptions = {
  delay: 20,
  jitter: 5,
  rate: 5e6,
  loss: 0.03,
  burst: { enter: 0.005, leave: 0.3 },
  duplicate: 0.01,
  reorder: 0.01,
  corrupt: 0.01,
}

test('hosts have addresses of their own and talk over their link', t => {
  const { network, a, b, link } = pair(1, { delay: 10 })
  t.is(formatAddress(a.address), '198.18.0.1')
  t.is(formatAddress(b.address), '198.18.0.2')
  const { server, client } = run(network, () => transfer(a, b, 100_000))
  t.is(server?.received, 100_000)
  t.is(server?.fault, '')
  t.is(client?.over, null)
  t.is(link.aToB.name, 'a→b')
  t.true(link.aToB.counters.delivered > 70)
})

/** Starts a transfer and lets it come to its end. */
const run = <T>(network: ReturnType<typeof createNetwork>, start: () => T): T => {
  const result = start()
  network.runUntilIdle()
  return result
}

test('a run is reproducible from its seed alone, to the last packet; another seed gives another', t => {
  const ladder = (seed: number | string) => {
    const { network, a, b } = pair(seed, BAD)
    const { server } = run(network, () => transfer(a, b, 200_000))
    t.is(server?.received, 200_000)
    t.is(server?.fault, '')
    return network.report()
  }
  const one = ladder(1)
  t.true(one.split('\n').length > 200)
  t.is(ladder(1), one)
  t.not(ladder(2), one)
  t.is(ladder('a name'), ladder('a name'))
})

test('the luck of one path does not depend on what happens on another', t => {
  const lost = (others: number) => {
    const network = createNetwork({ seed: 5 })
    const a = network.host('a')
    const b = network.host('b')
    const seen: string[] = []
    const link = network.link(a, b, { delay: 5, loss: 0.1, corrupt: 0.1 })
    for (let n = 0; n < others; n++) {
      const c = network.host(`c${n}`)
      network.link(c, b, { delay: 1, loss: 0.1 })
      transfer(c, b, 10_000, 1000 + n)
    }
    transfer(a, b, 50_000)
    network.runUntilIdle()
    seen.push(JSON.stringify(link.aToB.counters), JSON.stringify(link.bToA.counters))
    return seen
  }
  t.deepEqual(lost(0), lost(3))

  const network = createNetwork({ seed: 5 })
  const [a, b] = [network.host('a'), network.host('b')]
  const { aToB, bToA } = network.link(a, b, { loss: 0.5 })
  const fate = (path: typeof aToB) =>
    Array.from({ length: 64 }, () => {
      const before = path.lost
      enter(path, [echoRequest(8)])
      return path.lost - before
    })
  t.notDeepEqual(fate(aToB), fate(bToA))
})

test('the ladder tells what became of each packet', t => {
  const { network, a, b } = pair(3, { delay: 10, drop: nth(2, isData) }, { timestamps: false })
  run(network, () => transfer(a, b, 3000))
  const lines = String(network.ladder).split('\n')
  const first = lines[0]!
  t.regex(
    first,
    /^ *0\.000 a→b {2}198\.18\.0\.1\.\d+ > 198\.18\.0\.2\.80: Flags \[S\], seq \d+, .*length 0 {2}→ at 10\.000$/,
  )
  const data = lines.filter(line => /length [1-9]/.test(line))
  t.regex(data[0]!, /^ *20\.000 a→b .*Flags \[\.\], seq 1:1461, ack 1, .*, length 1460 {2}→ at 30\.000$/)
  t.regex(data[1]!, /seq 1461:2921, .* → lost: script$/)
  t.regex(data[2]!, /seq 2921:3001, .* → at 30\.000$/)
  t.is(lines.filter(line => line.includes('seq 1461:2921')).length, 2)
  t.false(lines.some(line => line.includes('under way')))
})

test('the ladder names every fate', t => {
  const { network, a, b, link } = pair(3, { delay: 10 }, { timestamps: false })
  link.aToB.change({
    duplicate: nth(1),
    corrupt: nth(2),
    reorder: nth(4),
    rate: 1e6,
    ecnThreshold: 0,
    queue: 2000,
  })
  transfer(a, b, 6000)
  network.run(1)
  t.regex(network.report(), /→ duplicated$/m)
  network.run(60)
  link.bToA.change({ blackhole: true })
  network.run(3000)
  const report = network.report()
  t.regex(report, /^seed 3, at 3061\.000 ms$/m)
  for (const fate of [
    /→ corrupted, /,
    /held back, at /,
    /lost: queue full/,
    /lost: black hole/,
    /duplicated, at [\d.]+, at /,
  ])
    t.regex(report, fate)
})

test('the ladder keeps its last lines, and numbers stay relative though the SYN is gone', t => {
  const network = createNetwork({ seed: 1, ladder: 5 })
  const [a, b] = [network.host('a'), network.host('b')]
  network.link(a, b, { delay: 1 })
  run(network, () => transfer(a, b, 100_000))
  const lines = String(network.ladder).split('\n')
  t.is(lines.length, 6)
  t.regex(lines[0]!, /^… \d\d+ packets before$/)
  t.true(
    lines.slice(1).some(line => / (seq|ack) 10000[12],/.test(line)),
    lines.join('\n'),
  )
  t.is(String(network.ladder), lines.join('\n'))
  const none = createNetwork({ seed: 1, ladder: 0 })
  t.is(none.ladder, null)
  t.is(none.report(), 'seed 1, at 0.000 ms')
  t.throws(() => createNetwork({ seed: 1, ladder: -1 }), { instanceOf: RangeError })
})

test('what fails under guard bears the seed and the ladder', t => {
  const { network, a, b } = pair('guarded', { delay: 10 })
  const error = t.throws(() =>
    network.guard(() => {
      a.connect(b.address, 80, { established() {}, readable() {}, writable() {}, closed() {} })
      network.run(100)
      throw new RangeError('it does not hold')
    }),
  )
  t.regex(
    error.message,
    /^it does not hold\nseed "guarded", at 100\.000 ms\n.*Flags \[S\].*\n.*Flags \[R\.\]/,
  )
  t.true(error.cause instanceof RangeError)
  t.is(
    network.guard(() => 7),
    7,
  )
})

test('an exception of a user comes out of run', t => {
  const { network, a, b } = pair(1)
  a.connect(b.address, 80, {
    established() {},
    readable() {},
    writable() {},
    closed() {
      throw new Error('from the user')
    },
  })
  t.throws(() => network.runUntilIdle(), { message: 'from the user' })
})

test('three flows through one bottleneck share its queue and fill it', t => {
  const RATE = 10e6
  const network = createNetwork({ seed: 7 })
  const [left, right] = [network.router('left'), network.router('right')]
  const neck = network.link(left, right, { rate: RATE, delay: 10, queue: 50_000 })
  const flows = [1, 2, 3].map(n => {
    const from = network.host(`from ${n}`)
    const to = network.host(`to ${n}`)
    network.link(from, left, { delay: n })
    network.link(to, right, { delay: n })
    return transfer(from, to, 2_000_000)
  })
  network.runUntilIdle()
  for (const { server } of flows) {
    t.is(server?.received, 2_000_000)
    t.is(server?.fault, '')
  }
  const { counters } = neck.aToB
  // All that was delivered went through at the rate: it cannot have been faster.
  const end = Math.max(...flows.map(flow => flow.doneAt))
  t.true(counters.bytes * 8000 > 6_000_000 * 8000)
  t.true(end >= (6_000_000 * 8000) / RATE)
  t.true(counters.lost.queue > 0, 'the queue has overflown')
  t.true(end < 2.5 * ((6_000_000 * 8000) / RATE), `${end}`)
  // Each of them got a share while all were there.
  const ends = flows.map(flow => flow.doneAt)
  t.true(Math.min(...ends) > end / 3, `${ends}`)
})

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
