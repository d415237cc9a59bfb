import { type Seq, seqGeq, seqLt } from '../../wire/sequence.ts'

/** The unknown path of the connections of late. */
let unknown: PathMtu | null = null

/** The path MTU as a connection knows it. Sizes are bytes of IP packets, times ms. */
export class PathMtu {
  /** The largest packet we send. */
  size: number
  /** Packets may be fragmented on the way: the path is too narrow for discovery. */
  fragment = false
  /** The version of the host's knowledge that was looked at, and when to look again in any case. */
  version: number
  until = Number.POSITIVE_INFINITY
  /** The time of the last change of {@link size}. */
  changedAt = 0
  /** A claim that contradicts {@link SendSpace.largestAcked}: believed only if what it quotes times out; or 0. */
  claimed = 0
  claimedSeq: Seq = 0
  /** A lost segment was sent again: nothing more goes until an ACK comes (RFC 1191 §6.4). */
  waiting = false
  /** Segments with text that had been sent when all in flight was last looked at for what is too large. */
  reviewedAt = 0

  /** RFC 4821 §7.1: packets up to search_low pass; those beyond search_high don't. */
  low = 0
  high = 0
  /** True when larger sizes are looked for. */
  searching = false
  /** The time from which the next probe may be sent. */
  probeAt = 0
  /** The probe under way: its size, or 0, and the text it carries. */
  probeSize = 0
  probeSeq: Seq = 0
  probeEnd: Seq = 0

  /**
   * It is of all connections whose packets are so large, and that know nothing else: {@link own} makes one that may
   * change.
   */
  readonly shared: boolean

  private constructor(size: number, version: number, shared: boolean) {
    this.size = size
    this.version = version
    this.shared = shared
  }

  /** A path of which only the size is known, as of the host's knowledge at `version`. */
  static unknown(size: number, version: number): PathMtu {
    if (unknown === null || unknown.size !== size || unknown.version !== version)
      unknown = new PathMtu(size, version, true)
    return unknown
  }

  /** This, or, if it is shared, its like that is not. */
  own(): PathMtu {
    return this.shared ? new PathMtu(this.size, this.version, false) : this
  }

  /**
   * The segment at `seq` is sent again. If it is the probe, it goes in pieces, and no ACK tells of its size (RFC 4821
   * §7.6.4).
   */
  sentAgain(seq: Seq): void {
    if (this.probeSize > 0 && seqGeq(seq, this.probeSeq) && seqLt(seq, this.probeEnd)) this.probeSize = 0
  }
}

/** Before the peer's SYN. */
export const NO_PATH = PathMtu.unknown(0, -1)
