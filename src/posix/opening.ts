/** connect(2), listen(2) and accept(2), with fast open. */

import type { ConnectionView as Connection } from '../tcp/block/connection-view.ts'
import { abort, acknowledgeAtOnce, setUser } from '../tcp/calls.ts'
import { isMapped, isUnspecified, unmapped } from '../wire/address.ts'
import { copyOf } from '../wire/bytes.ts'
import { Call, failure, type Result, success } from './call.ts'
import { MSG_FASTOPEN } from './constants.ts'
import type { Errno } from './errno.ts'
import { cookieByKey, FAST_OPEN_KEY } from './fast-open-key.ts'
import { errnoOf, type SocketAddress, type StreamSocket } from './stream-socket.ts'
import { send } from './transfer.ts'

/** Bits of {@link SocketPolicy.fastOpen}. */
export const FAST_OPEN_CLIENT = 1
const FAST_OPEN_SERVER = 2
const FAST_OPEN_UNASKED = 4
const FAST_OPEN_WITHOUT_COOKIES = 0x200
const FAST_OPEN_LISTENERS = 0x400

export const connect = (s: StreamSocket, to: SocketAddress): Call<void> => {
  if (s.listener !== null) return Call.failed('EISCONN')
  const c = s.connection
  if (c === null && s.later !== null) return Call.failed('EISCONN')
  if (c === null && s.connectsLater && s.host.fastOpens.knows(s.host, unmapped(to.address))) {
    s.later = to
    return Call.done<void>(success(undefined))
  }
  if (c === null) {
    const begun = open(s, to)
    if (begun !== null) return Call.failed(begun)
    if (s.nonBlocking) return Call.failed('EINPROGRESS')
  } else if (!s.connecting || (s.openedWithText && c.synchronized && !s.over)) {
    return Call.failed(s.over ? (s.takeError() ?? 'ECONNABORTED') : 'EISCONN')
  } else if (s.nonBlocking && !s.over && !c.synchronized) {
    return Call.failed('EALREADY')
  }
  return s.block(true, s.remembered.get('SO_SNDTIMEO') ?? 0, () => connected(s))
}

const connected = (s: StreamSocket): Result<void> | null => {
  if (s.over) {
    s.connecting = false
    return failure(s.takeError() ?? 'ECONNABORTED')
  }
  if (!s.connection!.synchronized) return null
  s.connecting = false
  return success(undefined)
}

/**
 * As connect(2) to AF_UNSPEC: the connection is given up with a reset (where the peer knows of it), a listener closes,
 * and the socket may open another. Its options and its address stay.
 */
export const disconnect = (s: StreamSocket): Call<void> => {
  s.listener?.close()
  s.listener = null
  const c = s.connection
  // The last calls of the connection that goes concern nobody.
  if (c !== null && !s.over) {
    setUser(c, null)
    abort(c)
  }
  s.disconnected()
  return Call.done<void>(success(undefined))
}

/**
 * As sendto(2) with MSG_FASTOPEN: opens the connection with as much of `data` on the SYN as the server's cookie allows.
 * Says how much was taken.
 */
export const openWith = (
  s: StreamSocket,
  to: SocketAddress,
  data: Uint8Array,
  flags: number,
): Call<number> => {
  if (s.listener !== null) return Call.failed('EISCONN')
  if (s.connection !== null) {
    if (!s.over && s.connecting && !s.connection.synchronized) return Call.failed('EALREADY')
    return send(s, data, flags & ~MSG_FASTOPEN)
  }
  if (!(s.policy.fastOpen & FAST_OPEN_CLIENT)) return Call.failed('EOPNOTSUPP')
  s.openedWithText = true
  const begun = open(s, to, copyOf(data))
  if (begun !== null) return Call.failed(begun)
  const c = s.connection!
  const taken = c.fastOpen?.text ?? 0
  c.sendQueue.keep(taken)
  c.sendQueue.markPushed()
  // Without a cookie it is a connect(2), and the text waits for its end.
  if (!s.waits(flags)) return taken > 0 ? Call.done(success(taken)) : Call.failed('EINPROGRESS')
  const call = new Call<number>()
  s.block(true, 0, () => connected(s)).whenDone(result => {
    if (!result.ok) {
      call.finish(result)
      return
    }
    // A sender that has more to say lets the ACKs ride on it (as Linux does).
    if (taken < data.length) acknowledgeAtOnce(c, 0)
    send(s, data.subarray(taken), flags & ~MSG_FASTOPEN).whenDone(rest =>
      call.finish(rest.ok ? success(taken + rest.value) : rest),
    )
  })
  return call
}

