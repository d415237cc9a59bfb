/** net.Socket's connect: a socket gets its handle when it is known where it goes. */
import { AsyncResource } from 'node:async_hooks'
import dns from 'node:dns'
import net from 'node:net'
import tls from 'node:tls'
import type { LookupFunction } from '../net/lookup.ts'
import type { Surroundings } from './install.ts'
import { LateHandle } from './late-handle.ts'
import { kernelPorts } from './listening.ts'
import {
  type ConnectOptions,
  insideOf,
  isUnreferenced,
  type NodeHandle,
  type Normalized,
  normalize,
  ownSymbol,
  REINITIALIZE,
  type Reinitialize,
  reinitialize,
} from './node-inside.ts'
import { RelayHandle } from './relay-handle.ts'
import { exchangeHandle, forget, mayExchange } from './secured.ts'
import { StackHandle } from './stack-handle.ts'

/** A user's buffer for reading that was made for one handle serves the next: its maker is not asked twice. */
const withSameBuffer = (socket: net.Socket, how: () => void): void => {
  const inside = insideOf(socket)
  const generator = ownSymbol(socket, 'kBufferGen')
  if (generator === undefined || !inside[generator] || inside._handle === null) {
    how()
    return
  }
  const made = inside[generator]
  inside[generator] = null
  how()
  inside[generator] = made
}

/** Gives the socket a handle of ours; `again`: it may have to once more. */
const giveHandle = (socket: net.Socket, handle: StackHandle | RelayHandle, again: boolean): void => {
  const inside = insideOf(socket)
  // To undo a destruction, as Node does with every new handle, would undo an end() while connecting too.
  if (socket.connecting) inside._undestroy = () => {}
  if (isUnreferenced(socket)) handle.unref()
  inside._peername = null
  inside._sockname = null
  if (again) mayExchange(socket, handle)
  if (socket instanceof tls.TLSSocket) exchangeHandle(socket, handle, again)
  else reinitialize.call(socket, handle)
  handle.own(socket)
  if (Object.hasOwn(socket, '_undestroy')) delete (inside as { _undestroy?: unknown })._undestroy
}

/** Has Node give the socket a handle by `give` for every other address that it tries. */
const forOthers = (socket: net.Socket, give: () => void): void => {
  const value: Reinitialize = theirs => {
    give()
    ;(theirs as NodeHandle).close()
  }
  Object.defineProperty(socket, REINITIALIZE, { value, configurable: true, writable: true })
}

/** Gives the socket a handle of the stack's, and again for every other address that Node tries. */
const takeOver = (
  socket: net.Socket,
  { stack, relay }: Surroundings,
  port: number,
  several: boolean,
): void => {
  const give = () =>
    giveHandle(socket, relay?.connects(port) ? relay.handle() : new StackHandle(stack), several)
  withSameBuffer(socket, give)
  forOthers(socket, give)
}

/** Gives the socket a handle that stays, wherever its name leads. */
const settle = (socket: net.Socket, { stack }: Surroundings): void => {
  const handle = new LateHandle(stack)
  withSameBuffer(socket, () => giveHandle(socket, handle, false))
  forOthers(socket, () => handle.close())
}

const hasSettled = (socket: net.Socket): boolean => {
  const { _handle } = insideOf(socket)
  return (_handle?._parent ?? _handle) instanceof LateHandle
}

/**
 * Looks a name up as `given` does, and takes over when it is for the stack: in the context of connect(), in which Node makes the
 * handle of a socket.
 */
const decideAfter = (
  socket: net.Socket,
  around: Surroundings,
  port: number,
  given: LookupFunction,
): LookupFunction => {
  const context = new AsyncResource('TUNTCP')
  return (host, options, callback) => {
    given(host, options, (error, answer, family) => {
      const found = error ? [] : Array.isArray(answer) ? answer : [{ address: answer, family: family! }]
      const ours = (address: unknown) =>
        typeof address === 'string' && net.isIP(address) !== 0 && around.routes.connects(address)
      const count = found.filter(({ address }) => ours(address)).length
      if (!hasSettled(socket)) {
        if (count === 0 || !socket.connecting) forget(socket)
        else if (count < found.length) context.runInAsyncScope(settle, null, socket, around)
        else context.runInAsyncScope(takeOver, null, socket, around, port, count > 1)
      }
      callback(error, answer, family)
    })
  }
}

/** The same for other options; Node knows what it has normalized by a symbol. */
const withOptions = (normalized: Normalized, options: ConnectOptions): Normalized => {
  const others: Normalized = [options, normalized[1]]
  for (const symbol of Object.getOwnPropertySymbols(normalized))
    Object.assign(others, { [symbol]: (normalized as unknown as Record<symbol, unknown>)[symbol] })
  return others
}

/** @returns undoes it */
export const installConnect = (surroundings: () => Surroundings | null): (() => void) => {
  const { connect, resetAndDestroy } = net.Socket.prototype

  net.Socket.prototype.connect = function (this: net.Socket, ...args: unknown[]) {
    const inside = insideOf(this)
    const normalized = Array.isArray(args[0]) ? (args[0] as Normalized) : normalize(args)
    const [options] = normalized
    // It has one already: a descriptor's, that of TLS over another socket, or a connection's.
    const hasHandle = !inside.destroyed && inside._handle !== null && inside._handle !== inside.ssl
    const goOn = (to = normalized) => (connect as (...args: unknown[]) => net.Socket).call(this, to)
    const goToKernel = () => {
      forget(this)
      return goOn()
    }
    if (hasHandle || inside._parent || options.path) return goToKernel()
    const around = surroundings()
    if (Object.hasOwn(this, REINITIALIZE)) delete inside[REINITIALIZE]
    if (around === null) return goToKernel()
    const host = options.host || 'localhost'
    const { lookup } = options
    const port = Number(options.port)
    if (kernelPorts.has(port)) return goToKernel()
    if (typeof host !== 'string' || (lookup != null && typeof lookup !== 'function')) return goToKernel()
    if (net.isIP(host) !== 0) {
      if (!around.routes.connects(host)) return goToKernel()
      takeOver(this, around, port, false)
      return goOn()
    }
    let looking = true
    const decide = decideAfter(this, around, port, (lookup ?? dns.lookup) as LookupFunction)
    const value: LookupFunction = (name, asked, callback) =>
      decide(name, asked, (...answer) => {
        looking = false
        ;(callback as (...answer: unknown[]) => void)(...answer)
      })
    goOn(withOptions(normalized, Object.create(options, { lookup: { value } })))
    if (looking && this.connecting && inside._handle !== null && inside.ssl == null)
      mayExchange(this, inside._handle, () => settle(this, around))
    return this
  } as typeof connect

  // Node's own asks for a handle of the kernel's before it does the same.
  net.Socket.prototype.resetAndDestroy = function (this: net.Socket) {
    const { _handle, _reset } = insideOf(this)
    const isOurs = _handle instanceof StackHandle || _handle instanceof RelayHandle
    if (!isOurs) return resetAndDestroy.call(this)
    if (this.connecting) this.once('connect', () => _reset.call(this))
    else _reset.call(this)
    return this
  }

  return () => {
    Object.assign(net.Socket.prototype, { connect, resetAndDestroy })
  }
}
