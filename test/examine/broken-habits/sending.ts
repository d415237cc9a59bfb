/** How our TCP can be broken in what it sends, and sends again. */
import type { BrokenRule } from '../../packetdrill/broken-rules.ts'
import { habit } from './habit.ts'

const ACK_FIELD = 'tcp/arrives-ack'
const PERSIST = 'tcp/send/persist'
const PATH_MTU = 'tcp/recovery/path-mtu-discovery'
const RTO = 'tcp/block/rto'

export const BROKEN_SENDING: readonly BrokenRule[] = [
  // Windows and retransmissions
  habit('zero-window-probe zero-window-probe-goes-on', PERSIST, 'sendWindowProbe(c) armPersist(c)', ''),
  habit('retransmission-backs-off dial-syn-retransmitted', RTO, 'this.#backoff++', ''),
  habit('retransmission-not-too-soon', RTO, ': Math.max(options.minRto, srtt', ': Math.max(50, srtt'),
  habit(
    'urgent-not-by-itself',
    'tcp/block/urgent',
    'up === null || !seqLt(seq, up)',
    'up !== null && !seqLt(seq, up)',
  ),
  habit('window-opens', ACK_FIELD, 'seqLeq(snd.wl2, segment.ack)', 'seqLt(snd.wl2, segment.ack)'),
  habit(
    'window-shrinks',
    ACK_FIELD,
    'if (seqGt(ack, snd.nxt)) {',
    'if (seqGt(ack, snd.nxt) || seqGt(ack, seqAdd(snd.una, snd.wnd))) {',
  ),
  habit(
    'zero-window-probe-small',
    PERSIST,
    'Math.min(1, seqDiff(c.sendEnd, c.snd.nxt))',
    'Math.min(c.snd.mss, seqDiff(c.sendEnd, c.snd.nxt))',
  ),
  habit(
    'zero-window-not-given-up',
    PERSIST,
    'if (c.retries > retryLimit(c, false))',
    'if (c.rto.backoff > 4)',
  ),
  habit(
    'silly-window-avoided',
    'tcp/send/silly-window',
    'return fits === offered && (c.allAcked || c.options.noDelay) && fits >= c.snd.maxWnd / 2 ? fits : 0',
    'return fits',
  ),
  habit(
    'text-retransmitted-is-the-same',
    'host/encode',
    'seqAdd(out.seq, 1) : out.seq',
    "seqAdd(out.seq, 1) : out.reason === 'data' || out.length === 0 ? out.seq : seqAdd(source.sendQueue.end, -out.length)",
  ),
  habit(
    'retransmission-taken',
    ACK_FIELD,
    'if (progress) acknowledged(c, segment, ack)',
    'if (progress && !c.flight.first?.retransmitted) acknowledged(c, segment, ack)',
  ),
  habit(
    'acknowledgment-of-part',
    ACK_FIELD,
    'const { ack } = segment const text',
    'const ack = c.flight.find(seqAdd(segment.ack, -1))?.end ?? segment.ack; const text',
  ),
  habit(
    'sack-heeded',
    'tcp/recovery/scoreboard',
    'if (seqGeq(left, right) || seqGt(right, snd.nxt)) continue',
    'continue',
  ),
  // Path MTU
  habit('path-mtu-kept', 'ip/path-mtu-cache', 'const AGE = 600_000', 'const AGE = 100'),
  habit(
    'path-mtu-forged-number',
    PATH_MTU,
    "if (!(seqGeq(seq, snd.una) && seqLt(seq, snd.nxt))) return 'icmp-sequence'",
    '',
  ),
  habit('path-mtu-tiny', PATH_MTU, 'Math.max(claim, Math.min(c.options.minPathMtu, pathMtu.size))', 'claim'),
]
