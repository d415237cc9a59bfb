/** poll(2)'s bits of a socket. */
import { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLPRI, POLLRDHUP } from './constants.ts'
import type { StreamSocket } from './stream-socket.ts'
import { hasUrgent, maySend, readableBytes, writable } from './transfer.ts'

/** POLL… bits that are on, of all that there are. */
export const readiness = (s: StreamSocket): number => {
  if (s.listener !== null) return s.listener.acceptQueue.size > 0 ? POLLIN : 0
  const c = s.connection
  // A destination that is noted for the first text (TCP_FASTOPEN_CONNECT) waits for that.
  if (c === null) return s.later === null ? POLLOUT | POLLHUP : POLLOUT
  let bits = 0
  const readEnd = s.readShut || c.finReceived || s.over
  if (s.hasError) bits |= POLLERR
  if (s.over || (readEnd && s.writeShut)) bits |= POLLHUP
  if (readEnd) bits |= POLLIN | POLLRDHUP
  if (readableBytes(s) > 0) bits |= POLLIN
  if (hasUrgent(s, c)) bits |= POLLPRI
  if (s.over || s.writeShut) bits |= POLLOUT
  else if (maySend(c) && writable(s, c)) bits |= POLLOUT
  return bits
}
