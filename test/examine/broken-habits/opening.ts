/** Ways to break our TCP where connections begin. */
import { type BrokenRule, rule } from '../../packetdrill/broken-rules.ts'

const EMIT = 'tcp/send/emit'
const NEGOTIATION = 'tcp/ecn/negotiation'
const SYN_SENT = 'tcp/arrives-syn-sent'
const SECRET = 'host/secret'

export const BROKEN_OPENING: readonly BrokenRule[] = [
  // Handshakes
  rule('syn-ack-retransmitted', 'tcp/timeouts', "else if (resendsSynAck(c)) sendSyn(c, 'SYN,ACK again')", ''),
  rule('dial-syn-bare', EMIT, "c.state === 'SYN_SENT' ? SYN : SYN | ACK", 'SYN | ACK'),
  rule(
    'dial-text-on-syn-ack dial-text-queued',
    SYN_SENT,
    'if (!(flags & SYN)) {',
    'if (!(flags & SYN) || segment.length > 0) {',
  ),
  rule(
    'dial-port-unreachable',
    'tcp/icmp-errors',
    '(error.hard || c.options.softErrorsEndOpening)',
    'c.options.softErrorsEndOpening',
  ),
  rule(
    'dial-ports-unpredictable',
    'host/ports',
    '(offset + this.#next[offset % TABLE]++) % this.#count',
    'this.#next[0]++ % this.#count',
  ),
  rule(
    'ecn-not-unasked',
    NEGOTIATION,
    'if (a === null) return ecn.on ? ECE : 0',
    'if (a === null) return ECE',
  ),
  // Initial sequence numbers
  rule(
    'isn-unpredictable',
    SECRET,
    '(Math.floor(now * TICKS_PER_MS) + low) | 0',
    'Math.floor(now * TICKS_PER_MS) | 0',
  ),
  rule(
    'isn-clock',
    SECRET,
    '(Math.floor(now * TICKS_PER_MS) + low) | 0',
    '(low - Math.floor(now * TICKS_PER_MS)) | 0',
  ),
]
