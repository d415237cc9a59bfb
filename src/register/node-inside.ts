/** The inner parts of Node's net and tls that tuntcp/register takes hold of. None of them is documented. */
import net from 'node:net'
import type tls from 'node:tls'

/** A handle, as far as we touch it. */
export interface NodeHandle {
  /** The handle beneath that of TLS. */
  readonly _parent?: NodeHandle
  /** The handle of TLS has it not, though it takes ref and unref. */
  hasRef?(): boolean
  close(callback?: () => void): void
}

/** A socket's fields that its types do not have. */
export interface SocketInside {
  _handle: NodeHandle | null
  /** The socket beneath TLS. */
  _parent: object | null
  _peername: unknown
  _sockname: unknown
  /** Destroys by a RST. */
  _reset(): unknown
  /** The handle of TLS. */
  ssl?: object | null
  destroyed: boolean
  _undestroy(): void
}

export interface ServerInside {
  _handle: object | null
  _listeningId: number
  /** Listens once the address is known; a name that Node keeps for those who replace it. */
  _listen2(address: string | null, port: number, addressType: number, ...rest: unknown[]): void
  /** Tells 'close' when it has neither a handle nor connections. */
  _emitCloseIfDrained(): void
}

export type Reinitialize = (this: net.Socket, handle: object) => void

export interface ConnectOptions {
  host?: string
  port?: number | string
  path?: string | null
  lookup?: unknown
}

/** The arguments of connect, as Node's _normalizeArgs has them. */
export type Normalized = [options: ConnectOptions, callback: unknown]

export const insideOf = (socket: net.Socket): SocketInside & Record<symbol, unknown> =>
  socket as unknown as SocketInside & Record<symbol, unknown>

export const insideOfTls = (
  socket: tls.TLSSocket,
): SocketInside & {
  _wrapHandle(wrap: object | null, handle: object | null, active: boolean): object
  _init(): void
} => socket as never

/** Returns whether the process does not stay for the socket. */
export const isUnreferenced = (socket: net.Socket): boolean => {
  const { _handle } = insideOf(socket)
  return (_handle?._parent ?? _handle)?.hasRef?.() === false
}

export const normalize = (net as unknown as { _normalizeArgs(args: unknown[]): Normalized })._normalizeArgs

/** The symbol of this name that the object has itself. */
export const ownSymbol = (object: object, name: string): symbol | undefined =>
  Object.getOwnPropertySymbols(object).find(({ description }) => description === name)

/** Node's name for the socket of a handle. */
const ownerSymbol = (handle: object): symbol | undefined => ownSymbol(handle, 'owner_symbol')

/** The socket of a handle, as Node has it. */
export const ownerOf = (handle: object): net.Socket | null => {
  const owner = ownerSymbol(handle)
  return owner === undefined ? null : ((handle as Record<symbol, net.Socket | null>)[owner] ?? null)
}

/** TLS has a handle of its own around the one of its socket: that one gets its owner from us. */
export const nameOwner = (handle: object, socket: net.Socket): void => {
  const { _handle } = insideOf(socket)
  const owner = _handle === null ? undefined : ownerSymbol(_handle)
  if (owner !== undefined && _handle !== handle) Object.assign(handle, { [owner]: socket })
}

/** Node's way to try another address: a socket gets a new handle before it is connected. @throws Error */
const findReinitialize = (): symbol => {
  const found = ownSymbol(net.Socket.prototype, 'kReinitializeHandle')
  if (found === undefined || typeof normalize !== 'function')
    throw new Error(`the node:net of Node ${process.version} is not made as tuntcp/register needs it`)
  return found
}

export const REINITIALIZE = findReinitialize()

/** net.Socket's own, whatever the class of the socket. */
export const reinitialize: Reinitialize = insideOf(net.Socket.prototype)[REINITIALIZE] as Reinitialize

/** Returns whether a handle is one of libuv's; only they have a descriptor, and can be handed to another process. */
export const isOfLibuv = (handle: object): boolean => {
  for (let at = Object.getPrototypeOf(handle); at !== null; at = Object.getPrototypeOf(at))
    if (at.constructor?.name === 'HandleWrap') return true
  return false
}
