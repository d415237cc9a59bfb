/** Half-open connections that are packed (RFC 4987 §3.5): nobody can tell them from whole ones. */
import test from 'ava'
import { HalfOpenRows } from '../../src/host/half-open/rows.ts'
import { hostStatus, hostStatusInParts } from '../../src/host/status.ts'
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import type { ConnectionView } from '../../src/tcp/block/connection-view.ts'
import type { TcpOptions } from '../../src/tcp/block/options.ts'
import { HalfOpenState } from '../../src/tcp/half-open.ts'
import { ACK, FIN, PSH, RST, SYN } from '../../src/wire/tcp.ts'
import { Knocked, OURS, PEERS, synOptions } from '../support/knocked.ts'

test('[R4987-2] no more are kept than the backlog has room for, packed or not', t => {
  const world = new Knocked({ backlog: 300, synCookies: 'never' })
  for (let n = 0; n < 1000; n++) world.says(2 * n, SYN, n, 0, synOptions(n))
  t.is(world.listening[0]!.synQueue.size, 300)
  t.is(world.listening[0]!.synQueue.packed, 300 - world.host.halfOpens.whole)
  t.is(world.host.connections.size, 300)
  t.is(world.host.drops['backlog-full'], 700)
})

/**
 * Not a part of a block's data: its place, what it shares, its neighbours in the timing wheel; and numbers that say nothing
 * until something else has set them.
 */
const APART = new Set([
  ...['env', 'parent', 'options', 'route', 'owner', 'next', 'previous'],
  ...['wl2', 'timeoutAt', 'ackReason'],
])

/** A control block as data: all that can be seen of it, but for its place at the host. */
const dataOf = (value: unknown, seen = new Set<unknown>()): unknown => {
  if (typeof value === 'function') return null
  if (typeof value !== 'object' || value === null) return value
  if (seen.has(value)) return 'again'
  seen.add(value)
  const data: Record<string, unknown> = { of: value.constructor?.name ?? '' }
  for (const [key, part] of Object.entries(value)) {
    if (!APART.has(key)) data[key] = dataOf(part, seen)
  }
  return data
}

const SYNS: Record<string, (n: number) => Parameters<Knocked['says']>> = {
  bare: n => [n, SYN, n, 0],
  'with every option': n => [n, SYN, n * 77_777, 0, synOptions(n)],
  'with an MSS alone': n => [n, SYN, -n, 0, [2, 4, 1, n & 255]],
  'that asks for ECN': n => [n, SYN | 0xc0, n, 0, synOptions(n)],
  'that asks for accurate ECN, marked': n => [n, SYN | 0x1c0, n, 0, synOptions(n), { trafficClass: n & 3 }],
  'with text': n => [n, SYN, n, 0, synOptions(n), { length: 20, trafficClass: 0x28 }],
}

for (const [kind, syn] of Object.entries(SYNS))
  for (const times of [0, 1, 4])
    test(`a SYN ${kind}, ${times} timeouts: the control block comes back as it was`, t => {
      for (const n of [0, 1, 3, 6, 10, 13, 21, 31]) {
        const world = new Knocked({ ecn: n & 4 ? 'accurate' : 'on', windowGrows: n % 3 === 0 }, 1000)
        const again = () => world.says(...syn(n))
        again()
        // Text that comes twice is more than a packed connection can have.
        if (n & 8 && kind !== 'with text') again()
        for (let i = 0; i < times; i++) world.clock.advance(1000 * 2 ** i + 1)
        if (n & 16 && kind !== 'with text') again()
        world.clock.settle()
        const c = () => [...world.host.connections][0]!
        const before = JSON.stringify(dataOf(c()))
        const status = hostStatus(world.host)
        const { timers } = world.host
        world.host.halfOpens.whole = 0
        world.host.halfOpens.grown(world.listening[n & 1]!.synQueue)
        world.host.halfOpens.pack()
        t.is(world.listening[n & 1]!.synQueue.packed, 1, `of the first ${n}`)
        t.deepEqual(hostStatus(world.host), status)
        t.is(JSON.stringify(dataOf(c())), before)
        t.is(world.listening[n & 1]!.synQueue.packed, 0)
        t.is(world.host.timers, timers)
      }
    })

