/** The errors of node:net, field for field: those of the system, and those of Node itself. */
import type { ErrorCode } from '../tcp/block/error.ts'

/** Linux's errno and strerror text, as libuv has them, whatever system this runs on. */
const SYSTEM: { readonly [K in ErrorCode]: readonly [errno: number, text: string] } = {
  EACCES: [13, 'permission denied'],
  EINVAL: [22, 'invalid argument'],
  EPIPE: [32, 'broken pipe'],
  ENOPROTOOPT: [92, 'protocol not available'],
  ENONET: [64, 'machine is not on the network'],
  EOPNOTSUPP: [95, 'operation not supported on socket'],
  EAFNOSUPPORT: [97, 'address family not supported'],
  EADDRINUSE: [98, 'address already in use'],
  EADDRNOTAVAIL: [99, 'address not available'],
  ENETDOWN: [100, 'network is down'],
  ENETUNREACH: [101, 'network is unreachable'],
  ECONNABORTED: [103, 'software caused connection abort'],
  ECONNRESET: [104, 'connection reset by peer'],
  ENOBUFS: [105, 'no buffer space available'],
  EISCONN: [106, 'socket is already connected'],
  ENOTCONN: [107, 'socket is not connected'],
  ETIMEDOUT: [110, 'connection timed out'],
  ECONNREFUSED: [111, 'connection refused'],
  EHOSTDOWN: [112, 'host is down'],
  EHOSTUNREACH: [113, 'host is unreachable'],
  EALREADY: [114, 'connection already in progress'],
}

/** A failed call of the system's, as node:net reports it. */
export interface SystemError extends Error {
  /** Negative, as libuv has it. */
  errno: number
  code: ErrorCode
  syscall: string
  address?: string
  port?: number
}

/** Returns whether a code is one of the system's, of which there are errors here. */
export const isErrorCode = (code: string | null): code is ErrorCode =>
  code !== null && Object.hasOwn(SYSTEM, code)

export const errnoOf = (code: ErrorCode): number => -SYSTEM[code][0]

const make = (
  message: string,
  code: ErrorCode,
  syscall: string,
  address?: string,
  port?: number,
): SystemError => {
  const error = new Error(message) as SystemError
  error.errno = errnoOf(code)
  error.code = code
  error.syscall = syscall
  if (address !== undefined) error.address = address
  if (port) error.port = port
  return error
}

/** ` 192.0.2.1:80`, or without the port when there is none. */
const place = (address: string, port: number): string => (port ? ` ${address}:${port}` : ` ${address}`)

/** `read ECONNRESET`, `write EPIPE`. */
export const transferError = (code: ErrorCode, syscall: 'read' | 'write' | 'shutdown'): SystemError =>
  make(`${syscall} ${code}`, code, syscall)

/**
 * `connect ECONNREFUSED 192.0.2.1:80`, `bind EADDRNOTAVAIL 192.0.2.9`.
 * @param local what the socket was bound to when the call itself failed, before any packet was sent
 */
export const addressError = (
  code: ErrorCode,
  syscall: 'connect' | 'bind',
  address: string,
  port: number,
  local?: string,
): SystemError =>
  make(
    `${syscall} ${code}${place(address, port)}${local === undefined ? '' : ` - Local (${local})`}`,
    code,
    syscall,
    address,
    port,
  )

/** `listen EADDRINUSE: address already in use 0.0.0.0:80`. */
export const listenError = (code: ErrorCode, address: string, port: number): SystemError =>
  make(`listen ${code}: ${SYSTEM[code][1]}${place(address, port)}`, code, 'listen', address, port)

/** None of several addresses could be reached: the errors of all, with the first one's code. */
export const aggregateError = (errors: readonly Error[]): AggregateError =>
  Object.assign(new AggregateError(errors), { code: (errors[0] as SystemError | undefined)?.code })

/** The error of a write after the peer's end, where this side was to end with it. */
export const endedByPeer = (): Error =>
  Object.assign(new Error('This socket has been ended by the other party'), { code: 'EPIPE' })

type Kind = new (message: string) => Error

const nodeError = (Base: Kind, code: string, message: string): NodeJS.ErrnoException => {
  const error: NodeJS.ErrnoException = new Base(message)
  // The code stands in the stack but not in the name, as with Node's own.
  const { name } = error
  error.name = `${name} [${code}]`
  void error.stack
  Object.defineProperty(error, 'name', { value: name, enumerable: false, writable: true, configurable: true })
  error.code = code
  return error
}

export const socketClosed = () => nodeError(Error, 'ERR_SOCKET_CLOSED', 'Socket is closed')
export const closedBeforeConnection = () =>
  nodeError(
    Error,
    'ERR_SOCKET_CLOSED_BEFORE_CONNECTION',
    'Socket closed before the connection was established',
  )
export const alreadyListening = () =>
  nodeError(
    Error,
    'ERR_SERVER_ALREADY_LISTEN',
    'Listen method has been called more than once without closing.',
  )
export const notRunning = () => nodeError(Error, 'ERR_SERVER_NOT_RUNNING', 'Server is not running.')
export const badPort = (name: string, value: unknown) =>
  nodeError(
    RangeError,
    'ERR_SOCKET_BAD_PORT',
    `${name} should be >= 0 and < 65536. Received ${received(value)}.`,
  )
export const badAddress = (value: unknown) =>
  nodeError(TypeError, 'ERR_INVALID_IP_ADDRESS', `Invalid IP address: ${String(value)}`)
export const badFamily = (family: unknown, host: string, port: number) =>
  Object.assign(
    nodeError(
      RangeError,
      'ERR_INVALID_ADDRESS_FAMILY',
      `Invalid address family: ${String(family)} ${host}:${port}`,
    ),
    { host, port },
  )
export const ipBlocked = (address: string) =>
  nodeError(Error, 'ERR_IP_BLOCKED', `IP(${address}) is blocked by net.BlockList`)
export const invalidState = (message: string) =>
  nodeError(Error, 'ERR_INVALID_STATE', `Invalid state: ${message}`)
export const badType = (name: string, expected: string, value: unknown) =>
  nodeError(
    TypeError,
    'ERR_INVALID_ARG_TYPE',
    `The "${name}" ${name.includes('.') ? 'property' : 'argument'} must be ${expected}. Received ${received(value)}`,
  )
export const badValue = (message: string) => nodeError(TypeError, 'ERR_INVALID_ARG_VALUE', message)
export const missing = (message: string) => nodeError(TypeError, 'ERR_MISSING_ARGS', message)
export const outOfRange = (name: string, bounds: string, value: unknown) =>
  nodeError(
    RangeError,
    'ERR_OUT_OF_RANGE',
    `The value of "${name}" is out of range. It must be ${bounds}. Received ${String(value)}`,
  )

/** `type string ('abc')`, as Node's messages name what they got. */
const received = (value: unknown): string => {
  if (value === null || value === undefined) return String(value)
  if (typeof value === 'function') return `function ${value.name}`
  if (typeof value === 'object') return `an instance of ${value.constructor?.name ?? 'Object'}`
  const shown = typeof value === 'string' ? `'${value.slice(0, 25)}${value.length > 25 ? '...' : ''}'` : value
  return `type ${typeof value} (${String(shown)})`
}
