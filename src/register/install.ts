/** Has node:net, and with it http, https, http2, tls, fetch and all libraries, open its connections on a stack. */
import dns from 'node:dns'
import net from 'node:net'
import type { NetStack } from '../net/host-port.ts'
import type { LookupFunction } from '../net/lookup.ts'
import { ServerHandle } from './server-handle.ts'
import { StackHandle } from './stack-handle.ts'

/** Where connections go, and what listens. */
export interface Surroundings {
  readonly stack: NetStack
  readonly routes: {
    connects(address: string): boolean
    listens(address: string | null): boolean
  }
}

/** What of a socket of Node's is written nowhere. */
interface SocketInside {
  _handle: ({ hasRef?(): boolean } & object) | null
  /** Of TLS over another socket: that one. */
  _parent: object | null
  _peername: unknown
  _sockname: unknown
  /** Destroys by a RST. */
  _reset(): unknown
  /** Of TLS: its handle. */
  ssl?: object | null
  destroyed: boolean
  _undestroy(): void
}

interface ServerInside {
  _handle: object | null
  /** Listens once its address is known; a name that Node keeps for those who replace it. */
  _listen2(address: string | null, port: number, addressType: number, ...rest: unknown[]): void
}

type Reinitialize = (handle: object) => void

interface ConnectOptions {
  host?: string
  path?: string | null
  lookup?: LookupFunction | null
}

/** The arguments of connect, as Node's _normalizeArgs has them. */
type Normalized = [options: ConnectOptions, callback: unknown]

const normalize = (net as unknown as { _normalizeArgs(args: unknown[]): Normalized })._normalizeArgs

/** Node's way to try another address: a socket gets a new handle before it is connected. @throws Error */
const findReinitialize = (): symbol => {
  const found = Object.getOwnPropertySymbols(net.Socket.prototype).find(
    ({ description }) => description === 'kReinitializeHandle',
  )
  if (found === undefined || typeof normalize !== 'function')
    throw new Error(`the node:net of Node ${process.version} is not made as tuntcp/register needs it`)
  return found
}

/**
 * From now on. `surroundings` is asked when there is something to open; null leaves it to the kernel.
 * @returns undoes it, for sockets and servers that are made later
 * @throws Error when this version of Node is not made as we know it
 */
