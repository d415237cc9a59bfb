import { Duplex } from 'node:stream'
import type { ConnectionView as Connection } from '../tcp/block/connection-view.ts'
import { urgentPending } from '../tcp/calls.ts'
import { type ConnectionStatus, status } from '../tcp/status.ts'
import { type TcpInfo, tcpInfo } from '../tcp/tcp-info.ts'
import { addressInfo, addressText, familyText } from './address-info.ts'
import type { Channel } from './channel.ts'
import type { WriteEntry } from './outgoing-writes.ts'
import type { AddressInfo } from './socket-options.ts'

// The parts of a socket share these; symbols, because a user's subclass may have any name for its own.

/** Between the socket and its connection, from connect() on. */
export const CHANNEL = Symbol('channel')
/** Data that was written while connecting. */
export const PENDING = Symbol('pending')

export interface PendingWrite {
  readonly entries: readonly WriteEntry[]
  /** Writes it now. */
  write(): void
}

const bytesOf = (entries: readonly WriteEntry[]): number => {
  let bytes = 0
  for (const { chunk, encoding } of entries)
    bytes += typeof chunk === 'string' ? Buffer.byteLength(chunk, encoding) : chunk.length
  return bytes
}

/** The properties of a socket that only tell. */
export abstract class SocketView extends Duplex {
  /** From connect() until the connection is established. */
  connecting = false
  /** The addresses that were tried when the name had several. */
  autoSelectFamilyAttemptedAddresses: string[] | undefined;
  /** @internal */
  [CHANNEL]: Channel | null = null;
  /** @internal */
  [PENDING]: PendingWrite | null = null

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
      bytesOf(this[PENDING]?.entries ?? []) +
      bytesOf(writableBuffer)
    )
  }

  /** Bytes that wait in the stream. */
  get bufferSize(): number | undefined {
    return this[CHANNEL] === null || this.destroyed ? undefined : this.writableLength
  }

  get #local(): Connection | null {
    return this.destroyed ? null : (this[CHANNEL]?.connection ?? null)
  }

  get #ofIpv6(): boolean {
    return this[CHANNEL]?.ofIpv6 ?? false
  }

  get #remote(): Connection | null {
    return this.connecting ? null : (this[CHANNEL]?.connection ?? null)
  }

  get remoteAddress(): string | undefined {
    const c = this.#remote
    return c === null ? undefined : addressText(c.remoteAddress, this.#ofIpv6)
  }
  get remotePort(): number | undefined {
    return this.#remote?.remotePort
  }
  get remoteFamily(): 'IPv4' | 'IPv6' | undefined {
    const c = this.#remote
    return c === null ? undefined : familyText(c.remoteAddress, this.#ofIpv6)
  }
  get localAddress(): string | undefined {
    const c = this.#local
    return c === null ? undefined : addressText(c.localAddress, this.#ofIpv6)
  }
  get localPort(): number | undefined {
    return this.#local?.localPort
  }
  get localFamily(): 'IPv4' | 'IPv6' | undefined {
    const c = this.#local
    return c === null ? undefined : familyText(c.localAddress, this.#ofIpv6)
  }

  /** The local end; an empty object before there is one and after the socket is destroyed. */
  address(): AddressInfo | Record<string, never> {
    const c = this.#local
    return c === null ? {} : addressInfo(c.localAddress, c.localPort, this.#ofIpv6)
  }

  /** Bytes yet to come to the reader until the end of urgent data, 0 when there is none pending. */
  get urgentPending(): number {
    const connection = this[CHANNEL]?.connection
    return connection ? urgentPending(connection) : 0
  }
}
