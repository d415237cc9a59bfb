/** recv(2) and send(2), urgent data included. */

import { joinedBytes } from '../base/joined-bytes.ts'
import type { ConnectionView as Connection } from '../tcp/block/connection-view.ts'
import * as calls from '../tcp/calls.ts'
import { fewUnsent } from '../tcp/queues/send-buffer.ts'
import { copyOf } from '../wire/bytes.ts'
import { Call, failure, type Result, success } from './call.ts'
import { MSG_EOR, MSG_MORE, MSG_OOB, MSG_PEEK, MSG_WAITALL } from './constants.ts'
import type { Errno } from './errno.ts'
import { isWritable, linuxSendSpace } from './linux-send-space.ts'
import type { StreamSocket } from './stream-socket.ts'

const NOTHING = new Uint8Array(0)

// Receiving

/** As recv(2): the next bytes, at most `length`; none at the end. A read ends before the urgent octet (RFC 9293 MUST-33). */
export const receive = (s: StreamSocket, length: number, flags = 0): Call<Uint8Array> => {
  // Nothing comes before the first text has opened the connection that connect(2) has put off.
  if (s.connection === null && s.later === null) return Call.failed('ENOTCONN')
  if (flags & MSG_OOB)
    return s.connection === null ? Call.failed('EINVAL') : Call.done(receiveUrgent(s, s.connection, flags))
  const timeout = s.remembered.get('SO_RCVTIMEO') ?? 0
  const parts: Uint8Array[] = []
  let taken = 0
  return s.block(s.waits(flags), timeout, () => {
    const c = s.connection
    if (c === null) return null
    if (flags & MSG_PEEK) return peek(s, c, length)
    let stopped = false
    while (taken < length && !stopped) {
      const beforeUrgent = bytesBeforeUrgent(c)
      if (beforeUrgent === 0 && taken > 0) stopped = true
      else {
        if (beforeUrgent === 0) passUrgent(s, c)
        const limit = beforeUrgent > 0 ? Math.min(beforeUrgent, length - taken) : length - taken
        const part = calls.receive(c, limit)
        if (part === null) break
        parts.push(part)
        taken += part.length
      }
    }
    if (taken === length || (taken > 0 && (stopped || !(flags & MSG_WAITALL)))) return success(joined(parts))
    if (taken > 0 && atEnd(s, c)) return success(joined(parts))
    if (length === 0) return success(NOTHING)
    return nothingToRead(s, c)
  })
}

/** Bytes that can be read before the urgent octet; Infinity without one ahead. */
const bytesBeforeUrgent = (c: Connection): number => {
  const pending = calls.urgentPending(c)
  return pending === 0 ? Number.POSITIVE_INFINITY : pending - 1
}

/** A read that begins at the urgent octet goes on behind it; the octet itself is in the line with SO_OOBINLINE only. */
const passUrgent = (s: StreamSocket, c: Connection): void => {
  if (s.remembered.get('SO_OOBINLINE') === 1 || c.receiveQueue.length === 0) return
  s.urgentRead = c.rcv.up
  calls.receive(c, 1)
}

/** recv(2) with MSG_OOB: the urgent octet, out of the line. It comes once. */
const receiveUrgent = (s: StreamSocket, c: Connection, flags: number): Result<Uint8Array> => {
  const pending = calls.urgentPending(c)
  if (s.remembered.get('SO_OOBINLINE') === 1 || pending === 0 || s.urgentRead === c.rcv.up)
    return failure('EINVAL')
  if (c.receiveQueue.length < pending) return s.over || c.finReceived ? success(NOTHING) : failure('EAGAIN')
  const octet = c.receiveQueue.peek(pending).slice(-1)
  if (!(flags & MSG_PEEK)) s.urgentRead = c.rcv.up
  return success(octet)
}

const peek = (s: StreamSocket, c: Connection, length: number): Result<Uint8Array> | null => {
  const part = c.receiveQueue.peek(Math.min(length, Math.max(1, bytesBeforeUrgent(c))))
  return part.length > 0 ? success(part) : nothingToRead(s, c)
}

const atEnd = (s: StreamSocket, c: Connection): boolean => c.finReceived || s.readShut || s.over

