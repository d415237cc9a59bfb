/** The many ways in which node:net's connect and listen take their arguments. */
import { isIP } from 'node:net'
import { inspect } from 'node:util'
import { checkAttemptTimeout, checkBoolean } from './defaults.ts'
import { badAddress, badPort, badType, badValue, missing } from './errors.ts'
import type { LookupFunction } from './lookup.ts'
import { onlyOfTheKernel } from './socket-options.ts'

/** The place to connect to, and options. */
export interface ConnectOptions {
  readonly port?: number | string | undefined
  /** A name or an address; default 'localhost'. */
  readonly host?: string | undefined
  /** One of the stack's addresses. */
  readonly localAddress?: string | undefined
  readonly localPort?: number | undefined
  /** 4 or 6 asks for one address of that family; none for all of them, which are tried in turn. */
  readonly family?: number | string | undefined
  /** For the look-up, as those of dns.lookup. */
  readonly hints?: number | undefined
  /** True when all addresses of a name are tried. Default true: see setDefaultAutoSelectFamily. */
  readonly autoSelectFamily?: boolean | undefined
  /** The time that one address is tried, ms. Default 250. */
  readonly autoSelectFamilyAttemptTimeout?: number | undefined
  /** Finds the addresses of a name; default dns.lookup, 'localhost' being the stack itself. */
  readonly lookup?: LookupFunction | undefined
  /** As {@link Socket.setTimeout}, ms. */
  readonly timeout?: number | undefined
  readonly noDelay?: boolean | undefined
  readonly keepAlive?: boolean | undefined
  /** Milliseconds. */
  readonly keepAliveInitialDelay?: number | undefined
}

/** The place to listen at, and options. */
export interface ListenOptions {
  /** 0 or none for any that is free. */
  readonly port?: number | string | undefined
  /** A name or an address; default all of the stack's: '::', or '0.0.0.0' where it has none of IPv6. */
  readonly host?: string | undefined
  /** Connections that may wait to be accepted. */
  readonly backlog?: number | undefined
  /** True when a server at '::' takes connections of IPv6 alone. Default false: of both. */
  readonly ipv6Only?: boolean | undefined
  /** True when connections in TIME-WAIT from an earlier server are no obstacle, as always in node:net. Default true. */
  readonly reuseAddress?: boolean | undefined
  /** Closes the server when aborted. */
  readonly signal?: AbortSignal | undefined
}

/** A function anywhere at the end is the callback. */
const callbackOf = (args: unknown[]): (() => void) | undefined => {
  const last = args.at(-1)
  return typeof last === 'function' ? (last as () => void) : undefined
}

/** Returns whether connect was given a path in the file system. */
export const isPath = ([first]: unknown[]): boolean => {
  if (typeof first === 'string') return numberOf(first) === undefined
  const path = typeof first === 'object' ? (first as { path?: unknown } | null)?.path : undefined
  return path !== undefined && path !== null
}

/** connect(options[, cb]), connect(port[, host][, cb]) */
export const connectArguments = (args: unknown[]): [ConnectOptions, (() => void) | undefined] => {
  // Arguments that _normalizeArgs has made already.
  if (Array.isArray(args[0])) return [args[0][0] ?? {}, args[0][1] ?? undefined]
  const [first, second] = args
  const callback = callbackOf(args)
  if (typeof first === 'object' && first !== null) return [first as ConnectOptions, callback]
  if (isPath(args)) throw noPaths(first)
  if (args.length === 0) return [{}, undefined]
  return [{ port: first as number, ...(typeof second === 'string' ? { host: second } : {}) }, callback]
}

/** The number that Number makes of it, if that is not negative. */
const numberOf = (value: unknown): number | undefined => {
  const number = Number(value)
  return value !== null && value !== '' && number >= 0 ? number : undefined
}

/**
 * listen([port[, host[, backlog]]][, cb]), listen(options[, cb])
 * @throws TypeError ERR_INVALID_ARG_VALUE for a path, a descriptor or a handle, and without a port
 */
export const listenArguments = (args: unknown[]): [ListenOptions, (() => void) | undefined] => {
  const callback = callbackOf(args)
  const [first, second, third] = args
  const backlog = numberOf(second) || numberOf(third)
  if (typeof first === 'object' && first !== null) {
    const options = first as ListenOptions
    const { fd, handle, _handle, path } = first as Record<string, unknown>
    if (typeof fd === 'number' && fd >= 0) throw onlyOfTheKernel('options.fd', fd)
    if (handle || _handle) throw onlyOfTheKernel('options.handle', handle || _handle)
    if (options.port === undefined && typeof path === 'string') throw noPaths(path)
    if (options.port === undefined && path != null) throw invalid(first)
    if (!('port' in options))
      throw badValue(
        `The argument 'options' must have the property "port" or "path". Received ${inspect(first)}`,
      )
    if (options.port != null && typeof options.port !== 'number' && typeof options.port !== 'string')
      throw invalid(first)
    return [backlog === undefined ? options : { backlog, ...options }, callback]
  }
  if (typeof first === 'string' && !isPort(first) && numberOf(first) === undefined) throw noPaths(first)
  if (typeof first === 'boolean')
    throw badValue(`The argument 'options' is invalid. Received { port: ${first} }`)
  return [
    {
      ...(typeof first === 'function' ? {} : { port: first as number }),
      ...(typeof second === 'string' ? { host: second } : {}),
      ...(backlog === undefined ? {} : { backlog }),
    },
    callback,
  ]
}

const isPort = (value: unknown): boolean =>
  (typeof value === 'number' || (typeof value === 'string' && value.trim() !== '')) &&
  Number(value) === Number(value) >>> 0 &&
  Number(value) <= 0xffff

/** @throws RangeError ERR_SOCKET_BAD_PORT */
export const checkPort = (name: string, value: unknown): number => {
  if (!isPort(value)) throw badPort(name, value)
  return Number(value)
}

/** Checks what connect was given, as node:net does before anything happens. @throws as the checks say */
export const checkConnectOptions = (options: ConnectOptions): number => {
  const { port, localAddress, localPort, lookup, autoSelectFamily, autoSelectFamilyAttemptTimeout } = options
  const { path } = options as { path?: unknown }
  if (path !== undefined && path !== null) throw noPaths(path)
  if (port === undefined) throw missing('The "options" or "port" or "path" argument must be specified')
  if (typeof port !== 'number' && typeof port !== 'string')
    throw badType('options.port', 'one of type number or string', port)
  if (localAddress && isIP(localAddress) === 0) throw badAddress(localAddress)
  if (localPort && typeof localPort !== 'number')
    throw badType('options.localPort', 'of type number', localPort)
  if (lookup !== undefined && lookup !== null && typeof lookup !== 'function')
    throw badType('options.lookup', 'of type function', lookup)
  if (autoSelectFamily != null) checkBoolean('options.autoSelectFamily', autoSelectFamily)
  if (autoSelectFamilyAttemptTimeout != null)
    checkAttemptTimeout('options.autoSelectFamilyAttemptTimeout', autoSelectFamilyAttemptTimeout)
  return checkPort('Port', port)
}

const invalid = (options: unknown) =>
  badValue(`The argument 'options' is invalid. Received ${inspect(options)}`)

const noPaths = (path: unknown) =>
  badValue(`a stack has no sockets in the file system, use node:net for '${String(path)}'`)
