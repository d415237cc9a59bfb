/**
 * Sequence-number arithmetic, RFC 9293 §3.4: modulo 2^32, kept as int32 so that numbers stay small
 * integers in V8. Every function is total: any two int32 have an answer.
 */

/** A sequence number as int32 (`x | 0`). */
export type Seq = number

/** `a - b` modulo 2^32, as a signed distance: negative when `a` is before `b`. */
export const seqDiff = (a: Seq, b: Seq): number => (a - b) | 0
export const seqAdd = (a: Seq, n: number): Seq => (a + n) | 0
export const seqLt = (a: Seq, b: Seq): boolean => ((a - b) | 0) < 0
export const seqLeq = (a: Seq, b: Seq): boolean => ((a - b) | 0) <= 0
export const seqGt = (a: Seq, b: Seq): boolean => ((a - b) | 0) > 0
export const seqGeq = (a: Seq, b: Seq): boolean => ((a - b) | 0) >= 0
export const seqMax = (a: Seq, b: Seq): Seq => (((a - b) | 0) >= 0 ? a : b)
export const seqMin = (a: Seq, b: Seq): Seq => (((a - b) | 0) <= 0 ? a : b)
