/** Accurate ECN, RFC 9768: what a connection remembers of it. What acts on it stands in src/tcp/ecn. */
import type { Seq } from '../../wire/sequence.ts'

/** r.cep or s.cep when a connection begins (§3.2.1). */
export const INITIAL_CEP = 5

/** The counters of one direction (§3.2.1): packets marked CE, and payload bytes by their ECN field. They never wrap here. */
export class EcnCounters {
  cep = INITIAL_CEP
  ceb = 0
  e0b = 1
  e1b = 1
}

/** The counters of a direction in which nothing has come. */
export const BEGINNING: Readonly<EcnCounters> = new EcnCounters()

/** Bits of the counters that an option has to tell of. */
export const CHANGED_E0B = 1
export const CHANGED_CEB = 2
export const CHANGED_E1B = 4

/** The peer's AccECN options: none yet, an empty one, good ones, ones that cannot be believed (as Linux numbers them). */
export const OPTION_UNSEEN = 0
export const OPTION_EMPTY = 1
export const OPTION_SEEN = 2
export const OPTION_FAILED = 3

export class AccurateEcn {
  // The handshake.

  /** The ECN field of the peer's latest SYN or SYN,ACK: the next SYN,ACK, or ACK of it, tells (§3.1.5). */
  synField: number
  /** The next pure ACK tells {@link synField} instead of a count (§3.2.2.1). */
  reflects = false
  /** Our SYN or SYN,ACK was marked, the peer tells. */
  openingMarked = false
  /** A SYN,ACK has left: later ones claim less (§3.2.3.2.2). */
  synAckSent = false
  /** A SYN,ACK has left that agreed to no ECN, after others that had not been answered. */
  claimedLess = false
  /** The segment being processed acknowledges our SYN,ACK in the handshake's encoding: its ACE is no count. */
  handshake = false

  // As the receiver of packets: what has come, and what of it the peer was told.

  readonly r = new EcnCounters()
  /** CE marks that no ACK has told. */
  pending = 0
  /** The ECN field of the packet before. */
  lastField: number
  /** The counters that have changed since the last option, and those that ever have: CHANGED_ bits. */
  changed = 0
  ever = 0
  /** Options that are to leave whether or not a counter changes. */
  demand = 0
  /** The option is held back: it does not get through (§3.2.3.2.2). */
  blocked = false
  /** The ACK that told of text repeated from this number on had an option; null: the last one had none. */
  repeated: Seq | null = null

  // As the sender of packets: what the peer has told.

  readonly s = new EcnCounters()
  optionSeen: 0 | 1 | 2 | 3 = OPTION_UNSEEN
  /** Marks are acted on. Off where they say nothing: the field is zeroed, or everything is marked (§3.2.2.3, §3.2.2.4). */
  heeds = true
  /** The first count has come, and was not zero (§3.2.2.4). */
  checked = false
  /** It is known how often the ACE field has wrapped. */
  certain = true
  /** Bytes that ACKs without an option were taken to tell of, since the last option. */
  estimated = 0
  /** Packets that an ACK acknowledges, on the average; 0 before the first. */
  packetsPerAck = 0
  /** Round trips from the beginning in which every packet was marked, and the end of this one; -1 once one was not. */
  markedRounds = 0
  roundEnd: Seq
  /** The segment being processed has a newer timestamp than all before. */
  newer = false

  constructor(synField: number, nxt: Seq) {
    this.synField = synField
    this.lastField = synField
    this.roundEnd = nxt
  }
}
