/** ICMP errors and the connections that they quote, RFC 9293 §3.9.2.2. */
import type { IcmpError } from '../ip/icmp-error.ts'
import { type Seq, seqGeq, seqLt } from '../wire/sequence.ts'
import type { Connection } from './block/connection.ts'
import { fail } from './ending.ts'
import { softError } from './giving-up.ts'

/**
 * An ICMP error quotes a segment of this connection with sequence number `seq`. Only one that is in flight is
 * believed (RFC 5927 §4.1). Soft errors are told and remembered (MUST-56, SHLD-25); hard ones end a connection
 * that is being opened, and are soft for others, whom a forger could otherwise end (RFC 5927 §5.2).
 * @returns false when the sequence number is not ours
 */
export const icmpError = (c: Connection, error: IcmpError, seq: Seq): boolean => {
  if (!(seqGeq(seq, c.snd.una) && seqLt(seq, c.snd.nxt))) return false
  if (c.state === 'SYN_SENT') c.env.fastOpenFailed(c)
  if (
    (error.hard || c.options.softErrorsEndOpening) &&
    (c.state === 'SYN_SENT' || c.state === 'SYN_RECEIVED')
  )
    fail(c, 'ICMP error', 'segment', error.code)
  else {
    c.ownTroubles().icmpErrorCode = error.code
    softError(c, error.code, error.text)
  }
  return true
}
