/** The user's calls, RFC 9293 §3.10.1 to §3.10.6. */
import type { Connection } from './block/connection.ts'
import type { ConnectionUser } from './block/connection-user.ts'
import { blockOf, type ConnectionView } from './block/connection-view.ts'
import { TcpError } from './block/error.ts'
import { account } from './block/memory.ts'
import { type TcpOptions, tcpOptions } from './block/options.ts'
import { ACK_NOW } from './block/packed-flags.ts'
import { markUrgent, urgentRead } from './block/urgent.ts'
import { changeCongestionControl } from './congestion/change-congestion-control.ts'
import { fail, sendReset } from './ending.ts'
import { windowUpdateDue } from './queues/receive-window.ts'
import { roomToSend, sendBufferSize } from './queues/send-buffer.ts'
import { armTimeout, somethingToSend } from './recovery/retransmit-timer.ts'
import { ackNow } from './send/acknowledgment.ts'
import { sendAck, sendSyn } from './send/emit.ts'
import { armFinWait2 } from './send/fin-wait-2-timeout.ts'
import { armKeepAlive } from './send/keep-alive.ts'
import { advertiseMss } from './send/mss.ts'
import { output } from './send/output.ts'

export { urgentPending } from './block/urgent.ts'

/** Active OPEN (§3.10.1): sends a SYN. `data` is the first to be sent, on the SYN itself with fast open (RFC 7413). */
export const open = (c: Connection, user: ConnectionUser, data: Uint8Array | null = null): void => {
  c.user = user
  advertiseMss(c)
  if (data !== null) {
    c.sendQueue.push(data)
    c.sendQueue.markPushed()
  }
  c.transition('active OPEN', 'call')
  c.progressAt = c.env.now
  sendSyn(c, 'SYN')
  armTimeout(c)
}

/** The send buffer as it is now: bytes that may wait to be sent or acknowledged. */
export const sendBuffer = (c: ConnectionView): number => sendBufferSize(blockOf(c))

/** Bytes that {@link send} would take without going beyond the send buffer, or beyond what may wait to be sent. */
export const sendRoom = (c: ConnectionView): number => roomToSend(blockOf(c))

/** Returns whether {@link send} takes anything: the user has not called CLOSE, and the connection has not ended. */
export const maySend = (c: ConnectionView): boolean =>
  c.state !== 'CLOSED' && c.state !== 'TIME_WAIT' && !c.finQueued

/**
 * SEND (§3.10.2): queues `data`, which must not change until it is acknowledged (the user's `writable` tells of
 * progress; `unacknowledged` of what is left). It takes all of it whatever the send buffer: whoever respects
 * {@link sendRoom} has back pressure. Data sent before the connection is established follows the handshake. With `more`
 * it is not pushed: a small rest waits for the next call, until an ACK comes or the time for a small window is over
 * (as Linux's MSG_MORE).
 * @throws TcpError EPIPE after CLOSE or the end of the connection (with the reason it ended, if there was one)
 */
export const send = (view: ConnectionView, data: Uint8Array, more = false): void => {
  const c = blockOf(view)
  c.env.recorder?.call(more ? 'sendMore' : 'send', c, data)
  queue(c, data, more)
}

/**
 * A SEND whose last octet ends a record (as Linux's MSG_EOR): what is sent later shares no segment with it, also when it
 * is sent again. A receiver sees one stream all the same.
 */
export const sendRecord = (view: ConnectionView, data: Uint8Array): void => {
  const c = blockOf(view)
  c.env.recorder?.call('sendRecord', c, data)
  queue(c, data, false)
  c.sendQueue.endRecord()
}

const queue = (c: Connection, data: Uint8Array, more: boolean): void => {
  if (!maySend(c)) throw new TcpError(c.error ?? 'EPIPE', 'write')
  beginToWait(c)
  c.resting = false
  c.sendQueue.push(data)
  c.holding = more
  if (!more) c.sendQueue.markPushed()
  account(c)
  c.wake()
}

/** The user timeout counts from when there is something to deliver: into a shut window it may not leave for long. */
const beginToWait = (c: Connection): void => {
  if (c.allAcked && c.sendQueue.length === 0) c.progressAt = c.env.now
}

/** Tells another user of what happens to the connection from now on; null: nobody. */
export const setUser = (view: ConnectionView, user: ConnectionUser | null): void => {
  blockOf(view).user = user
}

