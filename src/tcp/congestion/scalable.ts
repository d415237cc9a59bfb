/**
 * Scalable congestion control: the window comes down by the share of what was marked, so that the rate of marks does not
 * depend on the rate of the flow. DCTCP (RFC 8257) and Prague (draft-briscoe-iccrg-prague-congestion-control, for the
 * requirements of RFC 9331 §4.3) are two settings of it. Sizes in bytes, times in ms.
 */
import { ClassicQueue } from './classic-queue.ts'
import type { AckSample, CongestionControl } from './controller.ts'
import { MarkedShare } from './marked-share.ts'
import { Pacer, type Pacing } from './pacing.ts'
import { slowStartGrowth } from './slow-start.ts'

/** RTT_virt: flows of shorter round trips grow as slowly as one of this (Prague draft §2.4.4, Linux's default). */
const VIRTUAL_ROUND_TRIP = 25
/** Round trips after slow start from which on it counts: short transfers keep the reactions of their own path. */
const ROUNDS_BEFORE = 500
/** The least window that marks or a loss leave, in segments. */
const LEAST = 2
/** The part of the window that a loss leaves, and a mark of a classic queue: as Reno's (RFC 5681 §3.1, RFC 3168 §6.1.2). */
const CLASSIC = 0.5
const HIGHEST = 2 ** 30
const SLOW_START_GAIN = 2
/** There is nothing to spread over a round trip this short: timers are coarser. */
const SHORT_ROUND_TRIP = 0.1

export interface ScalableSettings {
  readonly name: string
  /** Packets say by ECT(1) that they are of the low latency, low loss, scalable kind (RFC 9331 §4.1). */
  readonly l4s: boolean
  /** Pace, one segment at a time. */
  readonly paced: boolean
  /** Grow with the rate that a longer round trip would have. */
  readonly rttIndependent: boolean
  /** Be as one of Reno's where a classic queue marks (RFC 9331 §4.3). */
  readonly fallsBack: boolean
}

export const DCTCP: ScalableSettings = {
  name: 'dctcp',
  l4s: false,
  paced: false,
  rttIndependent: false,
  fallsBack: false,
}
export const PRAGUE: ScalableSettings = {
  name: 'prague',
  l4s: true,
  paced: true,
  rttIndependent: true,
  fallsBack: true,
}

export class Scalable implements CongestionControl {
  readonly ownsWindow = true
  readonly gradual = true
  cwnd = 0
  ssthresh = HIGHEST
  readonly #settings: ScalableSettings
  readonly #share = new MarkedShare()
  readonly #queue: ClassicQueue | null
  #mss = 0
  /** The part of a byte by which the window has grown beyond {@link cwnd}. */
  #fraction = 0
  #srtt = -1
  /** Losses are being repaired: the window does not grow. */
  #repairing = false
  /** Round trips since slow start. */
  #rounds = 0
  #reducedAt = Number.NEGATIVE_INFINITY
  /** The window and threshold that {@link undo} goes back to. */
  #priorCwnd = 0
  #priorSsthresh = 0

  constructor(settings: ScalableSettings) {
    this.#settings = settings
    this.#queue = settings.fallsBack ? new ClassicQueue() : null
  }

  get name(): string {
    return this.#settings.name
  }

  get l4s(): boolean {
    return this.#settings.l4s
  }

  get pacingRate(): number {
    if (!this.#settings.paced || this.#srtt < SHORT_ROUND_TRIP) return 0
    return ((this.cwnd < this.ssthresh / 2 ? SLOW_START_GAIN : 1) * this.cwnd) / this.#srtt
  }

  /** A queue that is marked after a millisecond has no room for bursts (RFC 9331 §4.3, item 7). */
  pacer(): Pacing {
    return new Pacer(0.25, 1, 2, 2)
  }

  start(mss: number, initialWindow: number): void {
    this.#mss = mss
    this.cwnd = initialWindow
  }

  acknowledged(sample: AckSample): void {
    this.#srtt = sample.srtt
    // The queue that slow start has made says nothing about who marks it.
    if (this.cwnd >= this.ssthresh) this.#queue?.update(sample)
    this.#grow(sample)
    if (this.#share.update(sample, this.#apart()) && this.cwnd >= this.ssthresh) this.#rounds++
  }

  congestion(cause: 'loss' | 'ecn', _inFlight: number, now: number): void {
    if (cause === 'ecn') {
      if (now - this.#reducedAt < this.#apart()) return
      this.#reducedAt = now
      const scalable = 1 - this.#share.value / 2
      this.#reduceTo(Math.min(scalable, scalable + this.#classic * (CLASSIC - scalable)))
      return
    }
    this.#remember()
    this.#repairing = true
    // RFC 8257 §3.5, RFC 9331 §4.3 item 1: a loss counts as for everybody else.
    this.#reduceTo(CLASSIC)
  }

  timedOut(_inFlight: number, again: boolean): void {
    if (!again) {
      this.#remember()
      this.#reduceTo(CLASSIC)
    }
    this.#repairing = true
    this.cwnd = this.#mss
    this.#fraction = 0
  }

  recovered(): void {
    this.#repairing = false
  }

  undo(): void {
    this.cwnd = Math.max(this.cwnd, this.#priorCwnd)
    this.ssthresh = Math.max(this.ssthresh, this.#priorSsthresh)
    this.#repairing = false
  }

  restart(restartWindow: number): void {
    this.cwnd = Math.min(this.cwnd, restartWindow)
    this.#fraction = 0
  }

  segmentSize(mss: number): void {
    this.#mss = mss
    this.cwnd = Math.max(this.cwnd, mss)
  }

  /** Only what was not marked lets the window grow, in the round trip of a reduction too (Prague draft §2.4.3). */
  #grow(sample: AckSample): void {
    if (!sample.cwndLimited || (this.#repairing && !sample.afterTimeout)) return
    const unmarked = Math.min(sample.acked, sample.delivered) - sample.marked
    if (unmarked <= 0) return
    if (this.cwnd < this.ssthresh) {
      this.#add(Math.min(unmarked, slowStartGrowth(sample, this.#mss, this.pacingRate > 0)))
      return
    }
    this.#add((this.#scale() * unmarked * this.#mss) / this.cwnd)
  }

  /** Growth beside that of a flow that grows by a segment a round trip: its rate grows as if its round trip were RTT_virt. */
  #scale(): number {
    const apart = this.#apart()
    return apart > this.#srtt && this.#srtt > 0 ? (this.#srtt / apart) ** 2 : 1
  }

  /** The least time between two reductions, and two steps of the average; 0: round trips are. */
  #apart(): number {
    const independent = this.#settings.rttIndependent && this.#classic < 1 && this.#rounds >= ROUNDS_BEFORE
    return independent ? VIRTUAL_ROUND_TRIP : 0
  }

  /** The part of the queue that is a classic one. */
  get #classic(): number {
    return this.#queue?.share ?? 0
  }

  #add(bytes: number): void {
    const sum = bytes + this.#fraction
    const whole = Math.floor(sum)
    this.#fraction = sum - whole
    this.cwnd = Math.min(this.cwnd + whole, HIGHEST)
  }

  #reduceTo(part: number): void {
    const window = Math.min(this.cwnd, Math.max(part * (this.cwnd + this.#fraction), LEAST * this.#mss))
    this.cwnd = Math.floor(window)
    this.#fraction = window - this.cwnd
    this.ssthresh = Math.max(this.cwnd, LEAST * this.#mss)
  }

  #remember(): void {
    this.#priorCwnd = this.cwnd
    this.#priorSsthresh = this.ssthresh
  }
}
