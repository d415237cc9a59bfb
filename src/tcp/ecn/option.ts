/** The AccECN option that leaves, and how it shares the header's room with SACK (RFC 9768 §3.2.3.3). */
import { accEcnLength } from '../../wire/accurate-ecn.ts'
import { TIMESTAMPS_LENGTH } from '../../wire/tcp.ts'
import { OPTION_SPACE } from '../../wire/tcp-options.ts'
import {
  type AccurateEcn,
  BEGINNING,
  CHANGED_CEB,
  CHANGED_E0B,
  CHANGED_E1B,
  type EcnCounters,
  OPTION_UNSEEN,
} from '../block/accurate-ecn.ts'
import type { Connection } from '../block/connection.ts'
import type { OutgoingSegment } from '../block/outgoing.ts'

/** Bytes of SACK without and with a block. */
const SACK_HEAD = 4
const SACK_BLOCK = 8
/** "insufficient space for two SACK blocks": these the option may not take. */
const KEPT_BLOCKS = 2
const ALL_FIELDS = 3

/** The plan of an option. One is reused for all. */
export interface OptionPlan {
  /** Counters in it; -1: it stays away. */
  fields: number
  order: 0 | 1
  /** SACK blocks beside it. */
  blocks: number
}

const plan: OptionPlan = { fields: -1, order: 1, blocks: 0 }

/** Fields that an order needs for these counters: up to the last of them. */
const fieldsFor = (bits: number, order: 0 | 1): number => {
  if (bits & (order === 0 ? CHANGED_E1B : CHANGED_E0B)) return 3
  if (bits & CHANGED_CEB) return 2
  return bits === 0 ? 0 : 1
}

/** The order that says the most with the fewest fields; where both do, the one of L4S. */
const orderFor = (bits: number): 0 | 1 => (fieldsFor(bits, 0) < fieldsFor(bits, 1) ? 0 : 1)

/** The first text is lost, and nothing shows that options get through: it goes again without (§3.2.3.2.2). */
const mayBeSwallowed = (c: Connection): boolean =>
  c.retries > 0 &&
  c.synAcked &&
  c.traffic.bytesAcked === 0 &&
  c.flight.sacked === 0 &&
  c.options.accEcnOption !== 'persistent'

const isWanted = (c: Connection, a: AccurateEcn): boolean => {
  if (a.blocked || mayBeSwallowed(c)) return false
  switch (c.options.accEcnOption) {
    case 'never':
      return false
    case 'needed':
      return a.demand > 0 || a.changed !== 0
    default:
      // As Linux: a peer whose options do not come might not get ours.
      return a.optionSeen !== OPTION_UNSEEN
  }
}

/**
 * Plans the option of a segment that leaves now, beside `blocks` SACK blocks. All that changed since the last one must be in
 * it, or it stays away; what changed before should be. Above two SACK blocks it may take their room.
 */
export const planOption = (c: Connection, blocks: number, timestamps: boolean): OptionPlan => {
  plan.fields = -1
  plan.blocks = blocks
  const a = c.ecn.accurate
  if (a === null || !isWanted(c, a)) return plan
  const always = c.options.accEcnOption !== 'needed'
  plan.order = always ? 1 : orderFor(a.ever)
  // The option tries the way before anything has come (§3.2.3.2.1): then with all it may ever have.
  const wanted = always || a.ever === 0 ? ALL_FIELDS : fieldsFor(a.ever, plan.order)
  const required = fieldsFor(a.changed, plan.order)
  const room = OPTION_SPACE - (timestamps ? TIMESTAMPS_LENGTH : 0)
  for (let kept = blocks; kept >= Math.min(blocks, KEPT_BLOCKS); kept--) {
    const left = room - (kept > 0 ? SACK_HEAD + SACK_BLOCK * kept : 0)
    for (let fields = wanted; fields >= required; fields--) {
      if (accEcnLength(fields) > left) continue
      plan.fields = fields
      plan.blocks = kept
      return plan
    }
    // An empty option is not worth a block.
    if (required === 0) break
  }
  return plan
}

/** Bytes that the option takes on a segment that leaves now. */
export const optionLength = (c: Connection): number =>
  accEcnLength(planOption(c, c.sackBlocks?.count(c.timestamps) ?? 0, c.timestamps).fields)

/** Puts the planned option on a segment that is no SYN. */
export const putOption = (a: AccurateEcn, { fields, order }: OptionPlan, out: OutgoingSegment): void => {
  fill(out, a.r, fields, order)
  a.changed = 0
  if (a.demand > 0) a.demand--
}

/**
 * The option of a SYN,ACK tells of nothing that has come, for whatever was on the SYN does not count (§3.2). It has as many
 * of the counters as there is room for beside `used` bytes of options (§3.2.3.2.1).
 */
export const putInitialOption = (out: OutgoingSegment, used: number): void => {
  let fields = ALL_FIELDS
  while (fields >= 0 && accEcnLength(fields) > OPTION_SPACE - used) fields--
  if (fields >= 0) fill(out, BEGINNING, fields, 1)
}

const fill = (out: OutgoingSegment, r: Readonly<EcnCounters>, fields: number, order: 0 | 1): void => {
  out.accEcnFields = fields
  out.accEcnOrder = order
  out.e0b = r.e0b
  out.ceb = r.ceb
  out.e1b = r.e1b
}
