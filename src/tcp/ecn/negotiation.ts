/**
 * The kind of ECN that two ends agree on: RFC 9768 §3.1 and its tables 2 to 4, RFC 3168 §6.1.1. A SYN asks by AE, CWR and ECE
 * together for accurate ECN, by CWR and ECE for the classic kind; the SYN,ACK's three flags agree to one of them, and say
 * with the accurate one how the ECN field of the SYN has arrived.
 */
import { ACE, aceFlags, aceOf } from '../../wire/accurate-ecn.ts'
import { CE, ECT_0, ECT_1, NOT_ECT } from '../../wire/ecn.ts'
import { ACK, CWR, ECE, FIN, type Segment, SYN } from '../../wire/tcp.ts'
import { AccurateEcn, INITIAL_CEP } from '../block/accurate-ecn.ts'
import type { Connection } from '../block/connection.ts'
import { Ecn, ecnFeedback, ecnField, NO_ECN } from '../block/ecn.ts'
import type { TcpOptions } from '../block/options.ts'
import type { EcnFeedback } from '../congestion/controller.ts'
import { needsAccurateEcn } from '../congestion/registry.ts'
import { firstOption } from './marks-told.ts'

/** A connection's kind of ECN: the one that its options say, and the accurate kind where its congestion controller needs that. */
const wish = ({ ecn, congestionControl }: Readonly<TcpOptions>): TcpOptions['ecn'] =>
  ecn !== 'off' && needsAccurateEcn(congestionControl) ? 'accurate' : ecn

/** The kind that a SYN of ours asks for. */
export const asks = (options: Readonly<TcpOptions>): EcnFeedback => {
  const ecn = wish(options)
  if (ecn === 'accurate') return 'accurate'
  return ecn === 'on' || ecn === 'accurate-classic' ? 'classic' : 'none'
}

/** Returns whether a peer that asks for accurate ECN gets it. */
export const acceptsAccurate = (options: Readonly<TcpOptions>): boolean =>
  wish(options).startsWith('accurate')

/** SYNs that ask; after them the path is taken to swallow what asks (RFC 9768 §3.1.4.1, RFC 3168 §6.1.1.1). */
const ASKING_SYNS = 2
/**
 * Timeouts of SYN,ACKs that agree to accurate ECN; after them the path is taken to swallow these (RFC 9768 §3.2.3.2.2: "if this
 * retransmission times out"). The answer to a SYN that comes again is none: that SYN,ACK may yet arrive.
 */
const AGREEING_TIMEOUTS = 2

/** The kind that our next SYN asks for. */
const asksNow = (c: Connection): EcnFeedback =>
  c.troubles.synRetransmissions < ASKING_SYNS || !c.options.ecnFallback ? asks(c.options) : 'none'

/** The kind that the SYN of a peer asks for. Reserved combinations stand for the accurate one (§3.1.3). */
export const kindOfSyn = (flags: number): EcnFeedback => {
  const ace = aceOf(flags)
  if (ace === 0) return 'none'
  return ace === 0b011 ? 'classic' : 'accurate'
}

/** Returns whether a SYN asks for the classic kind, or for an accurate or later one that falls back to it. */
export const asksForClassic = (flags: number): boolean => (flags & (ECE | CWR)) === (ECE | CWR)

/** The handshake's encoding of an ECN field (tables 2 and 3), and what a value of it tells: -1 for what it does not have. */
const ENCODING = [0b010, 0b011, 0b100, 0b110] as const
const TOLD = [-1, -1, NOT_ECT, ECT_1, ECT_0, -1, CE, -1] as const

export const handshakeAce = (field: number): number => aceFlags(ENCODING[field]!)

const classic = (): Ecn => {
  const ecn = new Ecn()
  ecn.on = true
  return ecn
}

const accurate = (c: Connection, segment: Segment): Ecn => {
  const ecn = classic()
  ecn.accurate = new AccurateEcn(ecnField(segment), c.snd.nxt)
  return ecn
}

/** Takes what the peer's first SYN or SYN,ACK says to our wish. */
export const negotiateEcn = (c: Connection, segment: Segment): void => {
  const answers = c.active && (segment.flags & ACK) !== 0
  c.ecn = answers ? takeAnswer(c, segment) : takeRequest(c, segment)
}

/** A SYN: in LISTEN, or crossing ours. */
const takeRequest = (c: Connection, segment: Segment): Readonly<Ecn> => {
  const { ecn } = c.options
  const offered = c.active ? asksNow(c) : 'accurate'
  const kind = kindOfSyn(segment.flags)
  if (kind === 'none' || ecn === 'off' || offered === 'none') return NO_ECN
  if (kind === 'accurate' && offered === 'accurate' && acceptsAccurate(c.options)) return accurate(c, segment)
  return asksForClassic(segment.flags) ? classic() : NO_ECN
}

/** The SYN,ACK. Flags of ours that come back tell, too, that a SYN that asked has got through. */
const takeAnswer = (c: Connection, segment: Segment): Readonly<Ecn> => {
  const ecn = agreed(c, segment)
  if (asks(c.options) !== 'none') c.env.ecnAnswered(c, asksNow(c) !== 'none' || (segment.flags & ACE) !== 0)
  return ecn
}

