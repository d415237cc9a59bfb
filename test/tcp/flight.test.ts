/** The flight, against a naive model of it. */
import test from 'ava'
import fc from 'fast-check'
import { Flight } from '../../src/tcp/flight/flight.ts'
import {
  type DeliveryReader,
  freeTransmission,
  MOST_TRANSMISSIONS,
  SACKED,
  Transmission,
  takeTransmission,
} from '../../src/tcp/flight/transmission.ts'

const MSS = 10

/** A transmission of the model; its edges are offsets, that never wrap. */
interface Plain {
  from: number
  to: number
  condition: 'under way' | 'lost' | 'SACKed'
  sentAt: number
  retransmitted: boolean
  forgotten: boolean
}

/** The same by array and by search. */
class Model {
  list: Plain[] = []
  una = 0
  nxt = 0
  lostInAll = 0
  delivered = 0

  sum(condition: Plain['condition']): number {
    return this.list.filter(p => p.condition === condition).reduce((sum, p) => sum + p.to - p.from, 0)
  }

  append(length: number, now: number): void {
    this.list.push({
      from: this.nxt,
      to: this.nxt + length,
      condition: 'under way',
      sentAt: now,
      retransmitted: false,
      forgotten: false,
    })
    this.nxt += length
  }

  acknowledge(una: number): void {
    this.una = una
    for (const p of this.list) {
      const cut = Math.min(p.to, una) - p.from
      if (cut <= 0) continue
      if (p.condition !== 'SACKed') this.delivered += cut
      p.from += cut
    }
    this.list = this.list.filter(p => p.from < p.to)
  }

  split(p: Plain, at: number): Plain {
    const rest = { ...p, from: at }
    p.to = at
    this.list.splice(this.list.indexOf(p) + 1, 0, rest)
    return rest
  }

  sack(left: number, right: number): void {
    for (const p of [...this.list]) {
      if (p.condition === 'SACKed') continue
      // Whole segments of it, counted from its front; the last one may be short.
      const edges: number[] = []
      for (let at = p.from; at < p.to; at += MSS) edges.push(at)
      edges.push(p.to)
      const from = edges.find(edge => edge >= left)
      const to = edges.findLast(edge => edge <= right)
      if (from === undefined || to === undefined || from >= to) continue
      const part = from > p.from ? this.split(p, from) : p
      if (to < part.to) this.split(part, to)
      this.delivered += to - from
      part.condition = 'SACKed'
    }
    for (let n = this.list.length - 1; n > 0; n--) {
      const [a, b] = [this.list[n - 1]!, this.list[n]!]
      if (a.condition !== 'SACKed' || b.condition !== 'SACKed') continue
      a.to = b.to
      a.sentAt = Math.max(a.sentAt, b.sentAt)
      a.retransmitted ||= b.retransmitted
      this.list.splice(n, 1)
    }
  }

  lose(p: Plain): void {
    if (p.condition !== 'under way') return
    p.condition = 'lost'
    this.lostInAll += p.to - p.from
  }

  resend(p: Plain, now: number): void {
    p.condition = 'under way'
    p.retransmitted = true
    p.forgotten = false
    p.sentAt = now
  }
}

type Step =
  | { do: 'append' | 'acknowledge' | 'lose' | 'resend' | 'again' | 'join'; a: number }
  | { do: 'sack'; a: number; b: number }
  | { do: 'time out'; a: number }
  | { do: 'find' }

const one = fc.nat({ max: 999 })
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('append' as const), a: one }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('acknowledge' as const), a: one }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('sack' as const), a: one, b: one }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('lose' as const), a: one }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('resend' as const, 'again' as const), a: one }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('join' as const), a: one }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('time out' as const), a: one }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('find' as const) }) },
)

const nth = (flight: Flight, n: number): Transmission => {
  let t = flight.first!
  for (; n > 0; n--) t = t.next!
  return t
}

const forwards = (flight: Flight): Transmission[] => {
  const list: Transmission[] = []
  for (let t = flight.first; t !== null; t = t.next) list.push(t)
  return list
}

