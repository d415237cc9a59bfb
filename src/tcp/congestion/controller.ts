/**
 * What a congestion controller decides: how much may be in flight. Loss detection and recovery are not its
 * business; they tell it what happened. All sizes in bytes, times in ms.
 */
export interface CongestionControl {
  /** For status and logs. */
  readonly name: string
  /** The congestion window. Loss recovery inflates and deflates it while it lasts (RFC 6582). */
  cwnd: number
  /** Slow start below it, congestion avoidance from it on (RFC 5681 §3.1). */
  ssthresh: number
  /** The connection is established: the effective send MSS is known. */
  start(mss: number, initialWindow: number): void
  /** New data was acknowledged outside of recovery. `limited`: the window was what held the sender back. */
  acknowledged(bytes: number, limited: boolean, now: number): void
  /** A loss was found by duplicate ACKs. Sets {@link ssthresh}; recovery sets {@link cwnd}. */
  lost(inFlight: number, now: number): void
  /** The retransmission timer expired; `again` when the same segment had timed out before. */
  timedOut(inFlight: number, again: boolean, now: number): void
  /** Nothing was sent for more than one RTO (RFC 5681 §4.1). */
  idle(initialWindow: number): void
  /** The send MSS has changed (path MTU). */
  segmentSize(mss: number): void
}