export const install = (surroundings: () => Surroundings | null): (() => void) => {
  const REINITIALIZE = findReinitialize()
  const { connect, resetAndDestroy } = net.Socket.prototype
  const server = net.Server.prototype as unknown as ServerInside
  const { _listen2: listen } = server

  /** Gives the socket a handle of the stack's, and for every other address that Node tries another one. */
  const takeOver = (socket: net.Socket, { stack }: Surroundings): void => {
    const inside = socket as unknown as SocketInside & Record<symbol, Reinitialize>
    const reinitialize: Reinitialize = inside[REINITIALIZE]!
    const replace = () => {
      // To undo a destruction, as Node does with every new handle, would undo an end() while connecting too.
      if (socket.connecting) inside._undestroy = () => {}
      const handle = new StackHandle(stack)
      if (inside._handle?.hasRef?.() === false) handle.unref()
      inside._peername = null
      inside._sockname = null
      reinitialize.call(socket, handle)
      handle.own(socket)
      if (Object.hasOwn(socket, '_undestroy')) delete (inside as Partial<SocketInside>)._undestroy
    }
    replace()
    Object.defineProperty(socket, REINITIALIZE, { value: replace, configurable: true, writable: true })
  }

  /** Looks a name up as `given` does, and takes over when it is for the stack. */
  const decideAfter =
    (socket: net.Socket, around: Surroundings, given: LookupFunction): LookupFunction =>
    (host, options, callback) => {
      given(host, options, (error, answer, family) => {
        const found = error ? [] : Array.isArray(answer) ? answer : [{ address: answer, family: family! }]
        const ours = (address: unknown) =>
          typeof address === 'string' && net.isIP(address) !== 0 && around.routes.connects(address)
        if (!ours(found[0]?.address) || !socket.connecting) {
          // Addresses of the stack's are nothing to the kernel.
          callback(
            error,
            Array.isArray(answer) ? answer.filter(({ address }) => !ours(address)) : answer,
            family,
          )
          return
        }
        takeOver(socket, around)
        if (!Array.isArray(answer)) callback(null, answer, family)
        else callback(null, preferIPv4(answer.filter(({ address }) => ours(address))))
      })
    }

  net.Socket.prototype.connect = function (this: net.Socket, ...args: unknown[]) {
    const inside = this as unknown as SocketInside & Record<symbol, unknown>
    const normalized = Array.isArray(args[0]) ? (args[0] as Normalized) : normalize(args)
    const [options] = normalized
    // A descriptor, TLS over a socket that exists, or what is connected already.
    const hasHandle = !inside.destroyed && inside._handle !== null && inside._handle !== inside.ssl
    const goOn = (to = normalized) => (connect as (...args: unknown[]) => net.Socket).call(this, to)
    if (hasHandle || inside._parent || options.path) return goOn()
    const around = surroundings()
    if (Object.hasOwn(this, REINITIALIZE)) delete inside[REINITIALIZE]
    if (around === null) return goOn()
    const host = options.host || 'localhost'
    const { lookup } = options
    if (typeof host !== 'string' || (lookup != null && typeof lookup !== 'function')) return goOn()
    if (net.isIP(host) === 0) {
      const value = decideAfter(this, around, lookup ?? (dns.lookup as unknown as LookupFunction))
      return goOn(withOptions(normalized, Object.create(options, { lookup: { value } })))
    }
    if (around.routes.connects(host)) takeOver(this, around)
    return goOn()
  } as typeof connect

  // Node's own asks for a handle of the kernel's before it does the same.
  net.Socket.prototype.resetAndDestroy = function (this: net.Socket) {
    const { _handle, _reset } = this as unknown as SocketInside
    if (!(_handle instanceof StackHandle)) return resetAndDestroy.call(this)
    if (this.connecting) this.once('connect', () => _reset.call(this))
    else _reset.call(this)
    return this
  }

  server._listen2 = function (this: ServerInside, address, port, addressType, ...rest) {
    const [, fd] = rest
    const ofKernel =
      this._handle !== null || addressType === -1 || typeof fd === 'number' || isOfCluster(this)
    const around = ofKernel ? null : surroundings()
    if (around?.routes.listens(address || null)) {
      this._handle = new ServerHandle(around.stack, address || null, port)
      address ||= '0.0.0.0'
    }
    listen.call(this, address, port, addressType, ...rest)
  }

  return () => {
    net.Socket.prototype.connect = connect
    net.Socket.prototype.resetAndDestroy = resetAndDestroy
    server._listen2 = listen
  }
}

/**
 * A server by which a cluster's primary takes connections, to pass them to its workers: only the kernel's can be. It is
 * told by its listener, Node's own for what must not happen.
 */
const isOfCluster = (server: ServerInside): boolean => {
  const listeners = (server as unknown as net.Server).listeners('connection')
  return listeners.length === 1 && /\bERR_INTERNAL_ASSERTION\b/.test(String(listeners[0]))
}

/** The same for other options; Node knows what it has normalized by a symbol. */
const withOptions = (normalized: Normalized, options: ConnectOptions): Normalized => {
  const others: Normalized = [options, normalized[1]]
  for (const symbol of Object.getOwnPropertySymbols(normalized))
    Object.assign(others, { [symbol]: (normalized as unknown as Record<symbol, unknown>)[symbol] })
  return others
}

/** The stack has no IPv6: of `::1` and 127.0.0.1, which are the same to it, one is enough. */
const preferIPv4 = (found: dns.LookupAddress[]): dns.LookupAddress[] => {
  const ipv4 = found.filter(({ family }) => family === 4)
  return ipv4.length > 0 ? ipv4 : found
}