/** The list, as it stands and backwards, and all counters are what the model says. */
const compare = (flight: Flight, model: Model, base: number): void => {
  const must = (condition: boolean, what: string) => {
    if (!condition) throw new Error(what)
  }
  const list = forwards(flight)
  must(list.length === model.list.length, `${list.length} transmissions, not ${model.list.length}`)
  list.forEach((t, n) => {
    const p = model.list[n]!
    must(t.seq === ((base + p.from) | 0) && t.end === ((base + p.to) | 0), `edges of ${n}`)
    const condition = t.sacked ? 'SACKed' : t.underWay ? 'under way' : 'lost'
    must(condition === p.condition, `${n} is ${condition}, not ${p.condition}`)
    must(t.sentAt === p.sentAt && t.retransmitted === p.retransmitted, `memory of ${n}`)
    must(p.condition === 'SACKed' || t.forgotten === p.forgotten, `${n}: forgotten`)
    must(t.previous === (list[n - 1] ?? null) && t.next === (list[n + 1] ?? null), `neighbours of ${n}`)
  })
  must(flight.last === (list.at(-1) ?? null) && flight.empty === (list.length === 0), 'last')
  const times = list.filter(t => t.underWay).map(t => t.sentAt)
  const { oldest } = flight.departures
  must((oldest === null) === (times.length === 0), 'whether anything is under way')
  must(oldest === null || (oldest.underWay && oldest.sentAt === Math.min(...times)), 'oldest')
  must(flight.underWay === model.sum('under way'), `underWay ${flight.underWay}`)
  must(flight.sacked === model.sum('SACKed'), `sacked ${flight.sacked}`)
  must(flight.lost === model.sum('lost'), `lost ${flight.lost}`)
  must(flight.lostInAll === model.lostInAll, `lostInAll ${flight.lostInAll}`)
  must(flight.nextLost === (list.find(t => !t.sacked && !t.underWay) ?? null), 'nextLost')
  // Another size now and then: all is counted anew.
  const mss = base % 2 === 0 ? MSS : MSS - (model.nxt % 3)
  const segments = (counts: (p: Plain) => boolean) =>
    model.list.filter(counts).reduce((sum, p) => sum + Math.ceil((p.to - p.from) / mss), 0)
  const counts = flight.segments(mss)
  must(counts.unacked === segments(() => true), `${counts.unacked} segments`)
  must(counts.sacked === segments(p => p.condition === 'SACKed'), `${counts.sacked} segments SACKed`)
  const again = segments(p => p.condition === 'under way' && p.retransmitted)
  must(counts.retransmitted === again, `${counts.retransmitted} segments, not ${again}, sent again`)
  const lost = list.filter(t => t.lost && !t.sacked).reduce((sum, t) => sum + Math.ceil(t.length / mss), 0)
  must(counts.lost === lost, `${counts.lost} segments, not ${lost}, lost`)
  const highest = model.list.findLast(p => p.condition === 'SACKed')
  must(!highest || flight.highestSacked === ((base + highest.to) | 0), 'highestSacked')
}

const play = (base: number, steps: readonly (Step & { wait: number })[]): void => {
  const flight = new Flight()
  const model = new Model()
  let delivered = 0
  const reader: DeliveryReader = {
    takeWhole: t => {
      delivered += t.length
    },
    takePart: (_, bytes) => {
      delivered += bytes
    },
  }
  let now = 0
  for (const s of steps) {
    now += s.wait
    const seq = (offset: number) => (base + offset) | 0
    const span = model.nxt - model.una
    const of = (p: Plain[], n: number): number => (p.length === 0 ? -1 : model.list.indexOf(p[n % p.length]!))
    switch (s.do) {
      case 'append': {
        const length = 1 + (s.a % 35)
        flight.append(seq(model.nxt), seq(model.nxt + length), now)
        model.append(length, now)
        break
      }
      case 'acknowledge': {
        const una = model.una + Math.floor((span * (s.a % 101)) / 300)
        flight.acknowledge(seq(una), reader)
        model.acknowledge(una)
        break
      }
      case 'sack': {
        if (span === 0) break
        const left = model.una + (s.a % span)
        const right = Math.min(model.nxt, left + 1 + (s.b % 50))
        flight.sack(seq(left), seq(right), MSS, reader)
        model.sack(left, right)
        break
      }
      case 'lose': {
        const n = of(model.list, s.a)
        if (n < 0) break
        flight.markLost(nth(flight, n))
        model.lose(model.list[n]!)
        break
      }
      case 'resend': {
        // As much of the next lost one as may go.
        const t = flight.nextLost
        const p = model.list.find(x => x.condition === 'lost')
        if (t === null || p === undefined) break
        const limit = 1 + (s.a % 30)
        if (t.length > limit) {
          flight.split(t, (t.seq + limit) | 0)
          model.split(p, p.from + limit)
        }
        flight.resend(t, now)
        model.resend(p, now)
        break
      }
      case 'again': {
        // A probe: what is under way goes once more.
        const n = of(
          model.list.filter(p => p.condition === 'under way'),
          s.a,
        )
        if (n < 0) break
        flight.resend(nth(flight, n), now)
        model.resend(model.list[n]!, now)
        break
      }
      case 'join': {
        const n = of(
          model.list.filter(p => p.condition === 'lost'),
          s.a,
        )
        if (n < 0) break
        flight.joinLost(nth(flight, n))
        if (model.list[n + 1]?.condition === 'lost') {
          model.list[n]!.to = model.list[n + 1]!.to
          model.list.splice(n + 1, 1)
        }
        break
      }
      case 'time out': {
        const until = now - (s.a % 4)
        flight.timedOut(until)
        for (const p of model.list) {
          if (p.condition === 'SACKed') {
            p.condition = 'under way'
            p.forgotten = true
          }
          if (p.sentAt <= until || p === model.list[0]) model.lose(p)
        }
        break
      }
      case 'find':
        flight.unmarkLost()
        for (const p of model.list) if (p.condition === 'lost') p.condition = 'under way'
        break
    }
    compare(flight, model, base)
    if (delivered !== model.delivered) throw new Error(`${delivered} delivered, not ${model.delivered}`)
  }
  // The transmissions under way come one by one as they left, none is missing.
  let before = Number.NEGATIVE_INFINITY
  for (let t = flight.departures.oldest; t !== null; t = flight.departures.oldest) {
    if (t.sentAt < before) throw new Error('not in the order of time')
    before = t.sentAt
    flight.markLost(t)
  }
  if (flight.underWay !== 0) throw new Error('what is under way is missing from the order of time')
  model.lostInAll = flight.lostInAll
  flight.clear()
  compare(flight, Object.assign(new Model(), { lostInAll: model.lostInAll }), base)
}

