/** How our TCP can be broken in what it takes, acknowledges and ends. */
import type { BrokenRule } from '../../packetdrill/broken-rules.ts'
import { habit } from './habit.ts'

const EMIT = 'tcp/send/emit'
const TEXT = 'tcp/arrives-text'
const ARRIVES = 'tcp/arrives'
const OWN_WINDOW = 'tcp/queues/receive-window'
const TRANSMIT = 'tcp/send/transmit'

export const BROKEN_RECEIVING: readonly BrokenRule[] = [
  // Acknowledgments and windows
  habit(
    'ack-not-answered',
    ARRIVES,
    'takeUserTimeout(c, segment) textAndControls',
    "ackNow(c, 'ACK'); takeUserTimeout(c, segment); textAndControls",
  ),
  habit(
    'window-does-not-shrink',
    OWN_WINDOW,
    'most - current >= smallestStep(c) ? most : current',
    'most >> 1',
  ),
  habit(
    'window-fills',
    TEXT,
    'c.receiveQueue.weight < affordable(c, Number.POSITIVE_INFINITY)',
    'c.receiveQueue.length < c.receiveBuffer.size >> 1',
  ),
  habit(
    'zero-window-text-not-taken',
    ARRIVES,
    'if (!ackField(c, segment)) return false urgBit(c, segment)',
    'if (!ackField(c, segment)) return false; textAndControls(c, segment)',
  ),
  habit(
    'acknowledgment-on-text',
    EMIT,
    'flags & ACK ? c.rcv.nxt : 0',
    'flags & ACK ? (length > 0 ? c.rcv.lastAck : c.rcv.nxt) : 0',
  ),
  // Closing
  habit(
    'text-taken-in-fin-wait-1',
    TEXT,
    "c.state === 'ESTABLISHED' || c.state === 'FIN_WAIT_1' || c.state === 'FIN_WAIT_2'",
    "c.state === 'ESTABLISHED' || c.state === 'FIN_WAIT_2'",
  ),
  habit(
    'text-after-fin-in-closing text-after-fin-in-last-ack',
    TEXT,
    "if (!receiving(c)) { c.env.drop('text-after-fin') return true } if (c.orphaned) {",
    "const late = c.state === 'CLOSING' || c.state === 'LAST_ACK'; if (!receiving(c) && !late) return true; if (c.orphaned && !late) {",
  ),
  habit('rst-exact-in-time-wait', 'tcp/time-wait', 'segment.seq === record.rcvNxt && (', 'false && ('),
  habit(
    'close-in-order',
    TRANSMIT,
    'emit(c, seq, length, textFlags(c, t, length, fin), reason, ecnCapable, whole)',
    'emit(c, fin ? seqAdd(seq, length) : seq, fin ? 0 : length, textFlags(c, t, length, fin), reason, ecnCapable, whole)',
  ),
]