/** Peers of all sorts: some end their handshake, others say what they should not, or nothing. Returns all that was to be seen. */
const storm = (seed: number, whole: number, tcp: Partial<TcpOptions>) => {
  const world = new Knocked({ ecn: 'accurate', ...tcp }, whole).records()
  const random = new SeededRandom(seed)
  const below = (n: number): number => random.uint32() % n
  const statuses: string[] = []
  for (let step = 0; step < 600; step++) {
    const n = below(150)
    const syn = Object.values(SYNS)[n % 6]!(n)
    const [, , irs] = syn
    const iss = world.isns.get(1024 + n) ?? 0
    const off = [0, 0, 0, 1, -1, 70_000][below(6)]!
    const stamp = [1, 1, 8, 10, 0, 0, 0, 255 - below(2), 0, 0, 0, 0]
    const options = below(3) === 0 ? [] : stamp
    switch (below(9)) {
      case 0:
      case 1:
      case 2:
        world.says(...syn)
        break
      case 3:
        world.says(n, ACK, irs + 1, iss + 1, options)
        break
      case 4:
        world.says(n, ACK | PSH, irs + 1 + off, iss + 1, options, { length: 1 + below(40) })
        break
      case 5:
        world.says(n, [ACK | FIN, RST, RST | ACK, SYN, SYN | ACK, PSH][below(6)]!, irs + 1 + off, iss + 1)
        break
      case 6:
        world.says(n, ACK, irs + 1 + off, iss + below(4) - 1, options, { trafficClass: below(4) })
        break
      case 7:
        statuses.push(JSON.stringify(hostStatus(world.host).sort((a, b) => a.remotePort - b.remotePort)))
        break
      default:
        world.clock.advance([0.3, 20.5, 700, 3000][below(4)]!)
    }
  }
  world.host.configure({ maxSegment: 900 })
  world.says(151, SYN, 5, 0, synOptions(5))
  world.listening[1]!.close()
  world.clock.advance(100_000)
  const infos = world.accepted.map(c => JSON.stringify(dataOf(c)))
  return { events: world.events, sent: world.sent, statuses, infos, drops: world.host.drops }
}

/** The first that one has and the other has not, whatever their order. */
const firstDifference = (some: readonly string[], others: readonly string[]): string | null => {
  const [a, b] = [some.toSorted(), others.toSorted()]
  const at = a.findIndex((text, n) => text !== b[n])
  return at < 0 && a.length === b.length ? null : `${a[at]} instead of ${b[at]}`
}

for (const [name, tcp] of Object.entries<Partial<TcpOptions>>({
  'by default': {},
  'that waits for text': { deferAccept: 2 },
  'that gives up soon': { userTimeout: 2500 },
  'with user timeouts and a window that grows': { userTimeoutOption: true, windowGrows: true },
  'with a queue that is soon full': { backlog: 20 },
}))
  test(`peers of all sorts see the same of a host ${name}, and so do its readers, whether its half-open connections are packed or whole`, t => {
    for (let seed = 1; seed <= 4; seed++) {
      const whole = storm(seed, Number.POSITIVE_INFINITY, tcp)
      const packed = storm(seed, 0, tcp)
      const some = storm(seed, 10, tcp)
      t.true(whole.events.length > 1000 && whole.infos.length > 5, `${whole.infos.length} were accepted`)
      for (const other of [packed, some]) {
        t.deepEqual(other.drops, whole.drops, `seed ${seed}`)
        for (const what of ['events', 'sent', 'statuses', 'infos'] as const)
          t.is(firstDifference(other[what], whole[what]), null, `${what} of seed ${seed}`)
      }
    }
  })

