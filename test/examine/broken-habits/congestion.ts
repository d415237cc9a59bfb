/** How our TCP can be broken in how it meets congestion. */
import type { BrokenRule } from '../../packetdrill/broken-rules.ts'
import { habit } from './habit.ts'

const EMIT = 'tcp/send/emit'
const CUBIC = 'tcp/congestion/cubic'
const NEGOTIATION = 'tcp/ecn/negotiation'

export const BROKEN_CONGESTION: readonly BrokenRule[] = [
  // Congestion
  habit(
    'initial-window',
    'tcp/send/initial-window',
    'Math.min(segments * mss, Math.max(2 * mss, segments * 1460))',
    '100 * mss',
  ),
  habit('slow-start-grows', CUBIC, ': this.#hystart.growth(sample.acked, this.#mss, paced)', ': 0'),
  habit(
    'slow-start-at-most-doubles acknowledgments-cut-up',
    CUBIC,
    ': this.#hystart.growth(sample.acked, this.#mss, paced)',
    ': 4 * this.#mss',
  ),
  habit(
    'fast-retransmit',
    'tcp/recovery/new-reno',
    'if (r.duplicateAcks !== DUPLICATE_THRESHOLD ||',
    'if (true ||',
  ),
  habit(
    'one-duplicate-is-none',
    'tcp/block/recovery-state',
    'DUPLICATE_THRESHOLD = 3',
    'DUPLICATE_THRESHOLD = 1',
  ),
  habit(
    'ecn-heeded accecn-heeded',
    CUBIC,
    'Math.max(inFlight * BETA, floor * this.#mss) | 0',
    '(2 * inFlight) | 0',
  ),
  habit(
    'timeout-one-segment',
    CUBIC,
    'this.cwnd = this.#mss const c = this.ownCourse()',
    'const c = this.ownCourse()',
  ),
  // ECN
  habit('ecn-text-marked', EMIT, 'if (c.ecn.ect) out.ecn = ECT_0', ''),
  habit('ecn-not-without', EMIT, 'if (c.ecn.on) ecnFields(c, length, ecnCapable)', 'out.ecn = ECT_0'),
  habit(
    'ecn-heeded accecn-heeded',
    CUBIC,
    "this.reduce(inFlight, cause === 'ecn' ? 1 : 2)",
    "if (cause !== 'ecn') this.reduce(inFlight, 2)",
  ),
  habit('accecn-text-marked', EMIT, 'if (c.ecn.ect && ((capable', 'if (false && ((capable'),
  habit('accecn-option-on-answer', NEGOTIATION, 'a.synAcks < OPTION_SYN_ACKS', 'false'),
  habit(
    'accecn-reserved-flags',
    NEGOTIATION,
    "return ace === 0b011 ? 'classic' : 'accurate'",
    "return ace === 0b011 ? 'classic' : ace === 7 ? 'accurate' : 'none'",
  ),
  habit(
    'accecn-falls-back-to-classic',
    NEGOTIATION,
    'return asksForClassic(segment.flags) ? classic() : NO_ECN',
    'return NO_ECN',
  ),
]
