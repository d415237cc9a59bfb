/** The many ways in which node:net's connect and listen take their arguments. */
import { isIPv4 } from 'node:net'
import { badAddress, badPort, badType, badValue, missing } from './errors.ts'
import type { LookupFunction } from './lookup.ts'

/** Where to connect to, and how. */
export interface ConnectOptions {
  readonly port?: number | string | undefined
  /** A name or an IPv4 address; default 'localhost'. */
  readonly host?: string | undefined
  /** One of the stack's addresses. */
  readonly localAddress?: string | undefined
  readonly localPort?: number | undefined
  /** Finds the address of a name; default dns.lookup for IPv4, 'localhost' being 127.0.0.1. */
  readonly lookup?: LookupFunction | undefined
  /** As {@link Socket.setTimeout}, ms. */
  readonly timeout?: number | undefined
  readonly noDelay?: boolean | undefined
  readonly keepAlive?: boolean | undefined
  /** Milliseconds. */
  readonly keepAliveInitialDelay?: number | undefined
}

export interface ListenOptions {
  /** 0 or none for any that is free. */
  readonly port?: number | string | undefined
  /** A name or an IPv4 address; default all of the stack's. */
  readonly host?: string | undefined
  /** Connections that may wait to be accepted. */
  readonly backlog?: number | undefined
  /** Whether connections in TIME-WAIT from an earlier server are no obstacle, as always in node:net. Default true. */
  readonly reuseAddress?: boolean | undefined
  /** Closes the server when aborted. */
  readonly signal?: AbortSignal | undefined
}

/** A function anywhere at the end is the callback. */
const callbackOf = (args: unknown[]): (() => void) | undefined => {
  const last = args.at(-1)
  return typeof last === 'function' ? (last as () => void) : undefined
}

/** connect(options[, cb]), connect(port[, host][, cb]) */
export const connectArguments = (args: unknown[]): [ConnectOptions, (() => void) | undefined] => {
  const [first, second] = args
  const callback = callbackOf(args)
  if (typeof first === 'object' && first !== null) return [first as ConnectOptions, callback]
  if (typeof first === 'string' && !isPort(first))
    throw badValue(`there are no sockets in the file system here: '${first}'`)
  return [{ port: first as number, ...(typeof second === 'string' ? { host: second } : {}) }, callback]
}

/** listen([port[, host[, backlog]]][, cb]), listen(options[, cb]) */
export const listenArguments = (args: unknown[]): [ListenOptions, (() => void) | undefined] => {
  const callback = callbackOf(args)
  const [first, second, third] = args
  if (typeof first === 'object' && first !== null) {
    const options = first as ListenOptions
    if (!('port' in options))
      throw badValue(
        `The argument 'options' must have the property "port". Received ${JSON.stringify(first)}`,
      )
    return [options, callback]
  }
  if (typeof first === 'string' && !isPort(first))
    throw badValue(`there are no sockets in the file system here: '${first}'`)
  return [
    {
      ...(typeof first === 'function' ? {} : { port: first as number }),
      ...(typeof second === 'string' ? { host: second } : {}),
      ...(typeof second === 'number'
        ? { backlog: second }
        : typeof third === 'number'
          ? { backlog: third }
          : {}),
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
  const { port, localAddress, localPort, lookup } = options
  if (port === undefined || port === null)
    throw missing('The "options" or "port" or "path" argument must be specified')
  if (typeof port !== 'number' && typeof port !== 'string')
    throw badType('options.port', 'one of type number or string', port)
  if (localAddress && !isIPv4(localAddress)) throw badAddress(localAddress)
  if (localPort && typeof localPort !== 'number')
    throw badType('options.localPort', 'of type number', localPort)
  if (lookup !== undefined && lookup !== null && typeof lookup !== 'function')
    throw badType('options.lookup', 'of type function', lookup)
  return checkPort('Port', port)
}
