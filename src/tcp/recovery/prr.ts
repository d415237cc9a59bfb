/**
 * Proportional rate reduction, RFC 9937: how much recovery may send for what the ACKs say has been delivered, so that
 * the window comes down to ssthresh within a round trip, evenly. All sizes in bytes.
 */
export class ProportionalRateReduction {
  /** prr_delivered: delivered since recovery began. */
  delivered = 0
  /** prr_out: sent since recovery began. */
  out = 0
  /** RecoverFS: in flight when recovery began. */
  #flightSize = 1

  /** §6.1. `flightSize` is SND.NXT - SND.UNA - what was SACKed, before the ACK that began it. */
  start(flightSize: number): void {
    this.delivered = 0
    this.out = 0
    this.#flightSize = Math.max(1, flightSize)
  }

  /**
   * §6.2: the congestion window after an ACK that has delivered `delivered` bytes and left `inFlight` under way. `safe`:
   * SND.UNA has moved and no further loss was found (SafeACK).
   */
  window(delivered: number, inFlight: number, ssthresh: number, mss: number, safe: boolean): number {
    this.delivered += delivered
    let count: number
    if (inFlight > ssthresh) {
      count = Math.ceil((this.delivered * ssthresh) / this.#flightSize) - this.out
    } else {
      count = Math.max(this.delivered - this.out, delivered)
      if (safe) count += mss
      count = Math.min(count, ssthresh - inFlight)
    }
    // The fast retransmit must leave, whatever the sum says.
    if (this.out === 0 && count < mss) count = mss
    return inFlight + Math.max(0, count)
  }
}