/** The kind of ECN that a SYN,ACK agrees to by table 2. A later SYN of ours without a request leaves an accurate one (§3.1.4.1). */
const agreed = (c: Connection, segment: Segment): Readonly<Ecn> => {
  const asked = asks(c.options)
  const ace = aceOf(segment.flags)
  const agreesToClassic =
    asked === 'accurate' ? ace === 0b001 : (segment.flags & (ECE | CWR)) === ECE && asked === 'classic'
  if (agreesToClassic) return asksNow(c) === 'none' ? NO_ECN : classic()
  // Neither: no ECN there, or a broken one that sends back what it gets.
  if (asked !== 'accurate' || ace === 0b000 || ace === 0b111) return NO_ECN
  const ecn = accurate(c, segment)
  const told = TOLD[ace]!
  // Our SYN was not ECN-capable: what it has become on the way may happen to others too (§3.2.2.3).
  if (c.options.ecnFallback && told > NOT_ECT) ecn.disclaim()
  ecn.accurate!.openingMarked = told === CE
  answerArrived(ecn.accurate!, segment)
  // The option's way is tried with the ACK and the first text (§3.2.3.2.1).
  ecn.accurate!.demand = 2
  firstOption(c, ecn.accurate!, segment)
  return ecn
}

/** A SYN,ACK: the ACK of it tells how it has come, and a mark counts once (§3.2.2.2). */
const answerArrived = (a: AccurateEcn, segment: Segment): void => {
  a.synField = ecnField(segment)
  a.lastField = a.synField
  a.reflects = true
  if (a.synField === CE && a.r.cep === INITIAL_CEP) a.r.cep++
}

/**
 * A SYN has come again: says whether the handshake may go on. A peer that has asked for both kinds cannot know which of
 * its SYNs counts (§3.1.5: "MUST reset the connection").
 */
export const synAgain = (c: Connection, segment: Segment): boolean => {
  if (!acceptsAccurate(c.options)) {
    // It has given up on ECN: so must we (RFC 3168 §6.1.1).
    if (!asksForClassic(segment.flags)) c.ecn = NO_ECN
    return true
  }
  const kind = kindOfSyn(segment.flags)
  const before = ecnFeedback(c)
  if (before !== 'none' && kind !== 'none' && kind !== before) return false
  if (c.ecn.accurate !== null) c.ecn.accurate.synField = ecnField(segment)
  // "MUST NOT set ECT on any packet for the rest of the connection."
  if (kind === 'none' && c.ecn.on) c.ecn.disclaim()
  return true
}

/**
 * A SYN,ACK has come again, or has crossed ours: the ACK of it tells how it has arrived (§3.2.2.1, §3.1.5). One that crosses
 * ours also says how our SYN has.
 */
export const synAckAgain = (c: Connection, segment: Segment, crossing: boolean): void => {
  const a = c.ecn.accurate
  if (a === null) return
  answerArrived(a, segment)
  if (!crossing) return
  if (c.options.ecnFallback && TOLD[aceOf(segment.flags)]! > NOT_ECT) c.ecn.disclaim()
  a.demand = 2
  firstOption(c, a, segment)
}

/**
 * The ACK that completes the handshake of a server (table 4). Only a pure one has the encoding; where text comes first its
 * ACE is a count like any other.
 */
export const takeThirdAck = (c: Connection, segment: Segment): void => {
  const { ecn } = c
  const a = ecn.accurate
  if (a === null || segment.flags & SYN) return
  firstOption(c, a, segment)
  if (segment.length > 0 || segment.flags & FIN || segment.sackCount > 0) return
  a.handshake = true
  const ace = aceOf(segment.flags)
  if (ace === 0) {
    ecn.disclaim()
    a.heeds = false
    return
  }
  const told = TOLD[ace]!
  if (told === CE) {
    a.s.cep = INITIAL_CEP + 1
    a.openingMarked = true
  }
  // Our SYN,ACK was not ECN-capable (§3.2.2.3).
  if (c.options.ecnFallback && told > NOT_ECT) ecn.disclaim()
}

/** The flags that ECN adds to our SYN or SYN,ACK, which leaves now. */
export const ecnSetup = (c: Connection, flags: number): number => {
  if (!(flags & ACK)) {
    const kind = asksNow(c)
    return kind === 'accurate' ? ACE : kind === 'classic' ? ECE | CWR : 0
  }
  const { ecn } = c
  const a = ecn.accurate
  if (a === null) return ecn.on ? ECE : 0
  a.synAckSent = true
  // (One that has been answered, by an ACK whose connection is not taken yet, did not vanish.)
  const vanish = c.retries >= AGREEING_TIMEOUTS && !c.handshakeAcked
  if (!vanish || !c.options.ecnFallback) return handshakeAce(a.synField)
  // From here on the peer may be without (§3.1.5).
  ecn.disclaim()
  a.claimedLess = true
  return 0
}

/** Returns whether the SYN,ACK that leaves now has the option: the first has (§3.2.3.2.2). To be asked before {@link ecnSetup}. */
export const optionOnSynAck = (c: Connection): boolean => {
  const a = c.ecn.accurate
  return a !== null && !a.synAckSent && c.options.accEcnOption !== 'never'
}
