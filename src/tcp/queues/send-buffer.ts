/** The send buffer: the text that a user may have waiting, and the part of it that may wait to be sent. */
import { type Seq, seqDiff } from '../../wire/sequence.ts'
import type { Connection } from '../block/connection.ts'
import type { ConnectionView } from '../block/connection-view.ts'
import { affordable } from '../block/memory.ts'

/**
 * Bytes that may wait to be sent or acknowledged: it grows to two congestion windows, one in flight, one to follow it (as
 * Linux does), while there is memory.
 */
export const sendBufferSize = (c: Connection): number => {
  const { sendBuffer, maxSendBuffer } = c.options
  return affordable(c, Math.max(sendBuffer, Math.min(maxSendBuffer, 2 * c.congestion.cwnd)))
}

/** Bytes of text that wait to be sent for the first time, when all before `from` has been. */
export const unsent = (c: ConnectionView, from: Seq = c.snd.nxt): number =>
  Math.max(0, seqDiff(c.sendEnd, from))

/** The most bytes that may wait to be sent for the first time (notSentLowWater). */
export const mostUnsent = ({ options: { notSentLowWater } }: ConnectionView): number =>
  notSentLowWater === 0 ? Number.POSITIVE_INFINITY : notSentLowWater

/** Bytes that a user may add: of the buffer, and of what may wait to be sent. */
export const roomToSend = (c: Connection): number =>
  Math.max(0, Math.min(sendBufferSize(c) - c.sendQueue.length, mostUnsent(c) - unsent(c)))

/**
 * Returns whether so little waits to be sent that it is worth telling a user who waits for room: less than half of what may
 * (as Linux's tcp_stream_memory_free() has it).
 */
export const fewUnsent = (c: ConnectionView, from: Seq = c.snd.nxt): boolean =>
  2 * unsent(c, from) < mostUnsent(c)
