import type { AckSample } from './controller.ts'

/** L of RFC 3465 §2.3: segments by which one ACK may grow the window in slow start, and after a timeout. */
const LIMIT = 2
const LIMIT_AFTER_TIMEOUT = 1

/**
 * Bytes by which an ACK lets the window grow in slow start: never more than it acknowledges, against ACK division. The limit
 * of RFC 3465 §2.3 is there against bursts, and against ACKs after a timeout for what had left the network long before. A
 * sender that paces has no bursts (RFC 9406 §4.3: L is infinite), and with SACK it is known what has left the network now.
 * (Linux counts what is delivered, without a limit.)
 */
export const slowStartGrowth = (sample: AckSample, mss: number, paced: boolean): number => {
  if (paced && sample.sack) return Math.min(sample.acked, sample.delivered)
  if (sample.afterTimeout) return Math.min(sample.acked, LIMIT_AFTER_TIMEOUT * mss)
  return paced ? sample.acked : Math.min(sample.acked, LIMIT * mss)
}