/** So many segments from now on are acknowledged at once (the option quickAcks, anew). */
export const acknowledgeAtOnce = (view: ConnectionView, segments: number): void => {
  const c = blockOf(view)
  c.pingPong = segments === 0
  c.quickAcks = Math.max(c.quickAcks, segments)
}

/** An urgent SEND: marks the end of what is queued, `data` included, as urgent (UC-11). Not for new programs. */
export const sendUrgent = (view: ConnectionView, data: Uint8Array): void => {
  const c = blockOf(view)
  c.env.recorder?.call('sendUrgent', c, data)
  queue(c, data, false)
  markUrgent(c)
}

/**
 * A user that copies what it sends tells how many bytes of memory the copies take until they are acknowledged: for as
 * long as something is not. Without, what was sent counts as much as it is long.
 */
export const keepsForSending = (view: ConnectionView, bytes: number): void => {
  const c = blockOf(view)
  c.env.recorder?.call('keepsForSending', c, bytes)
  c.sendQueue.keeps(bytes)
}

/** Bytes given to {@link send} that the peer has not acknowledged. */
export const unacknowledged = (c: ConnectionView): number => c.sendQueue.length

/**
 * RECEIVE (§3.10.3): the next bytes in order, or null when there are none. After all of them `finReceived` tells
 * whether the peer has closed. The bytes are the caller's. At most `limit` of them come at once.
 */
export const receive = (view: ConnectionView, limit = Number.POSITIVE_INFINITY): Uint8Array | null => {
  const c = blockOf(view)
  if (c.receiveQueue.length > 0) c.env.recorder?.call('receive', c, limit)
  const chunk = c.receiveQueue.shift(limit)
  if (chunk !== null) taken(c, chunk.length)
  return chunk
}

/**
 * RECEIVE into memory of the user's: copies the next bytes in order, as many as there are and `target` has room for.
 * Returns how many.
 */
export const receiveInto = (view: ConnectionView, target: Uint8Array): number => {
  const c = blockOf(view)
  if (c.receiveQueue.length > 0) c.env.recorder?.call('receiveInto', c, target.length)
  const bytes = c.receiveQueue.read(target)
  if (bytes > 0) taken(c, bytes)
  return bytes
}

/**
 * Keeps what has come in this beat for a user who receives it soon, when the link's memory is no longer there: large text
 * with the memory that it lies in, the rest as one copy in memory of `allocate`.
 */
export const retain = (view: ConnectionView, allocate: (bytes: number) => Uint8Array): void => {
  const c = blockOf(view)
  if (!c.receiveQueue.borrows) return
  c.env.recorder?.call('retain', c, null)
  c.receiveQueue.settle(allocate, true)
}

/** The user receives nothing more for now: what was kept for it by {@link retain} must hold on to nobody else's memory. */
export const putAside = (view: ConnectionView): void => {
  const c = blockOf(view)
  if (c.receiveQueue.length === 0) return
  c.env.recorder?.call('putAside', c, null)
  c.receiveQueue.moveOut(c.env.allocate)
}

/** RECEIVE of bytes that nobody wants to see: takes all there are, and returns how many. */
export const skip = (view: ConnectionView): number => {
  const c = blockOf(view)
  const bytes = c.receiveQueue.length
  if (bytes === 0) return 0
  c.env.recorder?.call('receiveInto', c, bytes)
  c.receiveQueue.skip()
  taken(c, bytes)
  return bytes
}

/** The user has taken `bytes` from the queue. */
const taken = (c: Connection, bytes: number): void => {
  c.taken()
  account(c)
  c.ownReceiveBuffer().read(c, bytes)
  urgentRead(c)
  if (c.synchronized && c.state !== 'TIME_WAIT' && !c.finReceived && windowUpdateDue(c))
    ackNow(c, 'window update')
}

/**
 * CLOSE (§3.10.4): no more will be sent; a FIN follows what is queued. Receiving goes on (half-close). A second
 * call does nothing.
 */
export const close = (view: ConnectionView): void => {
  const c = blockOf(view)
  c.env.recorder?.call('close', c, null)
  closeSending(c)
}