/** Sends text to the destination that connect(2) has noted (TCP_FASTOPEN_CONNECT). */
export const sendTo = (s: StreamSocket, data: Uint8Array, flags: number): Call<number> => {
  const { later } = s
  if (later === null || s.connection !== null) return send(s, data, flags)
  s.later = null
  return openWith(s, later, data, flags)
}

const open = (s: StreamSocket, to: SocketAddress, data: Uint8Array | null = null): Errno | null => {
  const refused = s.refuses(to)
  if (refused !== null) return refused
  if (s.ipv6Only && isMapped(to.address)) return 'ENETUNREACH'
  try {
    s.connection = s.host.connect(to.address, to.port, s.user, {
      options: {
        ...s.options,
        fastOpen: (s.policy.fastOpen & FAST_OPEN_CLIENT) !== 0 && (data !== null || s.connectsLater),
        fastOpenUnasked: (s.policy.fastOpen & FAST_OPEN_UNASKED) !== 0,
      },
      ...(data === null ? {} : { data }),
      ...(s.bound === null ? {} : { localPort: s.bound.port }),
      ...(s.bound === null || isUnspecified(s.bound.address) ? {} : { localAddress: s.bound.address }),
    })
    s.connecting = true
    return null
  } catch (error) {
    return errnoOf(error)
  }
}

export const listen = (s: StreamSocket, backlog: number): Errno | null => {
  if (s.connection !== null) return 'EINVAL'
  if (s.listener !== null) return null
  const { fastOpen } = s.policy
  const asked = s.options.fastOpen === true || (fastOpen & FAST_OPEN_LISTENERS) !== 0
  s.options = {
    ...s.options,
    fastOpen: asked && (fastOpen & FAST_OPEN_SERVER) !== 0,
    fastOpenCookies: (fastOpen & FAST_OPEN_WITHOUT_COOKIES) === 0,
  }
  try {
    s.listener = s.host.listen(
      unmapped(s.bound?.address ?? s.any),
      s.bound?.port ?? 0,
      { acceptable: () => s.changed() },
      {
        backlog: Math.max(1, backlog + 1),
        options: s.options,
        ipv6Only: s.ipv6Only,
        reuseAddress: s.remembered.get('SO_REUSEADDR') === 1,
      },
    )
    giveKey(s)
    s.bound = s.told(s.listener.localAddress, s.listener.localPort)
    return null
  } catch (error) {
    return errnoOf(error)
  }
}

/** Sets the key of fast open's cookies for this listener alone: 16 bytes. */
export const setFastOpenKey = (s: StreamSocket, key: Uint8Array): Errno | null => {
  if (key.length !== FAST_OPEN_KEY) return 'EINVAL'
  s.fastOpenKey = copyOf(key)
  giveKey(s)
  return null
}

const giveKey = (s: StreamSocket): void => {
  if (s.listener === null || s.fastOpenKey === null) return
  s.listener.fastOpenCookies = s.host.fastOpens.cookies.derived(cookieByKey(s.fastOpenKey))
}

/** The connection that has waited longest; blocks until there is one. */
export const accept = (s: StreamSocket): Call<Connection> => {
  if (s.listener === null) return Call.failed('EINVAL')
  return s.block(!s.nonBlocking, s.remembered.get('SO_RCVTIMEO') ?? 0, () => {
    if (s.listener === null) return failure('EINVAL')
    const c = s.listener.accept()
    return c === null ? null : success<Connection>(c)
  })
}

/** The socket stands for the connection that accept(2) has taken. */
export const adopt = (s: StreamSocket, c: Connection): void => {
  s.connection = c
  setUser(c, s.user)
  // A reset may have come first; then it is as if it had never been (LISTEN).
  if (c.state === 'CLOSED' || c.state === 'TIME_WAIT' || c.state === 'LISTEN') s.ended(c.error)
}
