/** shutdown(2) and close(2). */
import * as calls from '../tcp/calls.ts'
import { Call, success } from './call.ts'
import { SHUT_RD, SHUT_WR } from './constants.ts'
import type { Errno } from './errno.ts'
import type { StreamSocket } from './stream-socket.ts'

export const shutdown = (s: StreamSocket, how: number): Errno | null => {
  const c = s.connection
  if (s.listener !== null && how !== SHUT_WR) {
    s.listener.close()
    s.listener = null
    s.changed()
    return null
  }
  if (c === null || s.over) return 'ENOTCONN'
  if (how !== SHUT_WR) s.readShut = true
  if (how !== SHUT_RD) {
    s.writeShut = true
    calls.close(c)
  }
  s.changed()
  return null
}

/** As close(2): with SO_LINGER and 0 s it resets; with more it waits for the end. */
export const close = (s: StreamSocket): Call<void> => {
  s.closed = true
  s.listener?.close()
  s.listener = null
  const c = s.connection
  if (c === null || s.over) return Call.done<void>(success(undefined))
  if (s.linger === 0) {
    calls.abort(c)
    return Call.done<void>(success(undefined))
  }
  calls.release(c)
  if (s.linger === null || s.nonBlocking) return Call.done<void>(success(undefined))
  const call = s.block(true, s.linger * 1000, () => (s.over || c.finAcked ? success(undefined) : null))
  const told = new Call<void>()
  // Time that is over ends the waiting, not the closing.
  call.whenDone(() => told.finish(success(undefined)))
  return told
}
