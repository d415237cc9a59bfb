/**
 * How our TCP can be broken where no rule of the state table stands: options, sizes, clocks, windows, congestion. Each is to be
 * noticed by the checks that it names; `npm run examine-mutants` tries them beside the rules of the table.
 */
import type { BrokenRule } from '../packetdrill/broken-rules.ts'

/** @param ids names of checks */
const habit = (ids: string, file: string, from: string, to: string): BrokenRule => ({ ids, file, from, to })

const EMIT = 'tcp/send/emit'
const HANDSHAKE = 'tcp/handshake'
const MSS = 'tcp/send/mss'
const CUBIC = 'tcp/congestion/cubic'
const WIRE = 'wire/tcp'
const NEGOTIATION = 'tcp/ecn/negotiation'

export const BROKEN_HABITS: readonly BrokenRule[] = [
  // Headers
  habit(
    'checksum-wrong',
    WIRE,
    "if (fold(pseudo + sum16(b, start, length)) !== 0xffff) return 'tcp-checksum'",
    '',
  ),
  habit('offset-wrong', WIRE, "|| headerLength > length) return 'tcp-data-offset'", ') void 0'),
  habit('do-not-fragment', 'host/encode', 'out.dontFragment ? DONT_FRAGMENT : 0', '0'),
  habit(
    'checksum-right',
    'host/encode',
    'const pseudo = fold(source.sum + PROTOCOL_TCP + tcpLength)',
    'const pseudo = fold(source.sum + PROTOCOL_TCP + tcpLength + 1)',
  ),
  // Options
  habit('syn-ack-with-mss dial-syn-with-mss', EMIT, 'out.mss = c.advertisedMss', ''),
  habit(
    'syn-ack-offers-only-what-was-offered',
    EMIT,
    'out.sackPermitted = offers ? options.sack : c.sack',
    'out.sackPermitted = true',
  ),
  habit(
    'option-after-end',
    WIRE,
    'if (kind === OPTION_END) return',
    'if (kind === OPTION_END) { i++; continue }',
  ),
  habit(
    'option-mss-after-syn',
    'tcp/arrives',
    'trimToWindow(c, segment) if (!ackField',
    'if (segment.mss > 0) c.snd.mss = segment.mss; trimToWindow(c, segment); if (!ackField',
  ),
  habit('mss-obeyed', MSS, 'const text = Math.min(c.peerMss,', 'const text = Math.min(1460,'),
  habit('mss-default', MSS, 'syn.mss <= 0 ? env.route(flow).family.defaultMss', 'syn.mss <= 0 ? 1460'),
  habit('mss-tiny-not-obeyed', MSS, 'Math.max(named, c.options.minMss)', 'named'),
  habit('mss-less-options', MSS, '(c.timestamps ? TIMESTAMPS_LENGTH : 0)', '0'),
  habit(
    'syn-ack-offers-only-what-was-offered',
    EMIT,
    'if (offers ? options.windowScaling : c.scalingAgreed)',
    'if (options.windowScaling)',
  ),
  habit('wscale-answered', HANDSHAKE, 'segment.windowScale >= 0 && c.options.windowScaling', 'false'),
  habit('sack-permitted', HANDSHAKE, 'segment.sackPermitted && c.options.sack', 'false'),
  habit(
    'wscale-applied wscale-not-one-sided window-obeyed',
    HANDSHAKE,
    'segment.window : segment.window << snd.scale',
    'segment.window : segment.window << 14',
  ),
  habit('path-mtu-heeded', MSS, 'TCP_HEADER, pathMtu.size)', 'TCP_HEADER, 0xffff)'),
  // Timestamps and numbers
  habit(
    'timestamps-on-every-segment timestamps-on-text',
    EMIT,
    'out.timestamps = c.timestamps',
    'out.timestamps = false',
  ),
  habit('timestamps-answered', HANDSHAKE, 'segment.hasTimestamps && c.options.timestamps', 'false'),
  habit('timestamps-echo-syn', HANDSHAKE, 'c.tsRecent = segment.tsVal', 'c.tsRecent = 0'),
  habit(
    'paws-old-timestamp',
    'tcp/block/timestamps',
    'seqDiff(segment.tsVal, memory.tsRecent) < 0 &&',
    'false &&',
  ),
  habit('timestamps-unpredictable', 'host/secret', 'this.#tuple.tsOffset = high', 'this.#tuple.tsOffset = 0'),
  habit(
    'isn-unpredictable',
    'host/secret',
    '(Math.floor(now * TICKS_PER_MS) + low) | 0',
    'Math.floor(now * TICKS_PER_MS) | 0',
  ),
  habit(
    'isn-clock',
    'host/secret',
    '(Math.floor(now * TICKS_PER_MS) + low) | 0',
    '(low - Math.floor(now * TICKS_PER_MS)) | 0',
  ),
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
  // Sending
  habit(
    'zero-window-probe zero-window-probe-goes-on',
    'tcp/send/persist',
    'sendWindowProbe(c) armPersist(c)',
    '',
  ),
  habit('retransmission-backs-off dial-syn-retransmitted', 'tcp/block/rto', 'this.#backoff++', ''),
  habit(
    'retransmission-not-too-soon',
    'tcp/block/rto',
    ': Math.max(options.minRto, srtt',
    ': Math.max(50, srtt',
  ),
]