test('[R6675-1][R6675-3][R9937-3] any sends, ACKs, SACKs, losses and retransmissions: the flight is as the model says', t => {
  fc.assert(
    fc.property(
      // Numbers that wrap, from 2^32 - 1 to 0 and from 2^31 - 1 to 2^31.
      fc.constantFrom(0, -150, 2 ** 31 - 150),
      fc.array(
        fc.tuple(step, fc.nat({ max: 2 })).map(([s, wait]) => ({ ...s, wait })),
        { minLength: 1, maxLength: 60 },
      ),
      play,
    ),
    { numRuns: 3000, seed: 2018 },
  )
  t.pass()
})

test('extend: what follows the last leaves with it', t => {
  const flight = new Flight()
  const a = flight.append(0, 10, 0)
  flight.extend(a, 5)
  t.is(flight.underWay, 15)
  flight.markLost(a)
  flight.extend(a, 5)
  t.is(flight.lost, 20)
  t.is(a.end, 20)
})

const silent: DeliveryReader = { takeWhole() {}, takePart() {} }

test('with all that may be kept apart, only whole transmissions are SACKed; what goes again is joined', t => {
  const flight = new Flight()
  const at = (n: number) => n * 3 * MSS
  for (let n = 0; n < MOST_TRANSMISSIONS; n++) flight.append(at(n), at(n + 1), n)
  t.true(flight.crowded)
  flight.sack(at(1) + MSS, at(3) - MSS, MSS, silent)
  t.is(flight.sacked, 0)
  flight.sack(at(1) - MSS, at(3), MSS, silent)
  t.is(flight.sacked, at(2))
  t.is(flight.size, MOST_TRANSMISSIONS - 1)
  // The first goes again in three pieces: two of them are one.
  flight.timedOut(0)
  let piece = flight.first!
  for (const end of [MSS, 2 * MSS]) {
    flight.split(piece, end)
    flight.resend(piece, 1e6)
    flight.joinResent(piece)
    piece = flight.nextLost!
  }
  t.is(flight.first!.end, 2 * MSS)
  t.is(flight.first!.next, piece)
  t.is(flight.underWay, at(MOST_TRANSMISSIONS) - MSS)
})

test('each part of a transmission keeps the size of the segments in which it left', t => {
  const flight = new Flight()
  flight.append(0, 120, 0).segmentSize = 20
  // What is not a whole segment is not taken for SACKed, though it is one of the size of today.
  flight.sack(20, 55, MSS, silent)
  t.is(flight.sacked, 20)
  flight.sack(60, 75, MSS, silent)
  t.is(flight.sacked, 20)
  flight.sack(60, 80, MSS, silent)
  t.is(flight.sacked, 40)
  t.deepEqual(
    forwards(flight).map(x => [x.seq, x.end, x.sacked]),
    [
      [0, 20, false],
      [20, 40, true],
      [40, 60, false],
      [60, 80, true],
      [80, 120, false],
    ],
  )
})

test('a transmission for reuse is as a new one: under way, sent once in full segments, counted nowhere', t => {
  const used = Object.assign(new Transmission(), {
    marks: SACKED,
    segmentSize: 20,
    counted: 2,
    retransmitted: true,
    resent: true,
    forgotten: true,
    pushed: true,
    appLimited: true,
    restored: true,
    previous: new Transmission(),
    next: new Transmission(),
  })
  freeTransmission(used)
  t.is(takeTransmission(), used)
  for (const each of [used, new Transmission()]) {
    t.true(each.underWay)
    t.like(each, { segmentSize: 0, counted: 0, previous: null, next: null })
    for (const flag of [
      'retransmitted',
      'resent',
      'forgotten',
      'pushed',
      'appLimited',
      'restored',
      'lost',
    ] as const)
      t.false(each[flag], flag)
  }
})
