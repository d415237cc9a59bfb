/** The editor begins with this: a controller that works. */
export const TEMPLATE = `// Additive increase, multiplicative decrease. Sizes are bytes, times are ms.
class Mine {
  name = 'mine'
  cwnd = 0
  ssthresh = 2 ** 30 // slow start until a loss tells otherwise
  pacingRate = 0 // no pacing
  ownsWindow = false // in recovery, PRR takes cwnd down to ssthresh
  #mss = 0
  #before = 0

  start(mss, initialWindow) {
    this.#mss = mss
    this.cwnd = initialWindow
  }

  acknowledged({ acked, cwndLimited, recovering, afterTimeout }) {
    if (!cwndLimited || (recovering && !afterTimeout)) return
    if (this.cwnd < this.ssthresh) this.cwnd += Math.min(acked, this.#mss)
    else this.cwnd += (this.#mss * acked) / this.cwnd // one segment a round trip
  }

  congestion(cause, inFlight) {
    this.#before = this.cwnd
    this.ssthresh = Math.max(0.75 * inFlight, 2 * this.#mss)
  }

  timedOut(inFlight, again) {
    if (!again) this.congestion('loss', inFlight)
    this.cwnd = this.#mss
  }

  undo() {
    this.cwnd = Math.max(this.cwnd, this.#before)
  }

  recovered() {}

  restart(restartWindow) {
    this.cwnd = Math.min(this.cwnd, restartWindow)
  }

  segmentSize(mss) {
    this.#mss = mss
    this.cwnd = Math.max(this.cwnd, mss)
  }
}

registerCongestionControl('mine', () => new Mine())
`
