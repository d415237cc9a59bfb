/**
 * A congestion controller decides how much may be in flight, and how fast it leaves. Finding losses and
 * repairing them is not its business; recovery tells it what happened. All sizes in bytes, times in ms.
 */
import type { Pacing } from './pacing.ts'

/** The peer's word on marks: nothing, that there are some (RFC 3168), or how many (RFC 9768). */
export type EcnFeedback = 'none' | 'classic' | 'accurate'

/** The part of an ACK that a controller goes by. The object is reused: read it during the call. */
export interface AckSample {
  readonly now: number
  /** Bytes newly acknowledged, cumulatively. */
  readonly acked: number
  /** Bytes newly delivered: acknowledged or SACKed for the first time. */
  readonly delivered: number
  /** Bytes newly found lost. */
  readonly lost: number
  /**
   * Packets and bytes that routers have marked CE, newly told. With accurate ECN (RFC 9768) they are counts; with the classic
   * kind an ACK tells of all that it delivers, or of none. Packets may be marked that carry no text.
   */
  readonly markedPackets: number
  readonly marked: number
  /** Bytes in flight before this ACK, and after it (RFC 9937's inflight: lost ones do not count). */
  readonly priorInFlight: number
  readonly inFlight: number
  /** True when the congestion window was what held sending back when this flight was sent (RFC 7661). */
  readonly cwndLimited: boolean
  /** Loss recovery is under way: fast recovery, or repair after a timeout. */
  readonly recovering: boolean
  /** Repair after a timeout is under way, or slow start that follows it: the window grows slowly (RFC 3465 §2.3). */
  readonly afterTimeout: boolean
  /** SACK is agreed on: {@link delivered} has nothing in it that had left the network before. */
  readonly sack: boolean
  /** The round trip of the newest delivered segment that was sent once, or -1. */
  readonly rtt: number
  /** The smallest round trip of the last minutes, and the smoothed one; -1 before the first. */
  readonly minRtt: number
  readonly srtt: number
  /**
   * Delivery rate over the flight of the newest delivered segment, bytes per ms; 0 when there is no sample
   * (draft-ietf-ccwg-bbr, delivery rate samples).
   */
  readonly deliveryRate: number
  /** True when the rate was limited by the application: it says nothing about the path unless it is higher. */
  readonly appLimited: boolean
  /** Bytes delivered on this connection up to now, and up to when that newest segment was sent. */
  readonly totalDelivered: number
  readonly priorDelivered: number
  /** Bytes in flight when that newest segment had just been sent, itself among them; and bytes found lost since. */
  readonly sentInFlight: number
  readonly lostSince: number
  /** SND.UNA and SND.NXT after this ACK. */
  readonly una: number
  readonly nxt: number
}

/** Something that was sent in one go and is found lost. */
export interface LostSegment {
  readonly now: number
  readonly seq: number
  /** Bytes. */
  readonly size: number
  /** Bytes in flight when it had just been sent, itself among them; and bytes found lost since, itself among them. */
  readonly sentInFlight: number
  readonly lostSince: number
  /** Bytes delivered on this connection up to now. */
  readonly totalDelivered: number
  /** True when the application had left the pipe unfilled when it was sent. */
  readonly appLimited: boolean
}

/** Decides how much of a connection's data may be in flight, and how fast it leaves. Sizes are bytes, times ms. */
export interface CongestionControl {
  /** The name that it is chosen by: 'reno', 'cubic', 'bbr' … */
  readonly name: string
  /**
   * The congestion window. Outside of recovery the controller moves it, in recovery proportional rate reduction does
   * (RFC 9937), unless {@link ownsWindow}.
   */
  cwnd: number
  /** Slow start below it, congestion avoidance from it on (RFC 5681 §3.1). */
  ssthresh: number
  /** Bytes per ms to pace new data and retransmissions at; 0 sends as the windows allow. */
  readonly pacingRate: number
  /** Another way to pace than the usual. */
  pacer?(): Pacing | undefined
  /** True when the controller sets {@link cwnd} in recovery too. */
  readonly ownsWindow: boolean
  /** True when marks bring the window down by less than a loss: a loss in the same window of data counts too (RFC 8257 §3.5). */
  readonly gradual?: boolean
  /** True when its reaction to marks is what ECT(1) promises (RFC 9331 §4.3): packets bear that instead of ECT(0). */
  readonly l4s?: boolean
  /**
   * The connection is established: the effective send MSS is known, and the kind of ECN. May come twice (a lost SYN: RFC 5681
   * §3.1).
   */
  start(mss: number, initialWindow: number, now: number, feedback: EcnFeedback): void
  /** An ACK has delivered something (or an ECN echo has come: see {@link congestion}). */
  acknowledged(sample: AckSample): void
  /**
   * A congestion event begins: a loss was found, or an ECN echo has come; at most once a window. Sets
   * {@link ssthresh}; cwnd follows by PRR, or at once for controllers that own it. `inFlight` is the flight size.
   */
  congestion(cause: 'loss' | 'ecn', inFlight: number, now: number): void
  /** The retransmission timer expired; `again` when the same segment had timed out before. */
  timedOut(inFlight: number, again: boolean, now: number): void
  /** Recovery is over: everything that was in flight when it began is acknowledged. */
  recovered(now: number): void
  /** The last congestion event or timeout was none: what it did is taken back (RFC 4015, RFC 9438 §4.9). */
  undo(now: number): void
  /** Nothing was sent for more than one RTO; sending begins anew (RFC 5681 §4.1). */
  restart(restartWindow: number, now: number): void
  /** The send MSS has changed (path MTU). */
  segmentSize(mss: number): void
  /** Something was found lost. Comes before {@link congestion} or {@link acknowledged}, whichever tells of it. */
  lost?(segment: LostSegment): void
  /** Nothing is in flight since the application had nothing to send; now it has. */
  resumed?(now: number): void
}
