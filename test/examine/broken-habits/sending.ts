/** Ways to break our TCP in what it sends, and sends again. */
import { type BrokenRule, rule } from '../../packetdrill/broken-rules.ts'

const ACK_FIELD = 'tcp/arrives-ack'
const PERSIST = 'tcp/send/persist'
const PATH_MTU = 'tcp/recovery/path-mtu-discovery'
const RTO = 'tcp/block/rto'

export const BROKEN_SENDING: readonly BrokenRule[] = [
  // Windows and retransmissions
  rule('small-text-held', 'tcp/send/nagle', 'c.options.noDelay || c.allAcked', 'true'),
  rule('zero-window-probe zero-window-probe-goes-on', PERSIST, 'sendWindowProbe(c) armPersist(c)', ''),
  rule('retransmission-backs-off dial-syn-retransmitted', RTO, 'this.#backoff++', ''),
  rule('retransmission-not-too-soon', RTO, ': Math.max(options.minRto, srtt', ': Math.max(50, srtt'),
  rule(
    'urgent-not-by-itself',
    'tcp/block/urgent',
    'up === null || !seqLt(seq, up)',
    'up !== null && !seqLt(seq, up)',
  ),
  rule('window-opens', ACK_FIELD, 'seqLeq(snd.wl2, segment.ack)', 'seqLt(snd.wl2, segment.ack)'),
  rule(
    'window-shrinks',
    ACK_FIELD,
    'if (seqGt(ack, snd.nxt)) {',
    'if (seqGt(ack, snd.nxt) || seqGt(ack, seqAdd(snd.una, snd.wnd))) {',
  ),
  rule(
    'zero-window-probe-small',
    PERSIST,
    'Math.min(1, seqDiff(c.sendEnd, c.snd.nxt))',
    'Math.min(c.snd.mss, seqDiff(c.sendEnd, c.snd.nxt))',
  ),
  rule(
    'zero-window-not-given-up',
    PERSIST,
    'if (c.retries > retryLimit(c, false))',
    'if (c.rto.backoff > 4)',
  ),
  rule(
    'silly-window-avoided',
    'tcp/send/silly-window',
    'return fits === offered && (c.allAcked || c.options.noDelay) && fits >= c.snd.maxWnd / 2 ? fits : 0',
    'return fits',
  ),
  rule(
    'text-retransmitted-is-the-same',
    'host/encode',
    'seqAdd(out.seq, 1) : out.seq',
    "seqAdd(out.seq, 1) : out.reason === 'data' || out.length === 0 ? out.seq : seqAdd(source.sendQueue.end, -out.length)",
  ),
  rule(
    'retransmission-taken',
    ACK_FIELD,
    'if (progress) acknowledged(c, segment, ack)',
    'if (progress && !c.flight.first?.retransmitted) acknowledged(c, segment, ack)',
  ),
  rule(
    'acknowledgment-of-part',
    ACK_FIELD,
    'const { ack } = segment const text',
    'const ack = c.flight.find(seqAdd(segment.ack, -1))?.end ?? segment.ack; const text',
  ),
  rule(
    'sack-heeded',
    'tcp/recovery/scoreboard',
    'if (seqGeq(left, right) || seqGt(right, snd.nxt)) continue',
    'continue',
  ),
  // Path MTU
  rule('path-mtu-kept', 'ip/path-mtu-cache', 'const AGE = 600_000', 'const AGE = 100'),
  rule(
    'path-mtu-forged-number',
    PATH_MTU,
    "if (!(seqGeq(seq, snd.una) && seqLt(seq, snd.nxt))) return 'icmp-sequence'",
    '',
  ),
  rule('path-mtu-tiny', PATH_MTU, 'Math.max(claim, Math.min(c.options.minPathMtu, pathMtu.size))', 'claim'),
]