test('numbers come back from their row, the largest too, and a free row is used again', t => {
  const rows = new HalfOpenRows()
  const random = new SeededRandom(3)
  const limits: Record<string, number> = {
    trafficClass: 255,
    scale: 14,
    timeouts: 255,
    resent: 255,
    challenges: 255,
  }
  const times = ['createdAt', 'ackSentAt', 'timeoutSince', 'challengesSince']
  const words = ['iss', 'irs', 'tsRecent', 'flags', 'pathVersion', 'ecn']
  const kept = new Map<number, HalfOpenState>()
  for (let n = 0; n < 5000; n++) {
    const s = new HalfOpenState()
    for (const key of Object.keys(s) as (keyof HalfOpenState)[])
      s[key] = times.includes(key)
        ? random.uint32() / 7
        : words.includes(key)
          ? random.uint32() | 0
          : n % 2 === 0
            ? (limits[key] ?? 65_535)
            : random.uint32() % ((limits[key] ?? 65_535) + 1)
    const row = rows.add(s)
    t.false(kept.has(row))
    kept.set(row, s)
    if (n % 3 > 0) continue
    const [other] = [...kept.keys()].slice((n * 31) % kept.size)
    rows.free(other!)
    kept.delete(other!)
  }
  t.is(rows.size, kept.size)
  for (const [row, s] of kept) {
    t.deepEqual(rows.read(row, new HalfOpenState()), s)
    t.is(rows.createdAt(row), s.createdAt)
  }
  t.true(Math.max(...kept.keys()) < 3500)
})

test('what cannot be packed stays whole, and in the queue', t => {
  const world = new Knocked({}, 0)
  const says = () => world.says(0, SYN, 7, 0, synOptions(7), { length: 20 })
  says()
  t.is(world.listening[0]!.synQueue.packed, 1)
  says()
  t.is(world.listening[0]!.synQueue.packed, 0)
  t.is(world.listening[0]!.synQueue.size, 1)
  world.listening[0]!.close()
  t.is(world.host.connections.size, 0)
})

test('whoever gets a packed connection gets a whole one, and what it does to it counts', t => {
  const world = new Knocked({}, 0)
  world.says(0, SYN, 7, 0, synOptions(7))
  t.is(world.listening[0]!.synQueue.packed, 1)
  const c = world.host.connections.get(OURS, 80, PEERS, 1024) as ConnectionView
  t.is(c.state, 'SYN_RECEIVED')
  t.is(world.listening[0]!.synQueue.packed, 0)
  world.host.close()
  t.is(c.state, 'CLOSED')
  t.is(world.host.connections.size, 0)
})

test('a listing in parts tells of each as it is when its part is asked for, and makes no whole ones before', t => {
  const world = new Knocked({}, 10).records()
  for (let n = 0; n < 500; n++) world.says(n, SYN, 7, 0, synOptions(n))
  const opened = hostStatusInParts(world.host)
  const half = opened.next().value!
  t.is(half.filter(({ state }) => state === 'SYN_RECEIVED').length, half.length - 2)
  for (let n = 0; n < 500; n++) world.says(n, ACK, 8, world.isns.get(1024 + n)! + 1)
  const rest = [...opened].flat()
  t.is(half.length + rest.length, 502)
  t.true(rest.every(({ state }) => state === 'ESTABLISHED'))

  for (let n = 500; n < 1000; n++) world.says(n, SYN, 7, 0, synOptions(n))
  const ended = hostStatusInParts(world.host)
  ended.next()
  t.is(world.listening[0]!.synQueue.packed, 240)
  world.host.abortAll()
  t.deepEqual([...ended].flat(), [])
})

test('whoever looks at all connections while their listener closes keeps none of them, and has none reset twice', t => {
  const world = new Knocked({}, 0)
  for (let n = 0; n < 20; n++) world.says(2 * n, SYN, 7, 0, synOptions(n))
  t.is(world.listening[0]!.synQueue.packed, 20)
  const resets: number[] = []
  world.host.trace = event => {
    // From the first reset on: before, all would be whole when it is begun.
    if (event.type !== 'transition' || event.from !== 'SYN_RECEIVED') return
    resets.push(event.connection.remotePort)
    for (const c of world.host.connections) t.is(c.localPort, 80)
    // As the end of a beat does.
    world.host.halfOpens.pack()
  }
  world.listening[0]!.close()
  world.host.trace = null
  t.is(new Set(resets).size, 20)
  t.is(resets.length, 20)
  t.is(world.host.connections.size, 0)
  t.is(world.listening[0]!.synQueue.size, 0)
  t.is(world.listening[0]!.synQueue.packed, 0)
  world.clock.advance(200_000)
  t.is(world.host.timers, 0)
})
