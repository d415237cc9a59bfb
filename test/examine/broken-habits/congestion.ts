/** Ways to break our TCP in how it meets congestion. */
import { type BrokenRule, rule } from '../../packetdrill/broken-rules.ts'

const EMIT = 'tcp/send/emit'
const CUBIC = 'tcp/congestion/cubic'
const NEGOTIATION = 'tcp/ecn/negotiation'

export const BROKEN_CONGESTION: readonly BrokenRule[] = [
  // Congestion
  rule(
    'initial-window',
    'tcp/send/initial-window',
    'Math.min(segments * mss, Math.max(2 * mss, segments * 1460))',
    '100 * mss',
  ),
  rule('slow-start-grows', CUBIC, ': this.#hystart.growth(sample.acked, this.#mss, paced)', ': 0'),
  rule(
    'slow-start-at-most-doubles acknowledgments-cut-up',
    CUBIC,
    ': this.#hystart.growth(sample.acked, this.#mss, paced)',
    ': 4 * this.#mss',
  ),
  rule(
    'fast-retransmit',
    'tcp/recovery/new-reno',
    'if (r.duplicateAcks !== DUPLICATE_THRESHOLD ||',
    'if (true ||',
  ),
  rule(
    'one-duplicate-is-none',
    'tcp/block/recovery-state',
    'DUPLICATE_THRESHOLD = 3',
    'DUPLICATE_THRESHOLD = 1',
  ),
  rule(
    'ecn-heeded accecn-heeded',
    CUBIC,
    'Math.max(inFlight * BETA, floor * this.#mss) | 0',
    '(2 * inFlight) | 0',
  ),
  rule(
    'timeout-one-segment',
    CUBIC,
    'this.cwnd = this.#mss const c = this.ownCourse()',
    'const c = this.ownCourse()',
  ),
  // ECN
  rule('ecn-text-marked', EMIT, 'if (c.ecn.ect) out.ecn = ECT_0', ''),
  rule('ecn-not-without', EMIT, 'if (c.ecn.on) ecnFields(c, length, ecnCapable)', 'out.ecn = ECT_0'),
  rule(
    'ecn-heeded accecn-heeded',
    CUBIC,
    "this.reduce(inFlight, cause === 'ecn' ? 1 : 2)",
    "if (cause !== 'ecn') this.reduce(inFlight, 2)",
  ),
  rule('accecn-text-marked', EMIT, 'if (c.ecn.ect && ((capable', 'if (false && ((capable'),
  rule('accecn-option-on-answer', NEGOTIATION, 'a !== null && !a.synAckSent', 'a !== null && false'),
  rule(
    'accecn-reserved-flags',
    NEGOTIATION,
    "return ace === 0b011 ? 'classic' : 'accurate'",
    "return ace === 0b011 ? 'classic' : ace === 7 ? 'accurate' : 'none'",
  ),
  rule(
    'accecn-falls-back-to-classic',
    NEGOTIATION,
    'return asksForClassic(segment.flags) ? classic() : NO_ECN',
    'return NO_ECN',
  ),
]
