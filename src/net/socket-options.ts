import { BlockList } from 'node:net'
import type { DuplexOptions } from 'node:stream'
import type { ConnectionView as Connection } from '../tcp/block/connection-view.ts'
import type { TcpOptions } from '../tcp/block/options.ts'
import { badType, badValue } from './errors.ts'
import type { NetStack } from './host-port.ts'
import { LEAST_SHARE } from './reading.ts'
import type { OnRead } from './user-buffer.ts'

export type { AddressInfo } from './address-info.ts'

/** Options of a socket: those of node:net's, and the stack's own. Times in ms. */
export interface SocketOptions {
  /** The stack that it connects over; may also be given to {@link Socket.connect}. */
  readonly stack?: NetStack | undefined
  /** True when writing goes on after the peer's end. Default false: the socket ends with its peer. */
  readonly allowHalfOpen?: boolean | undefined
  readonly noDelay?: boolean | undefined
  readonly keepAlive?: boolean | undefined
  /** Milliseconds before the first keep-alive probe; 0 leaves the stack's default. */
  readonly keepAliveInitialDelay?: number | undefined
  /** Destroys the socket when aborted. */
  readonly signal?: AbortSignal | undefined
  /** Text goes into memory of the user's; the stream then has no 'data'. */
  readonly onread?: OnRead | undefined
  /** Addresses that it does not connect to: ERR_IP_BLOCKED. */
  readonly blockList?: BlockList | undefined
  /** As {@link Socket.setTypeOfService}. */
  readonly typeOfService?: number | undefined
  readonly readable?: boolean | undefined
  readonly writable?: boolean | undefined
  readonly highWaterMark?: number | undefined
  readonly readableHighWaterMark?: number | undefined
  readonly writableHighWaterMark?: number | undefined
  /**
   * True when what is written is given away: no chunk changes any more, not even after its write was called back, until the
   * socket has closed. Then large chunks are sent from where they are. Default false: they are copied.
   */
  readonly lend?: boolean | undefined
  /**
   * True when others have their turn before a reader that takes long for what one peer has sent goes on: a read is as much as
   * it takes in about a millisecond, from 1 KB to 64 KB, at first 1 KB. What is read while the stream is paused is as much, unless
   * `readableHighWaterMark` says otherwise; `highWaterMark` is of writing alone. Default false: reads are libuv's, of 64 KB.
   */
  readonly fairReads?: boolean | undefined
  /** Options of the TCP, for this connection alone. */
  readonly tcp?: Partial<TcpOptions> | undefined
  /** @internal A connection that a server has accepted. */
  readonly connection?: Connection
  /** @internal Does not begin to read. */
  readonly pauseOnCreate?: boolean
  /** The connection came to a socket of IPv6: IPv4 addresses are told as mapped ones. */
  readonly ofIpv6?: boolean | undefined
  /** @internal Hears that the socket is destroyed. */
  readonly onDestroy?: () => void
}

/** @throws TypeError for what a socket on a stack cannot have, or is of a wrong type */
export const checkSocketOptions = (options: SocketOptions): void => {
  if (typeof options !== 'object' || options === null) throw onlyOfTheKernel('options.fd', options)
  const given = options as Record<string, unknown>
  for (const name of ['objectMode', 'readableObjectMode', 'writableObjectMode'])
    if (given[name])
      throw badValue(`The property 'options.${name}' is not supported. Received ${String(given[name])}`)
  for (const name of ['fd', 'handle'])
    if (given[name] !== undefined && given[name] !== null)
      throw onlyOfTheKernel(`options.${name}`, given[name])
  checkKeepAliveDelay(options.keepAliveInitialDelay)
  checkBlockList(options.blockList)
  checkOwnOptions(options)
}

/** Options that node:net has not: of the others it takes whatever is true. @throws TypeError ERR_INVALID_ARG_TYPE */
export const checkOwnOptions = (options: Pick<SocketOptions, 'lend' | 'fairReads' | 'tcp'>): void => {
  const { tcp } = options
  for (const name of ['lend', 'fairReads'] as const)
    if (options[name] !== undefined && typeof options[name] !== 'boolean')
      throw badType(`options.${name}`, 'of type boolean', options[name])
  if (tcp !== undefined && (typeof tcp !== 'object' || tcp === null || Array.isArray(tcp)))
    throw badType('options.tcp', 'of type object', tcp)
}

/** A descriptor or a handle of the kernel's: node:net has sockets of those, a stack has not. */
export const onlyOfTheKernel = (name: string, value: unknown): Error =>
  badValue(
    `The property '${name}' is not supported: a stack has no sockets of the kernel's; use node:net for those. Received ${typeof value === 'object' ? 'a handle' : String(value)}`,
  )

export const checkKeepAliveDelay = (value: unknown): void => {
  if (value !== undefined && typeof value !== 'number')
    throw badType('options.keepAliveInitialDelay', 'of type number', value)
}

export const checkBlockList = (value: unknown): void => {
  if (value !== undefined && value !== null && !(value instanceof BlockList))
    throw badType('options.blockList', 'an instance of net.BlockList', value)
}

/**
 * Options for the stream underneath. Always an object of the same shape: a stream looks for some twenty names in it,
 * and for each shape that it has not seen, for each of them, by a search.
 */
export const streamOptions = (options: SocketOptions): DuplexOptions =>
  ({
    allowHalfOpen: Boolean(options.allowHalfOpen),
    // 'close' tells whether there was an error.
    emitClose: false,
    autoDestroy: true,
    decodeStrings: false,
    // All that a stream has put aside is read at once when it goes on, and nobody else has a turn meanwhile.
    highWaterMark: options.fairReads ? undefined : options.highWaterMark,
    readableHighWaterMark: options.readableHighWaterMark ?? (options.fairReads ? LEAST_SHARE : undefined),
    writableHighWaterMark:
      options.writableHighWaterMark ?? (options.fairReads ? options.highWaterMark : undefined),
    readable: options.readable,
    writable: options.writable,
  }) as DuplexOptions

/** Nothing is asked of the TCP: the same for all sockets of which that is true. */
export const NO_SETTINGS: Partial<TcpOptions> = Object.freeze({})

/** The options of a socket, or of a server's sockets, as the TCP has them. */
export const fromSocketOptions = (
  given: Pick<SocketOptions, 'noDelay' | 'keepAlive' | 'keepAliveInitialDelay' | 'typeOfService'>,
): Partial<TcpOptions> => {
  const { typeOfService, noDelay, keepAlive } = given
  if (typeOfService === undefined && !noDelay && !keepAlive) return NO_SETTINGS
  return {
    ...(typeOfService === undefined ? {} : { trafficClass: typeOfService & 0xfc }),
    ...(noDelay ? { noDelay: true } : {}),
    ...(keepAlive ? keepAliveOptions(true, given.keepAliveInitialDelay ?? 0, 0, 0) : {}),
  }
}

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

/** Returns whether any of these is not so already. */
export const differs = (given: Partial<TcpOptions>, present: Readonly<TcpOptions>): boolean =>
  Object.entries(given).some(([name, value]) => present[name as keyof TcpOptions] !== value)