const nothingToRead = (s: StreamSocket, c: Connection): Result<Uint8Array> | null => {
  if (c.finReceived) return success(NOTHING)
  const error = s.takeError()
  if (error !== null) return failure(error)
  if (s.over || s.readShut) return success(NOTHING)
  return null
}

/** Bytes that can be read (SIOCINQ): up to the urgent octet, unless that is in the line. */
export const readableBytes = (s: StreamSocket): number => {
  const c = s.connection
  if (c === null) return 0
  const { length } = c.receiveQueue
  const before = bytesBeforeUrgent(c)
  return s.remembered.get('SO_OOBINLINE') === 1 || before === 0 ? length : Math.min(length, before)
}

/** Returns whether the next octet to be read is the urgent one (SIOCATMARK). */
export const atMark = (s: StreamSocket): boolean =>
  s.connection !== null && calls.urgentPending(s.connection) === 1

/** Returns whether there is an urgent octet that MSG_OOB has not read (POLLPRI). */
export const hasUrgent = (s: StreamSocket, c: Connection): boolean =>
  calls.urgentPending(c) > 0 && s.urgentRead !== c.rcv.up

// Sending

/**
 * As send(2): how many bytes were taken. Blocking, it takes all. With MSG_OOB the last octet is urgent, with MSG_EOR it ends
 * a record.
 */
export const send = (s: StreamSocket, data: Uint8Array, flags = 0): Call<number> => {
  let taken = 0
  const waits = s.waits(flags)
  return s.block(waits, s.remembered.get('SO_SNDTIMEO') ?? 0, () => {
    const problem = sendProblem(s)
    if (problem !== null) return taken > 0 ? success(taken) : failure(problem)
    const c = s.connection!
    // Nobody says how much a peer that has not answered yet will take.
    if (!maySend(c)) return null
    const room = Math.min(sendRoom(s), data.length - taken)
    if (room > 0 || data.length === 0) {
      const part = copyOf(data, taken, taken + room)
      taken += room
      if (part.length > 0) push(c, part, flags, taken === data.length)
    }
    s.full = taken < data.length
    if (s.full) s.shortages++
    if (taken === data.length || (!waits && taken > 0)) return success(taken)
    return null
  })
}

const push = (c: Connection, part: Uint8Array, flags: number, last: boolean): void => {
  if (last && flags & MSG_OOB) calls.sendUrgent(c, part)
  else if (last && flags & MSG_EOR) calls.sendRecord(c, part)
  else calls.send(c, part, last && (flags & MSG_MORE) !== 0)
}

/** Bytes that a call may send now. */
export const sendRoom = (s: StreamSocket): number => {
  const c = s.connection
  if (c === null) return 0
  if (!s.policy.linuxBuffers) return calls.sendRoom(c)
  const buffer = sendBuffer(s, c)
  if (s.full && !isWritable(c, buffer)) return 0
  return linuxSendSpace(c, buffer)
}

/** Returns whether there is so much room that a writer is told of it (POLLOUT). */
export const writable = (s: StreamSocket, c: Connection): boolean =>
  s.policy.linuxBuffers ? isWritable(c, sendBuffer(s, c)) : calls.sendRoom(c) > 0 && fewUnsent(c)

/** SO_SNDBUF as it was set, doubled, or as it grows with the window. */
const sendBuffer = (s: StreamSocket, c: Connection): number => {
  const set = s.remembered.get('SO_SNDBUF')
  if (set !== undefined) return set
  const { sendBuffer, maxSendBuffer } = c.options
  return Math.max(sendBuffer, Math.min(maxSendBuffer, 4 * c.congestion.cwnd))
}

const sendProblem = (s: StreamSocket): Errno | null => {
  if (s.hasError) return s.takeError()
  return s.writeShut || s.over || s.connection === null ? 'EPIPE' : null
}

/** Also before the handshake is over, where the text of the SYN was taken (RFC 7413 §4.2.2). */
export const maySend = (c: Connection): boolean => c.synchronized || (c.fastOpen?.opened ?? false)

const joined = (parts: readonly Uint8Array[]): Uint8Array =>
  parts.length === 1 ? parts[0]! : joinedBytes(parts)
