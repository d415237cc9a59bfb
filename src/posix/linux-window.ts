/**
 * The common part of the kernel's own controllers (net/ipv4/tcp_cong.c): a window of whole segments that grows by what an
 * ACK has delivered, without the limit of RFC 3465 in slow start, and fq's pacing rate.
 */
import type { AckSample, CongestionControl } from '../tcp/congestion/controller.ts'
import type { Pacing } from '../tcp/congestion/pacing.ts'
import { LinuxPacer } from './linux-pacer.ts'

/** Pacing rates, in windows a round trip (tcp_pacing_ss_ratio, tcp_pacing_ca_ratio). */
const SLOW_START_GAIN = 2
const AVOIDANCE_GAIN = 1.2

const HIGHEST = 2 ** 30

export abstract class LinuxWindow implements CongestionControl {
  abstract readonly name: string
  readonly ownsWindow = false
  cwnd = 0
  ssthresh = HIGHEST
  /** Bytes per ms; 0 without fq, and before the first round trip. */
  pacingRate = 0
  readonly #paced: boolean
  #srtt = 0
  protected mss = 1
  /** Segments that count towards the next (snd_cwnd_cnt). */
  protected counted = 0
  #prior = { cwnd: 0, ssthresh: HIGHEST }

  /** `paced`: by the fq queueing discipline. */
  constructor(paced = false) {
    this.#paced = paced
  }

  pacer(): Pacing {
    return new LinuxPacer()
  }

  start(mss: number, initialWindow: number, _now: number): void {
    this.mss = mss
    this.cwnd = initialWindow
  }

  acknowledged(sample: AckSample): void {
    this.#grow(sample)
    // tcp_update_pacing_rate()
    if (!this.#paced) return
    // Linux takes the round trip of each ACK, not of one segment at a time.
    if (sample.rtt >= 0) this.#srtt += ((this.#srtt > 0 ? sample.rtt : 8 * sample.srtt) - this.#srtt) / 8
    if (this.#srtt <= 0) return
    const gain = this.cwnd < this.ssthresh / 2 ? SLOW_START_GAIN : AVOIDANCE_GAIN
    this.pacingRate = (gain * Math.max(this.cwnd, sample.inFlight)) / this.#srtt
  }

  #grow(sample: AckSample): void {
    const now = Math.floor(sample.now)
    if (sample.rtt >= 0) this.measure(sample, now)
    if (sample.acked === 0 || (sample.recovering && !sample.afterTimeout) || !sample.cwndLimited) return
    let acked = Math.max(1, Math.ceil(sample.delivered / this.mss))
    // tcp_slow_start()
    if (this.cwnd < this.ssthresh) {
      const before = this.segments
      const after = Math.min(before + acked, Math.floor(this.ssthresh / this.mss))
      this.cwnd = after * this.mss
      acked -= after - before
      if (acked <= 0) return
    }
    this.#avoid(this.every(acked, now), acked)
  }

  congestion(): void {
    this.#remember()
    this.ssthresh = this.reduced()
  }

  timedOut(_inFlight: number, again: boolean, now: number): void {
    if (!again) this.congestion()
    this.cwnd = this.mss
    this.counted = 0
    this.forget(now)
  }

  recovered(): void {}

  undo(): void {
    this.cwnd = Math.max(this.cwnd, this.#prior.cwnd)
    this.ssthresh = Math.max(this.ssthresh, this.#prior.ssthresh)
  }

  restart(restartWindow: number, _now: number): void {
    // tcp_cwnd_restart(): three quarters of the window are remembered.
    const half = Math.floor((this.segments * 3) / 4) * this.mss
    this.ssthresh = Math.max(this.ssthresh, half)
    this.cwnd = Math.min(this.cwnd, restartWindow)
    this.counted = 0
  }

  segmentSize(mss: number): void {
    const segments = this.segments
    this.mss = mss
    this.cwnd = Math.max(1, segments) * mss
  }

  protected get segments(): number {
    return Math.floor(this.cwnd / this.mss)
  }

  /** The threshold after a loss, bytes (ssthresh of struct tcp_congestion_ops). */
  protected abstract reduced(): number

  /** The ACKed segments for which the window grows by one in congestion avoidance. */
  protected abstract every(acked: number, now: number): number

  /** Takes a round trip (pkts_acked). */
  protected measure(_sample: AckSample, _now: number): void {}

  /** After a timeout nothing counts that was seen before (CA_EVENT_LOSS). */
  protected forget(_now: number): void {}

  #remember(): void {
    this.#prior = { cwnd: this.cwnd, ssthresh: this.ssthresh }
  }

  /** tcp_cong_avoid_ai() */
  #avoid(every: number, acked: number): void {
    let { segments } = this
    if (this.counted >= every) {
      this.counted = 0
      segments++
    }
    this.counted += acked
    if (this.counted >= every) {
      const more = Math.floor(this.counted / every)
      this.counted -= more * every
      segments += more
    }
    this.cwnd = Math.min(segments * this.mss, HIGHEST)
  }
}
