/**
 * CUBIC as Linux has it (net/ipv4/tcp_cubic.c): in whole segments, growing by what an ACK has delivered, with HyStart by
 * ACK trains and by delay. Our own `cubic` follows RFC 9438 and RFC 9406; this one is for comparing with a kernel.
 */
import type { AckSample } from '../tcp/congestion/controller.ts'
import { seqGt } from '../wire/sequence.ts'
import { LinuxWindow } from './linux-window.ts'

/** β and its scale. */
const BETA = 717
const SCALE = 1024
/** Constants that tcp_cubic.c computes from them when it is loaded. */
const FRIENDLY = Math.floor((8 * (SCALE + BETA)) / 3 / (SCALE - BETA))
const CUBE_SCALE = 410
const CUBE_FACTOR = 2 ** 40 / CUBE_SCALE
/** Time is counted in 1/1024 s. */
const HZ = 1024

/** HyStart: segments from which it looks; ms between ACKs of a train; samples of a round; least and most delay, ms. */
const LOW_WINDOW = 16
const TRAIN = 2
const SAMPLES = 8
const LEAST_DELAY = 4
const MOST_DELAY = 16

export class LinuxCubic extends LinuxWindow {
  readonly name = 'cubic'
  /** ACKed segments for which the window grows by one. */
  #every = 0
  #lastMax = 0
  #lastCwnd = 0
  #lastTime = 0
  #origin = 0
  #k = 0
  #delayMin = 0
  #epoch = 0
  #acks = 0
  #renoCwnd = 0
  #found = false
  #roundStart = 0
  #lastAck = 0
  /** Acknowledged, the round is over; null before the first. */
  #roundEnd: number | null = null
  #roundRtt = Number.POSITIVE_INFINITY
  #samples = 0
  #sentLast = 0

  override start(mss: number, initialWindow: number, now: number): void {
    super.start(mss, initialWindow, now)
    this.#newRound(now, null)
  }

  protected override forget(now: number): void {
    this.#every = this.#lastMax = this.#lastCwnd = this.#lastTime = this.#origin = this.#k = 0
    this.#delayMin = this.#epoch = this.#acks = this.#renoCwnd = 0
    this.#found = false
    this.#newRound(now, null)
  }

  override restart(restartWindow: number, now: number): void {
    super.restart(restartWindow, now)
    this.#resume(now)
  }

  /** Text leaves again after a pause of the application's: it does not count (CA_EVENT_TX_START). */
  resumed(now: number): void {
    this.#resume(now)
  }

  #resume(now: number): void {
    const pause = Math.floor(now) - this.#sentLast
    if (this.#epoch > 0 && pause > 0) this.#epoch = Math.min(this.#epoch + pause, Math.floor(now))
  }

  /** cubictcp_recalc_ssthresh() */
  protected reduced(): number {
    const segments = this.segments
    this.#epoch = 0
    this.#lastMax =
      segments < this.#lastMax ? Math.floor((segments * (SCALE + BETA)) / (2 * SCALE)) : segments
    return Math.max(2, Math.floor((segments * BETA) / SCALE)) * this.mss
  }

  /** cubictcp_acked() and hystart_update(). */
  protected override measure(sample: AckSample, now: number): void {
    this.#sentLast = now
    if (this.#epoch > 0 && now - this.#epoch < 1000) return
    const delay = Math.max(0.001, sample.rtt)
    if (this.#delayMin === 0 || delay < this.#delayMin) this.#delayMin = delay
    if (this.#found || this.cwnd >= this.ssthresh || this.segments < LOW_WINDOW) return
    if (this.#roundEnd === null || seqGt(sample.una, this.#roundEnd)) this.#newRound(sample.now, sample.nxt)
    if (sample.now - this.#lastAck <= TRAIN) {
      this.#lastAck = sample.now
      if (sample.now - this.#roundStart > this.#delayMin / 2) this.#leave()
    }
    this.#roundRtt = Math.min(this.#roundRtt, delay)
    if (this.#samples < SAMPLES) this.#samples++
    else {
      const threshold = Math.min(MOST_DELAY, Math.max(LEAST_DELAY, this.#delayMin / 8))
      if (this.#roundRtt > this.#delayMin + threshold) this.#leave()
    }
  }

  #leave(): void {
    this.#found = true
    this.ssthresh = this.cwnd
  }

  #newRound(now: number, end: number | null): void {
    this.#roundStart = this.#lastAck = now
    this.#roundEnd = end
    this.#roundRtt = Number.POSITIVE_INFINITY
    this.#samples = 0
  }

  protected every(acked: number, now: number): number {
    this.#update(this.segments, acked, now)
    return this.#every
  }

  /** bictcp_update() */
  #update(cwnd: number, acked: number, now: number): void {
    this.#acks += acked
    if (this.#lastCwnd === cwnd && now - this.#lastTime <= 31) return
    if (!(this.#epoch > 0 && now === this.#lastTime)) {
      this.#lastCwnd = cwnd
      this.#lastTime = now
      this.#target(cwnd, acked, now)
    }
    const each = (cwnd * FRIENDLY) >> 3
    while (this.#acks > each) {
      this.#acks -= each
      this.#renoCwnd++
    }
    if (this.#renoCwnd > cwnd) this.#every = Math.min(this.#every, Math.floor(cwnd / (this.#renoCwnd - cwnd)))
    this.#every = Math.max(this.#every, 2)
  }

  #target(cwnd: number, acked: number, now: number): void {
    if (this.#epoch === 0) {
      this.#epoch = now
      this.#acks = acked
      this.#renoCwnd = cwnd
      if (this.#lastMax <= cwnd) {
        this.#k = 0
        this.#origin = cwnd
      } else {
        this.#k = Math.floor(Math.cbrt(CUBE_FACTOR * (this.#lastMax - cwnd)))
        this.#origin = this.#lastMax
      }
    }
    const t = Math.floor(((now - this.#epoch + Math.ceil(this.#delayMin)) * HZ) / 1000)
    const delta = Math.floor((CUBE_SCALE * Math.abs(t - this.#k) ** 3) / 2 ** 40)
    const target = t < this.#k ? this.#origin - delta : this.#origin + delta
    this.#every = target > cwnd ? Math.floor(cwnd / (target - cwnd)) : 100 * cwnd
    if (this.#lastMax === 0 && this.#every > 20) this.#every = 20
  }
}
