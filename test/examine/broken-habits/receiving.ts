/** Ways to break our TCP in what it takes, acknowledges and ends. */
import { type BrokenRule, rule } from '../../packetdrill/broken-rules.ts'

const EMIT = 'tcp/send/emit'
const TEXT = 'tcp/arrives-text'
const ARRIVES = 'tcp/arrives'
const OWN_WINDOW = 'tcp/queues/receive-window'
const TRANSMIT = 'tcp/send/transmit'

export const BROKEN_RECEIVING: readonly BrokenRule[] = [
  // Acknowledgments and windows
  rule(
    'ack-not-answered',
    ARRIVES,
    'takeUserTimeout(c, segment) textAndControls',
    "ackNow(c, 'ACK'); takeUserTimeout(c, segment); textAndControls",
  ),
  rule(
    'window-does-not-shrink',
    OWN_WINDOW,
    'most - current >= smallestStep(c) ? most : current',
    'most >> 1',
  ),
  rule(
    'window-fills',
    TEXT,
    'c.receiveQueue.weight < affordable(c, Number.POSITIVE_INFINITY)',
    'c.receiveQueue.length < c.receiveBuffer.size >> 1',
  ),
  rule(
    'zero-window-text-not-taken',
    ARRIVES,
    'if (!ackField(c, segment)) return false urgBit(c, segment)',
    'if (!ackField(c, segment)) return false; textAndControls(c, segment)',
  ),
  rule(
    'acknowledgment-on-text',
    EMIT,
    'flags & ACK ? c.rcv.nxt : 0',
    'flags & ACK ? (length > 0 ? c.rcv.lastAck : c.rcv.nxt) : 0',
  ),
  // Closing
  rule(
    'text-taken-in-fin-wait-1',
    TEXT,
    "c.state === 'ESTABLISHED' || c.state === 'FIN_WAIT_1' || c.state === 'FIN_WAIT_2'",
    "c.state === 'ESTABLISHED' || c.state === 'FIN_WAIT_2'",
  ),
  rule(
    'text-after-fin-in-closing text-after-fin-in-last-ack',
    TEXT,
    "if (!receiving(c)) { c.env.drop('text-after-fin') return true } if (c.orphaned) {",
    "const late = c.state === 'CLOSING' || c.state === 'LAST_ACK'; if (!receiving(c) && !late) return true; if (c.orphaned && !late) {",
  ),
  rule('rst-exact-in-time-wait', 'tcp/time-wait', 'segment.seq === record.rcvNxt && (', 'false && ('),
  rule(
    'close-in-order',
    TRANSMIT,
    'emit(c, seq, length, textFlags(c, t, length, fin), reason, ecnCapable, whole)',
    'emit(c, fin ? seqAdd(seq, length) : seq, fin ? 0 : length, textFlags(c, t, length, fin), reason, ecnCapable, whole)',
  ),
]