const closeSending = (c: Connection): void => {
  switch (c.state) {
    case 'SYN_SENT':
      fail(c, 'CLOSE', 'call', null)
      return
    case 'SYN_RECEIVED':
      c.finQueued = true
      // With data queued it waits for ESTABLISHED (UC-18); the handshake's end looks after it.
      if (c.sendQueue.length === 0) c.transition('CLOSE', 'call')
      break
    case 'ESTABLISHED':
    case 'CLOSE_WAIT':
      if (c.finQueued) return
      beginToWait(c)
      c.resting = false
      c.finQueued = true
      c.transition('CLOSE', 'call')
      break
    default:
      return
  }
  c.wake()
}

/**
 * Lets go of the connection for good: nobody will read or send any more (what close(2) does). With unread data
 * it is reset (SHLD-3), otherwise closed in order; the stack finishes it alone.
 */
export const release = (view: ConnectionView): void => {
  const c = blockOf(view)
  c.env.recorder?.call('release', c, null)
  c.orphaned = true
  if (c.state === 'CLOSED' || c.state === 'TIME_WAIT' || c.state === 'LISTEN') return
  // The text of a SYN may be there before the handshake is over (RFC 7413 §4.2.2).
  if (c.receiveQueue.length > 0 && (c.synchronized || c.fastOpen?.opened)) {
    // ABORT sends none in these two (§3.10.5), but here text is lost, of which the peer should hear (as Linux does).
    if (c.state === 'CLOSING' || c.state === 'LAST_ACK') sendReset(c)
    reset(c)
    return
  }
  const opening = c.state === 'SYN_SENT'
  closeSending(c)
  if (opening) return
  armFinWait2(c)
  c.env.orphaned(c)
}

/** ABORT (§3.10.5): a RST where the peer knows of us, and the connection is gone. */
export const abort = (view: ConnectionView): void => {
  const c = blockOf(view)
  c.env.recorder?.call('abort', c, null)
  reset(c)
}

const reset = (c: Connection): void => {
  // What was sent in the same turn leaves before, as with Linux, where it has left when the call returns. (Nothing is to follow
  // for which Nagle would wait.)
  if (c.awake && somethingToSend(c)) {
    c.flushing = true
    output(c)
  }
  c.orphaned = true
  c.receiveQueue.clear()
  c.taken()
  switch (c.state) {
    case 'CLOSED':
    case 'LISTEN':
      return
    case 'TIME_WAIT':
      c.env.abortTimeWait(c)
      return
    case 'SYN_RECEIVED':
    case 'ESTABLISHED':
    case 'FIN_WAIT_1':
    case 'FIN_WAIT_2':
    case 'CLOSE_WAIT':
      // A peer still in SYN-RECEIVED would take the reset for a refusal, and its user never hear of us.
      if (c.ackReason === 'ack of SYN' && c.ackDue === ACK_NOW) sendAck(c, 'ack of SYN')
      sendReset(c)
      break
  }
  fail(c, 'ABORT', 'call', null)
}

/**
 * Changes options of this connection alone (MUST-17, MUST-21, MUST-24, MUST-48, …).
 * @throws RangeError for an unknown option, or a value out of its bounds
 */
export const configure = (view: ConnectionView, given: Partial<TcpOptions>): void => {
  const c = blockOf(view)
  c.env.recorder?.call('configure', c, given)
  const before = c.options
  c.options = tcpOptions(given, before)
  // Text held back for company leaves now (as Linux does).
  if (given.noDelay === true) c.flushing = true
  if (given.corked === false || given.noDelay === true) c.holding = false
  if (c.options.congestionControl !== before.congestionControl) changeCongestionControl(c)
  if (given.receiveBuffer !== undefined) c.ownReceiveBuffer().size = c.options.receiveBuffer
  if (c.options.keepAlive !== before.keepAlive || c.options.keepAliveIdle !== before.keepAliveIdle)
    armKeepAlive(c)
  // RFC 5482 §3: the peer hears of each change.
  if (
    c.options.userTimeoutOption &&
    (!before.userTimeoutOption ||
      c.options.userTimeout !== before.userTimeout ||
      c.options.advertisedUserTimeout !== before.advertisedUserTimeout)
  )
    c.userTimeoutDue = true
  if (
    (c.options.userTimeout !== before.userTimeout ||
      c.options.userTimeoutOption !== before.userTimeoutOption ||
      c.options.userTimeoutChangeable !== before.userTimeoutChangeable) &&
    c.retransmitTimer.armed &&
    c.retransmitTimer.kind === 'retransmission'
  )
    armTimeout(c)
  c.wake()
}
