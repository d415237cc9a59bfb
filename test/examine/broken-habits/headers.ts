/** Ways to break our TCP in what it writes into headers and options, and reads from them. */
import { type BrokenRule, rule } from '../../packetdrill/broken-rules.ts'

const EMIT = 'tcp/send/emit'
const HANDSHAKE = 'tcp/handshake'
const MSS = 'tcp/send/mss'
const WIRE = 'wire/tcp'
const ARRIVES = 'tcp/arrives'
const SECRET = 'host/secret'
const OWN_WINDOW = 'tcp/queues/receive-window'

export const BROKEN_HEADERS: readonly BrokenRule[] = [
  // Headers
  rule(
    'checksum-wrong',
    WIRE,
    "if (fold(pseudo + sum16(b, start, length)) !== 0xffff) return 'tcp-checksum'",
    '',
  ),
  rule('offset-wrong', WIRE, "|| headerLength > length) return 'tcp-data-offset'", ') void 0'),
  rule('do-not-fragment', 'host/encode', 'out.dontFragment ? DONT_FRAGMENT : 0', '0'),
  rule(
    'checksum-right',
    'host/encode',
    'const pseudo = fold(source.sum + PROTOCOL_TCP + tcpLength)',
    'const pseudo = fold(source.sum + PROTOCOL_TCP + tcpLength + 1)',
  ),
  // Options
  rule('syn-ack-with-mss dial-syn-with-mss', EMIT, 'out.mss = c.advertisedMss', ''),
  rule(
    'syn-ack-offers-only-what-was-offered',
    EMIT,
    'out.sackPermitted = offers ? options.sack : c.sack',
    'out.sackPermitted = true',
  ),
  rule(
    'option-after-end',
    WIRE,
    'if (kind === OPTION_END) return',
    'if (kind === OPTION_END) { i++; continue }',
  ),
  rule(
    'option-mss-after-syn',
    ARRIVES,
    'trimToWindow(c, segment) if (!ackField',
    'if (segment.mss > 0) c.snd.mss = segment.mss; trimToWindow(c, segment); if (!ackField',
  ),
  rule('mss-obeyed', MSS, 'const text = Math.min(c.peerMss,', 'const text = Math.min(1460,'),
  rule('mss-default', MSS, 'syn.mss <= 0 ? env.route(flow).family.defaultMss', 'syn.mss <= 0 ? 1460'),
  rule('mss-tiny-not-obeyed', MSS, 'Math.max(named, c.options.minMss)', 'named'),
  rule('mss-less-options', MSS, '(c.timestamps ? TIMESTAMPS_LENGTH : 0)', '0'),
  rule(
    'syn-ack-offers-only-what-was-offered',
    EMIT,
    'if (offers ? options.windowScaling : c.scalingAgreed)',
    'if (options.windowScaling)',
  ),
  rule('wscale-answered', HANDSHAKE, 'segment.windowScale >= 0 && c.options.windowScaling', 'false'),
  rule('sack-permitted', HANDSHAKE, 'segment.sackPermitted && c.options.sack', 'false'),
  rule(
    'wscale-applied wscale-not-one-sided window-obeyed',
    HANDSHAKE,
    'segment.window : segment.window << snd.scale',
    'segment.window : segment.window << 14',
  ),
  rule('option-after-unknown', WIRE, 'i += size', 'if (kind > OPTION_TIMESTAMPS) return; i += size'),
  rule('option-unaligned', WIRE, 'case OPTION_MSS:', 'case OPTION_MSS: if ((i - from) % 4 !== 0) return;'),
  rule('mss-huge path-mtu-heeded', MSS, 'TCP_HEADER, pathMtu.size)', 'TCP_HEADER, 0xffff)'),
  rule(
    'mss-zero',
    MSS,
    'syn.mss <= 0 ? env.route(flow).family.defaultMss',
    'syn.mss < 0 ? env.route(flow).family.defaultMss',
  ),
  rule('wscale-at-most-14', OWN_WINDOW, 'let shift = 0', 'let shift = 15'),
  // Timestamps
  rule(
    'timestamps-on-every-segment timestamps-on-text',
    EMIT,
    'out.timestamps = c.timestamps',
    'out.timestamps = false',
  ),
  rule('timestamps-answered', HANDSHAKE, 'segment.hasTimestamps && c.options.timestamps', 'false'),
  rule('timestamps-echo-syn', HANDSHAKE, 'c.tsRecent = segment.tsVal', 'c.tsRecent = 0'),
  rule(
    'paws-old-timestamp',
    'tcp/block/timestamps',
    'seqDiff(segment.tsVal, memory.tsRecent) < 0 &&',
    'false &&',
  ),
  rule('timestamps-unpredictable', SECRET, 'this.#tuple.tsOffset = high', 'this.#tuple.tsOffset = 0'),
  rule('timestamps-missing', ARRIVES, 'else if (c.options.timestampsMayMiss)', 'else if (true)'),
  rule(
    'timestamps-clock',
    'tcp/block/connection',
    '(Math.floor(time) + this.tsOffset) | 0',
    '(Math.floor(time * 1000) + this.tsOffset) | 0',
  ),
]
