/** Losses by counting SACKs, RFC 6675 §4: for those who would not go by RACK's clock. */
import { seqAdd, seqLt } from '../wire/sequence.ts'
import type { Connection } from './connection.ts'
import type { Transmission } from './flight.ts'

/** DupThresh. */
const THRESHOLD = 3

/**
 * IsLost: marks what has three SACKed ranges above it, or more than two segments' worth of SACKed bytes. Each is marked
 * once: a retransmission that is lost as well waits for the timer. After three duplicate ACKs the first is lost anyway.
 */
export const detectBySacks = (c: Connection): void => {
  const { flight, recovery } = c
  let bytes = 0
  let ranges = 0
  for (let t = flight.sacked > 0 ? flight.last : null; t !== null; t = t.previous) {
    if (t.sacked) {
      bytes += t.length
      ranges++
    } else if (!t.lost && (ranges >= THRESHOLD || bytes > (THRESHOLD - 1) * c.snd.mss)) {
      flight.markLost(t)
    }
  }
  const { first } = flight
  const entering = recovery.phase !== 'recovery' && recovery.phase !== 'loss'
  if (recovery.duplicateAcks >= THRESHOLD && entering && first !== null && !first.lost) flight.markLost(first)
}

/** NextSeg (3): a hole below the highest SACK that is not lost by the count, when there is nothing better to send. */
export const nextHole = (c: Connection): Transmission | null => {
  const { flight, recovery } = c
  if (recovery.phase !== 'recovery' || flight.sacked === 0) return null
  for (let t = flight.first; t !== null && seqLt(t.seq, flight.highestSacked); t = t.next)
    if (!t.sacked && !t.lost && !t.retransmitted) return t
  return null
}

/** NextSeg (4): once in a recovery, the highest that is not SACKed, for the tail may be lost too. */
export const rescue = (c: Connection, mss: number): Transmission | null => {
  const { flight, recovery } = c
  if (recovery.phase !== 'recovery' || recovery.rescued) return null
  let t = flight.last
  while (t?.sacked) t = t.previous
  if (t === null || t.retransmitted) return null
  recovery.rescued = true
  return t.length > mss ? flight.split(t, seqAdd(t.end, -mss)) : t
}
