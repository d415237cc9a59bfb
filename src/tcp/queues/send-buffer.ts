import type { Connection } from '../block/connection.ts'
import { affordable } from '../block/memory.ts'

/**
 * Bytes that may wait to be sent or acknowledged: it grows to two congestion windows, one in flight, one to follow it (as
 * Linux does), while there is memory.
 */
export const sendBufferSize = (c: Connection): number => {
  const { sendBuffer, maxSendBuffer } = c.options
  return affordable(c, Math.max(sendBuffer, Math.min(maxSendBuffer, 2 * c.congestion.cwnd)))
}
