import type { ConnectionView as Connection } from '../tcp/block/connection-view.ts'
import { urgentPending } from '../tcp/calls.ts'
import { type ConnectionStatus, status } from '../tcp/status.ts'
import { type TcpInfo, tcpInfo } from '../tcp/tcp-info.ts'
import { addressInfo, addressText, familyText } from './address-info.ts'
import type { WriteEntry } from './outgoing-writes.ts'
import type { AddressInfo } from './socket-options.ts'
import { CHANNEL, RARE, SocketState } from './socket-state.ts'

const bytesOf = (entries: readonly WriteEntry[]): number => {
  let bytes = 0
  for (const { chunk, encoding } of entries)
    bytes += typeof chunk === 'string' ? Buffer.byteLength(chunk, encoding) : chunk.length
  return bytes
}

/** The connection, as far as it has a local end to tell of. */
const localOf = (socket: SocketState): Connection | null =>
  socket.destroyed ? null : (socket[CHANNEL]?.connection ?? null)

const remoteOf = (socket: SocketState): Connection | null =>
  socket.connecting ? null : (socket[CHANNEL]?.connection ?? null)

const isOfIpv6 = (socket: SocketState): boolean => socket[CHANNEL]?.ofIpv6 ?? false

/** The properties of a socket that only tell. */
export abstract class SocketView extends SocketState {
  /**
   * The state of the connection as the TCP sees it, or null before there is one. Times in ms, sizes in bytes; and what
   * Linux's TCP_INFO tells, by its names (`tcpi_…`) and in its units.
   */
  tcpInfo(): (ConnectionStatus & TcpInfo) | null {
    const connection = this[CHANNEL]?.connection
    if (!connection) return null
    // (Spread into one, so many properties take V8 more than half a millisecond.)
    return Object.assign(status(connection), tcpInfo(connection))
  }

  /** The old name of {@link connecting}. */
  get _connecting(): boolean {
    return this.connecting
  }

  get pending(): boolean {
    return this.connecting || this.destroyed || this[CHANNEL] === null
  }

  get readyState(): 'opening' | 'open' | 'readOnly' | 'writeOnly' | 'closed' {
    if (this.connecting) return 'opening'
    if (this.readable) return this.writable ? 'open' : 'readOnly'
    return this.writable ? 'writeOnly' : 'closed'
  }

  get bytesRead(): number {
    return this[CHANNEL]?.reading.bytes ?? 0
  }

  /** Bytes written, those that still wait included; undefined where there is no stream, as of the prototype. */
  get bytesWritten(): number {
    const { writableBuffer } = this as unknown as { writableBuffer?: readonly WriteEntry[] }
    if (writableBuffer === undefined) return undefined as never
    return (
      (this[CHANNEL]?.sending.bytesWritten ?? 0) +
      bytesOf(this[RARE].pending?.entries ?? []) +
      bytesOf(writableBuffer)
    )
  }

  /** Bytes that wait in the stream. */
  get bufferSize(): number | undefined {
    return this[CHANNEL] === null || this.destroyed ? undefined : this.writableLength
  }

  get remoteAddress(): string | undefined {
    const c = remoteOf(this)
    return c === null ? undefined : addressText(c.remoteAddress, isOfIpv6(this))
  }
  get remotePort(): number | undefined {
    return remoteOf(this)?.remotePort
  }
  get remoteFamily(): 'IPv4' | 'IPv6' | undefined {
    const c = remoteOf(this)
    return c === null ? undefined : familyText(c.remoteAddress, isOfIpv6(this))
  }
  get localAddress(): string | undefined {
    const c = localOf(this)
    return c === null ? undefined : addressText(c.localAddress, isOfIpv6(this))
  }
  get localPort(): number | undefined {
    return localOf(this)?.localPort
  }
  get localFamily(): 'IPv4' | 'IPv6' | undefined {
    const c = localOf(this)
    return c === null ? undefined : familyText(c.localAddress, isOfIpv6(this))
  }

  /** The local end; an empty object before there is one and after the socket is destroyed. */
  address(): AddressInfo | Record<string, never> {
    const c = localOf(this)
    return c === null ? {} : addressInfo(c.localAddress, c.localPort, isOfIpv6(this))
  }

  /** Bytes yet to come to the reader until the end of urgent data, 0 when there is none pending. */
  get urgentPending(): number {
    const connection = this[CHANNEL]?.connection
    return connection ? urgentPending(connection) : 0
  }
}
