/** Acknowledgments that come in one go: a sender whose window is just the path's bandwidth-delay product would wait for them. */
import type { AckSample } from './controller.ts'
import { larger, WindowedFilter } from './windowed-filter.ts'

/** BBR.ExtraAckedFilterLen, in round trips. */
const WINDOW = 10

/** How much more than the bandwidth explains has been delivered in one go, lately (BBRUpdateACKAggregation). Bytes, ms. */
export class AckAggregation {
  /** BBR.extra_acked: the most of the last round trips. */
  extra = 0
  readonly #filter = new WindowedFilter({ window: WINDOW, better: larger })
  #start = 0
  #delivered = 0

  /** What is delivered from now on counts. */
  restart(now: number): void {
    this.#start = now
  }

  /**
   * @param bandwidth the estimate, bytes per ms
   * @param cwnd more than a window is never delivered in one go
   * @param round the number of the round trip
   * @param forget what earlier round trips have shown is of no use any more
   */
  update(sample: AckSample, bandwidth: number, cwnd: number, round: number, forget: boolean): void {
    let expected = bandwidth * (sample.now - this.#start)
    if (this.#delivered <= expected) {
      this.#delivered = 0
      this.#start = sample.now
      expected = 0
    }
    this.#delivered += sample.delivered
    const extra = Math.min(this.#delivered - expected, cwnd)
    this.extra = forget ? this.#filter.reset(extra, round) : this.#filter.update(extra, round)
  }
}
