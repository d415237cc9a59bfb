import type { DuplexOptions } from 'node:stream'
import type { Connection } from '../tcp/connection.ts'
import type { TcpOptions } from '../tcp/options.ts'
import type { NetStack } from './host-port.ts'

export interface AddressInfo {
  address: string
  family: 'IPv4'
  port: number
}

export interface SocketOptions {
  /** The stack that it connects over; may also be given to {@link Socket.connect}. */
  readonly stack?: NetStack | undefined
  /** Whether writing goes on after the peer's end. Default false: the socket ends with its peer. */
  readonly allowHalfOpen?: boolean | undefined
  readonly noDelay?: boolean | undefined
  readonly keepAlive?: boolean | undefined
  /** Milliseconds before the first keep-alive probe; 0 leaves the stack's default. */
  readonly keepAliveInitialDelay?: number | undefined
  /** Destroys the socket when aborted. */
  readonly signal?: AbortSignal | undefined
  readonly readable?: boolean | undefined
  readonly writable?: boolean | undefined
  readonly highWaterMark?: number | undefined
  readonly readableHighWaterMark?: number | undefined
  readonly writableHighWaterMark?: number | undefined
  /** Options of the TCP, for this connection alone. */
  readonly tcp?: Partial<TcpOptions> | undefined
  /** @internal A connection that a server has accepted. */
  readonly connection?: Connection
  /** @internal Does not begin to read. */
  readonly pauseOnCreate?: boolean
  /** @internal */
  readonly onDestroy?: () => void
}

/** Options given by name for the stream underneath. */
const STREAM_OPTIONS = [
  'highWaterMark',
  'readableHighWaterMark',
  'writableHighWaterMark',
  'readable',
  'writable',
] as const

/** The options of a socket that are those of its stream. */
export const streamOptions = (options: SocketOptions): DuplexOptions =>
  Object.fromEntries(
    STREAM_OPTIONS.filter(name => options[name] !== undefined).map(name => [name, options[name]]),
  )

/** What the options of a socket, or of those of a server, are for the TCP. */
export const fromSocketOptions = (
  given: Pick<SocketOptions, 'noDelay' | 'keepAlive' | 'keepAliveInitialDelay'>,
): Partial<TcpOptions> => ({
  ...(given.noDelay ? { noDelay: true } : {}),
  ...(given.keepAlive ? keepAliveOptions(true, given.keepAliveInitialDelay ?? 0, 0, 0) : {}),
})

/** Probing an idle connection; 0 leaves a default. Milliseconds. */
export const keepAliveOptions = (
  keepAlive: boolean,
  idle: number,
  interval: number,
  count: number,
): Partial<TcpOptions> => ({
  keepAlive,
  ...(idle > 0 ? { keepAliveIdle: idle } : {}),
  ...(interval > 0 ? { keepAliveInterval: interval } : {}),
  ...(count > 0 ? { keepAliveCount: count } : {}),
})

/** Whether any of these is not so already. */
export const differs = (given: Partial<TcpOptions>, present: Readonly<TcpOptions>): boolean =>
  Object.entries(given).some(([name, value]) => present[name as keyof TcpOptions] !== value)
