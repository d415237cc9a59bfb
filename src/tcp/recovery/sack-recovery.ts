/** Losses by counting SACKs, RFC 6675 §4: for those who would not go by RACK's clock. */
import { type Seq, seqAdd, seqGt, seqLt } from '../../wire/sequence.ts'
import type { Connection } from '../block/connection.ts'
import { DUPLICATE_THRESHOLD } from '../block/recovery-state.ts'
import type { Transmission } from '../flight/transmission.ts'
import type { LossRecovery } from './loss-recovery.ts'
import { reduceWindow } from './proportional-window.ts'

/** Transmissions that one ACK finds lost, at most: the next one goes on. */
const MOST_AT_ONCE = 256

/**
 * IsLost: marks what has three SACKed ranges above it, or more than two segments' worth of SACKed bytes. Each is marked
 * once: a retransmission that is lost as well waits for the timer. After three duplicate ACKs the first is lost anyway.
 */
const detectBySacks = (c: Connection): boolean => {
  const { flight, recovery } = c
  const { first, lost } = flight
  if (flight.sacked > 0) markBelow(c, lossEdge(c))
  const entering = recovery.phase !== 'recovery' && recovery.phase !== 'loss'
  if (recovery.duplicateAcks >= DUPLICATE_THRESHOLD && entering && first !== null && !first.lost)
    flight.markLost(first)
  return flight.lost > lost
}

/** Everything below this that is not SACKed is lost by the count; SND.UNA when nothing is. */
const lossEdge = (c: Connection): Seq => {
  const { flight } = c
  let bytes = 0
  let ranges = 0
  for (let t = flight.find(seqAdd(flight.highestSacked, -1)); t !== null; t = flight.sackedBelow(t)) {
    bytes += t.length
    ranges++
    if (ranges >= DUPLICATE_THRESHOLD || bytes > (DUPLICATE_THRESHOLD - 1) * c.snd.mss) return t.seq
  }
  return c.snd.una
}

const markBelow = (c: Connection, edge: Seq): void => {
  const { flight } = c
  let found = 0
  let t = flight.find(flight.countedTo)
  for (; t !== null && seqLt(t.seq, edge) && found < MOST_AT_ONCE; t = t.next) {
    if (t.sacked || t.lost) continue
    flight.markLost(t)
    found++
  }
  if (t !== null && seqGt(t.seq, flight.countedTo)) c.ownFlight().countedTo = t.seq
}

/** NextSeg (3): a hole below the highest SACK that is not lost by the count, when there is nothing better to send. */
const nextHole = (c: Connection): Transmission | null => {
  const { flight } = c
  if (flight.sacked === 0) return null
  let t = flight.find(flight.filledTo)
  while (t !== null && seqLt(t.seq, flight.highestSacked) && (t.sacked || t.lost || t.retransmitted))
    t = t.next
  if (t !== null && seqGt(t.seq, flight.filledTo)) c.ownFlight().filledTo = t.seq
  return t !== null && seqLt(t.seq, flight.highestSacked) ? t : null
}

/** NextSeg (4): once in a recovery, the highest that is not SACKed, for the tail may be lost too. */
const rescue = (c: Connection, mss: number): Transmission | null => {
  const { flight, recovery } = c
  if (recovery.rescued) return null
  let t = flight.last
  while (t?.sacked) t = t.previous
  if (t === null || t.retransmitted) return null
  c.ownRecovery().rescued = true
  return t.length > mss ? flight.split(t, seqAdd(t.end, -mss)) : t
}

export const sackRecovery: LossRecovery = {
  cause: 'SACK',

  delivered: (_, ack) => ack.delivered,

  detect(c, ack) {
    if (ack.sacked > 0) c.ownRecovery().duplicateAcks++
    return detectBySacks(c)
  },

  entered() {},

  partialAck: () => true,

  adjustWindow: reduceWindow,

  finalWindow: c => c.congestion.ssthresh,

  timedOut(c) {
    c.flight.timedOut(Number.POSITIVE_INFINITY)
  },

  nextHole(c, mss) {
    const hole = nextHole(c)
    if (hole === null) return rescue(c, mss)
    // Once is enough, even if the count should find it lost after all (HighRxt).
    c.flight.markLost(hole)
    return hole
  },
}
