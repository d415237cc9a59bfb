import type { Seq } from '../../wire/sequence.ts'

/** The send sequence variables, RFC 9293 §3.3.1. */
export class SendSpace {
  /** SND.UNA: the oldest unacknowledged sequence number */
  una: Seq
  /** SND.NXT: the next new sequence number to send */
  nxt: Seq
  /** SND.WND in bytes (scaled): what the peer takes from SND.UNA on */
  wnd = 0
  /** MAX.SND.WND: the largest window the peer has offered */
  maxWnd = 0
  /** SND.WL1, SND.WL2: sequence and acknowledgment number of the segment of the last window update */
  wl1: Seq = 0
  wl2: Seq = 0
  /** Snd.Wind.Shift (RFC 7323 §2.3): how far the peer's window fields are shifted */
  scale = 0
  /** Eff.snd.MSS: text bytes of a full segment, our options on it taken off (§3.7.1) */
  mss = 536
  /** SND.UP: the end of urgent data; null when there is none */
  up: Seq | null = null
  /** ISS */
  readonly iss: Seq
  /** The end of the last segment that was not full, for Minshall's Nagle */
  small: Seq
  /** The largest packet that the peer has acknowledged (RFC 5927 §7.2's maxsizeacked). */
  largestAcked = 0
  /**
   * The largest segment that was sent since a claim was last believed (RFC 5927 §7.2's maxsizesent): its text, and the
   * options on it that {@link mss} does not take off.
   */
  largestSent = 0

  constructor(iss: Seq) {
    this.iss = iss
    this.una = iss
    this.nxt = iss
    this.small = iss
  }
}

/** The receive sequence variables, RFC 9293 §3.3.1. */
export class ReceiveSpace {
  /** RCV.NXT */
  nxt: Seq = 0
  /** The right edge of the window that was last offered: RCV.NXT + RCV.WND. It never moves left (SHLD-14). */
  edge: Seq = 0
  /** The largest window offered so far, in bytes */
  maxWnd = 0
  /** RCV.UP: the end of the peer's urgent data, until it is read; null outside of urgent mode */
  up: Seq | null = null
  /** IRS */
  irs: Seq = 0
  /** Rcv.Wind.Shift: how far our window fields are shifted */
  scale = 0
  /** The text of what is taken for a full-sized segment of the peer's (RFC 5681 §4.2's RMSS), and of the last one */
  mss = 0
  lastSize = 0
  /** The Diffserv field and ECN bits of the last segment that was acceptable (MAY-9). */
  trafficClass = 0
  /** Last.ACK.sent (RFC 7323 §4.3) */
  lastAck: Seq = 0
  /** Sequence number of a FIN that arrived above a gap, or null */
  fin: Seq | null = null
}
