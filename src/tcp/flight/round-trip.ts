/** Measures round trips: one segment at a time (RFC 6298 §3, Karn's rule), or by timestamps (RFC 7323 §4.1). */
import { type Seq, seqGeq } from '../../wire/sequence.ts'
import type { Segment } from '../../wire/tcp.ts'
import type { Connection } from '../block/connection.ts'

/** Takes the segment that leaves now, and ends at `end`, as the one whose round trip is timed (RFC 6298 (3), Karn's rule). */
export const startTiming = (c: Connection, end: Seq): void => {
  c.timing = true
  c.timedSeq = end
  c.timedAt = c.env.now
}

/** The handshake is the first round trip to measure, unless the SYN was sent twice (Karn). */
export const measureSyn = (c: Connection, segment: Segment): void => {
  if (c.timing) {
    const rtt = c.env.now - c.timedAt
    c.rto.sample(rtt)
    c.minRtt.update(rtt, c.env.now)
  } else if (c.timestamps && segment.tsEcr !== 0) sampleTimestamp(c, segment)
  c.timing = false
}

/** An ACK moves SND.UNA: it may end the timing, or, after a timeout, give the only measure there is. */
export const measureAck = (c: Connection, segment: Segment): void => {
  if (c.timing && seqGeq(segment.ack, c.timedSeq)) {
    c.timing = false
    c.rto.sample(c.env.now - c.timedAt)
  } else if (c.rto.backoff > 0 && c.timestamps && segment.tsEcr !== 0) {
    sampleTimestamp(c, segment)
  }
}

/** The age (ms) of our timestamp that came back; -1 when this connection can have sent no such timestamp. */
export const echoAge = (c: Connection, segment: Segment): number => {
  const age = (c.tsNow - segment.tsEcr) | 0
  return age >= 0 && age <= c.env.now - c.createdAt + 1 ? age : -1
}

/** The round trip by the timestamp that came back (RFC 7323 §4.1): of use when Karn's rule leaves nothing. */
const sampleTimestamp = (c: Connection, segment: Segment): void => {
  const rtt = echoAge(c, segment)
  // Nonsense from a peer must not disturb the timer.
  if (rtt >= 0) c.rto.sample(rtt)
}
