import { type Seq, seqGeq, seqLt } from '../wire/sequence.ts'

/** What a connection knows of the path MTU. Sizes are bytes of IPv4 packets, times ms. */
export class PathMtu {
  /** The largest packet we send. */
  size = 0
  /** Packets may be fragmented on the way: the path is too narrow for discovery. */
  fragment = false
  /** Of what the host knows, up to where it was looked at; and when to look again in any case. */
  version = -1
  until = Number.POSITIVE_INFINITY
  /** The largest packet that the peer has acknowledged (RFC 5927 §7.2's maxsizeacked). */
  largestAcked = 0
  /**
   * The largest segment that was sent since a claim was last believed (RFC 5927 §7.2's maxsizesent): its text, and the
   * options on it that {@link SendSpace.mss} does not take off.
   */
  largestSent = 0
  /** When {@link size} last changed. */
  changedAt = 0
  /** A claim that contradicts {@link largestAcked}: believed only if what it quotes times out; or 0. */
  claimed = 0
  claimedSeq: Seq = 0
  /** A lost segment was sent again: nothing more goes until an ACK comes (RFC 1191 §6.4). */
  waiting = false

  /** RFC 4821 §7.1: packets up to search_low pass; those beyond search_high don't. */
  low = 0
  high = 0
  /** Whether larger sizes are looked for. */
  searching = false
  /** When the next probe may be sent. */
  probeAt = 0
  /** The probe under way: its size, or 0, and the text it carries. */
  probeSize = 0
  probeSeq: Seq = 0
  probeEnd: Seq = 0

  /** What begins at `seq` is sent again: of a probe in pieces no ACK tells whether it would have passed (RFC 4821 §7.6.4). */
  sentAgain(seq: Seq): void {
    if (this.probeSize > 0 && seqGeq(seq, this.probeSeq) && seqLt(seq, this.probeEnd)) this.probeSize = 0
  }
}
