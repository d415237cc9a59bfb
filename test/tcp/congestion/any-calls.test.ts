/** Whatever recovery tells a controller, in whatever order: its window stays a window. */
import test from 'ava'
import fc from 'fast-check'
import type { CongestionControl } from '../../../src/tcp/congestion/controller.ts'
import { createCongestionControl } from '../../../src/tcp/congestion/registry.ts'
import { ack } from './samples.ts'
import '../../examples/aimd.ts'

type Call =
  | {
      kind: 'ack'
      acked: number
      sacked: number
      rtt: number
      rate: number
      flags: number
      lost: number
      gap: number
    }
  | { kind: 'loss' | 'ecn' | 'timeout' | 'again' | 'recovered' | 'undo' | 'restart' | 'resumed'; gap: number }
  | { kind: 'lost'; size: number; inFlight: number; since: number }
  | { kind: 'mss'; mss: number }
  | { kind: 'prr'; share: number }

const gap = fc.oneof(
  fc.integer({ min: 0, max: 50 }),
  fc.integer({ min: 0, max: 1_000_000 }),
  fc.double({ min: 0, max: 1, noNaN: true }),
)

const call: fc.Arbitrary<Call> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant('ack' as const),
      acked: fc.integer({ min: 0, max: 200_000 }),
      sacked: fc.integer({ min: 0, max: 10_000 }),
      rtt: fc.oneof(fc.constant(-1), fc.constant(0), fc.double({ min: 0, max: 10_000, noNaN: true })),
      rate: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e7, noNaN: true })),
      flags: fc.nat(31),
      lost: fc.nat(100_000),
      gap,
    }),
  },
  fc.record({
    kind: fc.constantFrom('loss', 'ecn', 'timeout', 'again', 'recovered', 'undo', 'restart', 'resumed'),
    gap,
  }),
  fc.record({
    kind: fc.constant('lost' as const),
    size: fc.integer({ min: 1, max: 65_536 }),
    inFlight: fc.integer({ min: 1, max: 1e7 }),
    since: fc.integer({ min: 1, max: 1e7 }),
  }),
  fc.record({ kind: fc.constant('mss' as const), mss: fc.integer({ min: 48, max: 65_495 }) }),
  fc.record({ kind: fc.constant('prr' as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
)

/** A controller, the clock, and what a connection would know. */
class Run {
  readonly control: CongestionControl
  #mss = 1448
  #now = 0
  #delivered = 0

  constructor(name: string) {
    this.control = createCongestionControl(name, 7)
    this.control.start(this.#mss, 10 * this.#mss, 0, 'accurate')
  }

  tell(call: Call): void {
    const { control } = this
    if ('gap' in call) this.#now += call.gap
    const now = this.#now
    const flight = Math.min(control.cwnd, 1e7)
    switch (call.kind) {
      case 'ack':
        this.#ack(call)
        break
      case 'loss':
      case 'ecn':
        control.congestion(call.kind, flight, now)
        break
      case 'timeout':
      case 'again':
        control.timedOut(flight, call.kind === 'again', now)
        break
      case 'recovered':
        if (!control.ownsWindow && control.ssthresh < 2 ** 30) control.cwnd = control.ssthresh
        control.recovered(now)
        break
      case 'undo':
        control.undo(now)
        break
      case 'restart':
        control.restart(10 * this.#mss, now)
        break
      case 'resumed':
        control.resumed?.(now)
        break
      case 'mss':
        this.#mss = call.mss
        control.segmentSize(call.mss)
        break
      case 'prr':
        if (!control.ownsWindow) control.cwnd = Math.max(this.#mss, Math.floor(call.share * control.cwnd))
        break
      case 'lost':
        control.lost?.({
          now,
          seq: 0,
          size: call.size,
          sentInFlight: Math.max(call.size, call.inFlight),
          lostSince: Math.max(call.size, call.since),
          totalDelivered: this.#delivered,
          appLimited: false,
        })
    }
  }

  #ack(call: Extract<Call, { kind: 'ack' }>): void {
    const delivered = call.acked + call.sacked
    if (delivered === 0) return
    const prior = this.#delivered
    this.#delivered += delivered
    this.control.acknowledged(
      ack({
        now: this.#now,
        acked: call.acked,
        delivered,
        rtt: call.rtt,
        minRtt: call.rtt,
        srtt: call.rtt,
        deliveryRate: call.rate,
        cwndLimited: (call.flags & 1) !== 0,
        recovering: (call.flags & 2) !== 0,
        afterTimeout: (call.flags & 6) === 6,
        appLimited: (call.flags & 8) !== 0,
        priorDelivered: call.flags & 16 ? -1 : Math.max(0, prior - 20_000),
        totalDelivered: this.#delivered,
        lostSince: call.lost,
        una: this.#delivered | 0,
        nxt: (this.#delivered + 100_000) | 0,
      }),
    )
  }

  /** The fault of the window, or nothing. */
  fault(): string {
    const { cwnd, ssthresh, pacingRate } = this.control
    if (!Number.isFinite(cwnd) || !Number.isFinite(ssthresh) || !Number.isFinite(pacingRate))
      return 'not finite'
    if (cwnd < this.#mss) return `cwnd ${cwnd} below ${this.#mss}`
    if (ssthresh < 1) return `ssthresh ${ssthresh}`
    if (pacingRate < 0) return 'negative rate'
    if (this.control.name !== 'aimd' && !Number.isInteger(cwnd)) return 'part of a byte'
    return ''
  }
}

for (const name of ['aimd', 'bbr', 'cubic', 'dctcp', 'prague', 'reno'])
  test(`${name}: any calls leave a finite window of at least a segment, which an ACK grows by no more than it brings`, t => {
    fc.assert(
      fc.property(fc.array(call, { maxLength: 200 }), calls => {
        const run = new Run(name)
        for (const [n, call] of calls.entries()) {
          const before = run.control.cwnd
          run.tell(call)
          const fault = run.fault()
          if (fault) throw new Error(`${fault} after call ${n}`)
          if (call.kind !== 'ack') continue
          const { cwnd } = run.control
          // BBR's window is at least four segments, and comes back after ProbeRTT.
          if (name !== 'bbr' && cwnd - before > call.acked + 1)
            throw new Error(`grown by ${cwnd - before} at ${n}`)
          if (name !== 'bbr' && !(call.flags & 1) && cwnd > before) throw new Error(`grown unused at ${n}`)
        }
      }),
      { numRuns: 500, seed: 1 },
    )
    t.pass()
  })
