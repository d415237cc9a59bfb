import type { Seq } from '../wire/sequence.ts'

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
  /** A claim that contradicts {@link largestAcked}: believed only if what it quotes is not acknowledged in time; or 0. */
  claimed = 0
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
}
