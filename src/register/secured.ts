/**
 * TLS over a socket whose handle is exchanged before it is connected. TLS has hold of a handle in C++ and cannot be given
 * another; so TLS over somebody's socket uses that as a stream until its handle is there to stay, and a TLS socket that
 * connects by itself begins anew over the other handle, told everything that it was told before.
 */
import net from 'node:net'
import tls from 'node:tls'
import type { StreamSocket as Around } from '../net/js-stream.ts'
import type { Receiver } from '../net/native-reader.ts'
import { sessionReceiver } from '../net/session-handle.ts'
import { StreamSocket } from './js-stream.ts'
import { insideOf, insideOfTls, type NodeHandle, reinitialize } from './node-inside.ts'

/**
 * Handles that their sockets may give up for others before they are connected, and what has a socket exchange it for one that is
 * there to stay.
 */
const exchangeable = new WeakMap<object, (() => void) | null>()

/**
 * The socket may give this handle up. TLS would go on with it natively when it has another, so it calls `settle` for one that stays.
 * HTTP/1 uses the socket as a stream; HTTP/2 does not look for a handle before the socket is connected.
 */
export const mayExchange = (socket: net.Socket, handle: object, settle: (() => void) | null = null): void => {
  exchangeable.set(handle, settle)
  let consumed = false
  // HTTP/1 reads natively only what nobody else does.
  Object.defineProperty(handle, '_consumed', {
    configurable: true,
    get: () => consumed || socket.connecting,
    set(value: boolean) {
      consumed = value
    },
  })
}

/** The TLS sockets over handles, and their parts in C++. */
const securedBy = new WeakMap<object, tls.TLSSocket>()
const receivers = new WeakMap<object, Receiver>()

/** The reader of a handle in C++, if it is TLS or a session of HTTP/2 of its socket's. */
export const receiverOf = (handle: object, owner: net.Socket | null): Receiver | null =>
  receivers.get(handle) ?? (owner === null ? null : sessionReceiver(owner))

/**
 * The socket that hears of an error in reading from a handle: of C++'s it would be the one that reads, which is TLS where TLS
 * is over the socket that has the handle.
 */
export const readerOf = (handle: object, owner: net.Socket | null): net.Socket | null =>
  securedBy.get(handle) ?? owner

interface Call {
  readonly name: string
  readonly args: unknown[]
}

/** The handle of TLS in C++. */
interface TlsHandle extends NodeHandle, Receiver {
  readonly _parent: NodeHandle
  destroySSL(): void
}

type Methods = Record<string, (...args: unknown[]) => unknown>

/** Calls of a TLS handle before its connection was there. */
const told = new WeakMap<object, Call[]>()

/** The methods by which a TLS handle is configured. */
const CONFIGURES = /^(set|enable|request)[A-Z]/

let configurers: readonly string[] | null = null

const configuring = (handle: object): readonly string[] => {
  configurers ??= Object.getOwnPropertyNames(Object.getPrototypeOf(handle)).filter(name =>
    CONFIGURES.test(name),
  )
  return configurers
}

const remember = (handle: object, calls: Call[]): void => {
  told.set(handle, calls)
  const methods = Object.getPrototypeOf(handle) as Methods
  for (const name of configuring(handle))
    (handle as Methods)[name] = function (this: unknown, ...args) {
      calls.push({ name, args })
      return methods[name]!.apply(this, args)
    }
}

/** The socket keeps the handle that it has. */
export const forget = (socket: net.Socket): void => {
  const { _handle } = insideOf(socket)
  if (_handle === null) return
  exchangeable.delete(_handle)
  if (!told.delete(_handle)) return
  for (const name of configuring(_handle)) delete (_handle as unknown as Methods)[name]
}

/** Has a TLS socket that is not connected yet begin anew, over `handle`; `again`: it may have to once more. */
export const exchangeHandle = (socket: tls.TLSSocket, handle: object, again: boolean): void => {
  const inside = insideOfTls(socket)
  const old = inside._handle as TlsHandle | null
  const calls = (old === null ? undefined : told.get(old)) ?? []
  // Node closes the handle that it finds, and with it would say that there is no TLS any more.
  inside._handle = null
  const secured = inside._wrapHandle(null, handle, false)
  reinitialize.call(socket, secured)
  inside.ssl = secured
  inside._init()
  for (const { name, args } of calls) (secured as Methods)[name]!(...args)
  if (again) {
    remember(secured, calls)
    exchangeable.set(secured, null)
  }
  old?.destroySSL()
  old?._parent.close()
}

const NAMED = [
  'getsockname',
  'getpeername',
  'setNoDelay',
  'setKeepAlive',
  'setTypeOfService',
  'ref',
  'unref',
] as const

/** TLS asks the handle beneath for addresses, and tells it options; that of a stream passes them on to its socket's. */
const passOn = ({ _handle }: Around, beneath: net.Socket): void => {
  for (const name of NAMED)
    Object.defineProperty(_handle, name, {
      configurable: true,
      value: (...args: unknown[]) =>
        (insideOf(beneath)._handle as unknown as Methods | null)?.[name]?.(...args),
    })
}

/** Returns whether somebody who goes on with the handle natively would be left with one that is gone. */
const mayChange = (socket: net.Socket): boolean => {
  const { _handle } = insideOf(socket)
  return socket.connecting && _handle !== null && exchangeable.has(_handle)
}

/** @returns undoes it */
export const installSecured = (): (() => void) => {
  const prototype = insideOfTls(tls.TLSSocket.prototype)
  const wrapHandle = prototype._wrapHandle

  prototype._wrapHandle = function (this: tls.TLSSocket, given, handle, active) {
    let wrap = given
    if (wrap instanceof net.Socket && !(wrap instanceof StreamSocket) && mayChange(wrap)) {
      exchangeable.get(insideOf(wrap)._handle!)?.()
      handle = insideOf(wrap)._handle
    }
    if (wrap instanceof net.Socket && !(wrap instanceof StreamSocket) && mayChange(wrap)) {
      const around = new StreamSocket(wrap)
      passOn(around, wrap)
      // The socket tells its errors itself.
      around.on('error', () => {})
      wrap = around
      handle = around._handle
    } else if (wrap instanceof StreamSocket) {
      const { stream } = wrap as unknown as { stream: unknown }
      if (stream instanceof net.Socket) passOn(wrap, stream)
    }
    const secured = wrapHandle.call(this, wrap, handle, active)
    securedBy.set((secured as TlsHandle)._parent, this)
    receivers.set((secured as TlsHandle)._parent, secured as TlsHandle)
    // It will connect by itself: where is not known yet.
    if (!wrap && !handle) {
      remember(secured, [])
      exchangeable.set(secured, null)
    }
    return secured
  }

  return () => {
    prototype._wrapHandle = wrapHandle
  }
}
