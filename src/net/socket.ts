import { isIPv4, isIPv6 } from 'node:net'
import { addAbortSignal, Duplex } from 'node:stream'
import { configure, urgentPending } from '../tcp/calls.ts'
import type { Connection } from '../tcp/connection.ts'
import { type ErrorCode, TcpError } from '../tcp/error.ts'
import { type TcpOptions, tcpOptions } from '../tcp/options.ts'
import { type ConnectionStatus, status } from '../tcp/status.ts'
import { formatAddress, parseAddress } from '../wire/address.ts'
import { type ConnectOptions, checkConnectOptions, connectArguments } from './arguments.ts'
import { Channel } from './channel.ts'
import {
  addressError,
  badType,
  badValue,
  closedBeforeConnection,
  endedByPeer,
  outOfRange,
  type SystemError,
  socketClosed,
  transferError,
} from './errors.ts'
import type { NetStack } from './host-port.ts'
import { IdleTimer } from './idle-timer.ts'
import { lookupAddress } from './lookup.ts'
import type { WriteEntry } from './outgoing-writes.ts'
import {
  type AddressInfo,
  differs,
  fromSocketOptions,
  keepAliveOptions,
  type SocketOptions,
  streamOptions,
} from './socket-options.ts'

export type { AddressInfo, SocketOptions } from './socket-options.ts'

interface PendingWrite {
  readonly entries: readonly WriteEntry[]
  readonly callback: (error?: Error | null) => void
}

/**
 * A TCP connection in the shape of node:net's Socket. Not a net.Socket, which is a stream over a handle of the
 * kernel's, but the Duplex that TLS, HTTP and the rest take as well.
 *
 * Events: `lookup connectionAttempt connectionAttemptFailed connect ready data end drain timeout error
 * close(hadError)`, and `urgent(bytes)`: so many bytes to read until the end of urgent data, and
 * `softError(code, text)`: a trouble that has not ended the connection.
 */
export class Socket extends Duplex {
  /** From {@link connect} until the connection is established. */
  connecting = false
  override allowHalfOpen: boolean
  /** The server that accepted it. */
  server: object | null = null
  /** Milliseconds as given to {@link setTimeout}. */
  timeout: number | undefined
  autoSelectFamilyAttemptedAddresses: string[] | undefined
  #stack: NetStack | null
  #channel: Channel | null = null
  #tcp: Partial<TcpOptions>
  #idle: IdleTimer | null = null
  #referenced = true
  #holding = false
  #resetting = false
  readonly #onDestroy: (() => void) | null
  /** What was written while connecting. */
  #pending: PendingWrite | null = null
  #final: ((error?: Error | null) => void) | null = null
  #peerEnded = false
  /** The reader has asked before there was a connection. */
  #readAsked = false

  constructor(options: SocketOptions = {}) {
    if ((options as { objectMode?: boolean }).objectMode)
      throw badValue(`The property 'options.objectMode' is not supported. Received true`)
    const allowHalfOpen = Boolean(options.allowHalfOpen)
    super({
      ...streamOptions(options),
      allowHalfOpen,
      // 'close' tells whether there was an error.
      emitClose: false,
      autoDestroy: true,
      decodeStrings: false,
    })
    this.allowHalfOpen = allowHalfOpen
    this.#stack = options.stack ?? null
    this.#onDestroy = options.onDestroy ?? null
    this.#tcp = { ...options.tcp, ...fromSocketOptions(options) }
    tcpOptions(this.#tcp)
    this.on('end', () => {
      this.#peerEnded = true
    })
    if (options.connection !== undefined) this.#accept(options.connection, options.pauseOnCreate ?? false)
    if (options.signal) addAbortSignal(options.signal, this)
  }

  // Opening.

  #accept(connection: Connection, paused: boolean): void {
    const channel = this.#open(this.#stack!)
    channel.attach(connection)
    if (Object.keys(this.#tcp).length > 0) configure(connection, this.#tcp)
    if (paused) this.pause()
    else this.read(0)
    // It may have ended before anybody knew of it.
    if (connection.state === 'CLOSED') channel.closed(connection.error)
  }

  #open(stack: NetStack): Channel {
    const channel = new Channel(stack, {
      established: () => this.#established(),
      data: bytes => this.push(bytes),
      end: () => {
        this.push(null)
        // What nobody reads has to end all the same.
        this.read(0)
      },
      activity: () => this.#idle?.touch(),
      closed: error => this.#closed(error),
      urgent: () => this.emit('urgent', this.urgentPending),
      softError: (code, text) => this.emit('softError', code, text),
    })
    this.#channel = channel
    stack.sockets.add(this)
    if (this.#referenced) this.#hold()
    if (this.timeout) this.setTimeout(this.timeout)
    return channel
  }

  /**
   * Opens a connection; 'connect' or 'error' tells of the outcome.
   * @throws RangeError ERR_SOCKET_BAD_PORT; TypeError ERR_INVALID_IP_ADDRESS for a bad local address and
   *   ERR_INVALID_ARG_TYPE for what is of a wrong type
   */
  connect(options: ConnectOptions & { stack?: NetStack }, connectListener?: () => void): this
  connect(port: number | string, host: string, connectListener?: () => void): this
  connect(port: number | string, connectListener?: () => void): this
  connect(...args: unknown[]): this {
    const [options, callback] = connectArguments(args)
    const port = checkConnectOptions(options)
    const stack = (options as { stack?: NetStack }).stack ?? this.#stack
    if (stack === null) throw badValue('there is no stack to connect over: give the socket one')
    this.#stack = stack
    if (this.destroyed) this.#revive()
    this.#channel = null
    if (callback !== undefined) this.once('connect', callback)
    this.configure(fromSocketOptions(options))
    if (options.timeout) this.setTimeout(options.timeout)
    this.connecting = true
    const channel = this.#open(stack)
    this.#idle?.touch()
    const host = options.host || 'localhost'
    const go = (address: string) => {
      if (this.connecting && this.#channel === channel) this.#attempt(channel, address, port, options)
    }
    if (isIPv4(host) || isIPv6(host)) {
      process.nextTick(go, host)
      return this
    }
    lookupAddress(host, options.lookup, (error, address, family) => {
      this.emit('lookup', error, address, family, host)
      if (!this.connecting || this.#channel !== channel) return
      if (error !== null) process.nextTick(() => this.destroy(error))
      else go(address!)
    })
    return this
  }

  #attempt(channel: Channel, host: string, port: number, options: ConnectOptions): void {
    const { localAddress, localPort = 0 } = options
    this.autoSelectFamilyAttemptedAddresses = [`${host}:${port}`]
    this.emit('connectionAttempt', host, port, isIPv6(host) ? 6 : 4)
    if (!this.connecting || this.#channel !== channel) return
    if (isIPv6(host)) {
      this.destroy(addressError('EAFNOSUPPORT', 'connect', host, port, '0.0.0.0:0'))
      return
    }
    if (port === 0) {
      // Nobody listens there; the kernel finds out by asking.
      this.#failed(addressError('ECONNREFUSED', 'connect', host, port))
      return
    }
    // As Linux does: nowhere in particular is here.
    const remote = parseAddress(host) || parseAddress('127.0.0.1')
    try {
      channel.attach(
        this.#stack!.host.connect(remote, port, channel, {
          ...(localAddress ? { localAddress: parseAddress(localAddress) } : {}),
          localPort,
          options: this.#tcp,
        }),
      )
    } catch (error) {
      if (!(error instanceof TcpError)) throw error
      const { code } = error
      const bound = (code === 'EADDRNOTAVAIL' && localAddress) || (code === 'EADDRINUSE' && localPort)
      this.destroy(
        bound
          ? addressError(code, 'bind', localAddress ?? '0.0.0.0', localPort)
          : addressError(code, 'connect', host, port, `${localAddress ?? '0.0.0.0'}:${localPort}`),
      )
    }
  }

  #failed(error: SystemError): void {
    if (!this.connecting) return
    this.emit('connectionAttemptFailed', error.address, error.port, 4, error)
    this.destroy(error)
  }

  #established(): void {
    if (!this.connecting) return
    this.connecting = false
    this.#idle?.touch()
    const channel = this.#channel!
    const pending = this.#pending
    this.#pending = null
    // What was written leaves with the acknowledgment of the SYN; its writer hears of it after 'connect'.
    let connected = false
    let written: (() => void) | null = null
    if (pending !== null)
      channel.write(pending.entries, error => {
        if (connected) pending.callback(error)
        else written = () => pending.callback(error)
      })
    try {
      this.emit('connect')
    } finally {
      connected = true
      ;(written as (() => void) | null)?.()
      if (!this.destroyed) this.#begin()
    }
    this.emit('ready')
  }

  /** What was asked for while connecting. */
  #begin(): void {
    const final = this.#final
    this.#final = null
    if (final !== null) this._final(final)
    if (this.#readAsked) this.#channel?.read()
    else if (!this.isPaused()) this.read(0)
    this.#readAsked = false
  }

  /** A socket that is closed may connect again. */
  #revive(): void {
    ;(this as unknown as { _undestroy(): void })._undestroy()
    this.#peerEnded = false
    this.#readAsked = false
    this.#resetting = false
  }

  // The stream.

  override _read(): void {
    if (this.connecting || this.#channel === null) this.#readAsked = true
    else this.#channel.read()
  }

  override _write(
    chunk: Uint8Array | string,
    encoding: BufferEncoding,
    callback: (error?: Error | null) => void,
  ) {
    const channel = this.#channel
    if (this.connecting) this.#pending = { entries: [{ chunk, encoding }], callback }
    else if (channel === null) callback(socketClosed())
    else {
      this.#idle?.touch()
      channel.writeOne(chunk, encoding, callback)
    }
  }

  override _writev(entries: readonly WriteEntry[], callback: (error?: Error | null) => void): void {
    const channel = this.#channel
    if (this.connecting) this.#pending = { entries, callback }
    else if (channel === null) callback(socketClosed())
    else {
      this.#idle?.touch()
      channel.write(entries, callback)
    }
  }

  override _final(callback: (error?: Error | null) => void): void {
    if (this.connecting) {
      this.#final = callback
      return
    }
    this.#channel?.end()
    callback()
  }

  override write(
    chunk: unknown,
    encoding?: BufferEncoding | ((error: Error | null | undefined) => void),
    callback?: (error: Error | null | undefined) => void,
  ): boolean {
    // The peer's end has ended this side too: an error of the connection's, not of the program's.
    if (this.#peerEnded && !this.allowHalfOpen && this.writableEnded) {
      const error = endedByPeer()
      const told = typeof encoding === 'function' ? encoding : callback
      if (told !== undefined) process.nextTick(told, error)
      this.destroy(error)
      return false
    }
    return super.write(chunk, encoding as BufferEncoding, callback)
  }

  #closed(error: ErrorCode | null): void {
    const channel = this.#channel!
    if (error === null) return
    const { connection } = channel
    if (this.connecting && connection !== null) {
      this.#failed(
        addressError(error, 'connect', formatAddress(connection.remoteAddress), connection.remotePort),
      )
      return
    }
    this.destroy(transferError(error, error === 'EPIPE' ? 'write' : 'read'))
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.connecting = false
    this.#idle?.stop()
    const channel = this.#channel
    if (this.#resetting) channel?.abort()
    else channel?.release()
    this.#channel = channel?.connection ? channel : null
    const pending = this.#pending
    this.#pending = null
    this.#final = null
    callback(error)
    // As a kernel's handle, which is closed at the end of the turn.
    setImmediate(() => {
      this.#stack?.sockets.delete(this)
      this.#letGo()
      try {
        this.emit('close', error !== null)
      } finally {
        pending?.callback(closedBeforeConnection())
      }
    })
    this.#onDestroy?.()
  }

  // Closing.

  /** Ends after everything written has gone, then destroys, without waiting for the peer's end. */
  destroySoon(): void {
    if (this.writable) this.end()
    if (this.writableFinished) this.destroy()
    else this.once('finish', () => this.destroy())
  }

  /** Ends the connection by a RST; while connecting, as soon as that is done. */
  resetAndDestroy(): this {
    if (this.destroyed || this.#channel === null) this.destroy(socketClosed())
    else if (this.connecting) this.once('connect', () => this.#reset())
    else this.#reset()
    return this
  }

  #reset(): void {
    this.#resetting = true
    this.destroy()
  }

  // Options.

  /**
   * Emits 'timeout' when nothing was sent or received for so many milliseconds on the stack's clock; 0 for never.
   * The socket stays as it is.
   */
  setTimeout(ms: number, callback?: () => void): this {
    if (this.destroyed) return this
    if (typeof ms !== 'number') throw badType('msecs', 'of type number', ms)
    if (!(ms >= 0 && ms < Number.POSITIVE_INFINITY))
      throw outOfRange('msecs', 'a non-negative finite number', ms)
    if (callback !== undefined && typeof callback !== 'function')
      throw badType('callback', 'of type function', callback)
    this.timeout = ms
    if (this.#stack !== null) {
      this.#idle ??= new IdleTimer(this.#stack.host.clock, () => this.emit('timeout'))
      this.#idle.set(ms)
    }
    if (callback !== undefined) {
      if (ms === 0) this.removeListener('timeout', callback)
      else this.once('timeout', callback)
    }
    return this
  }

  /**
   * Changes options of the TCP for this connection alone, before or while it is connected.
   * @throws RangeError naming the option, what it was given and its bounds
   */
  configure(options: Partial<TcpOptions>): this {
    tcpOptions(options)
    const connection = this.#channel?.connection
    if (connection) {
      if (connection.state !== 'CLOSED' && differs(options, connection.options))
        configure(connection, options)
    } else {
      this.#tcp = { ...this.#tcp, ...options }
    }
    return this
  }

  /** Whether small segments leave although data is unacknowledged (TCP_NODELAY). */
  setNoDelay(noDelay = true): this {
    return this.configure({ noDelay: Boolean(noDelay) })
  }

  /** Probes an idle connection: after `initialDelay` ms, every `interval` ms, `count` times; 0 leaves a default. */
  setKeepAlive(enable = false, initialDelay = 0, interval = 0, count = 0): this {
    return this.configure(keepAliveOptions(Boolean(enable), initialDelay, interval, count))
  }

  /** How long (ms) sent data may stay unacknowledged before the connection is given up; 0 for ever (RFC 5482). */
  setUserTimeout(ms: number): this {
    return this.configure({ userTimeout: ms })
  }

  ref(): this {
    this.#referenced = true
    if (this.#channel !== null && !this.destroyed) this.#hold()
    return this
  }

  unref(): this {
    this.#referenced = false
    this.#letGo()
    return this
  }

  #hold(): void {
    if (this.#holding) return
    this.#holding = true
    this.#stack!.keeper.hold()
  }

  #letGo(): void {
    if (!this.#holding) return
    this.#holding = false
    this.#stack!.keeper.release()
  }

  // Urgent data.

  /** Writes data the end of which is marked urgent (RFC 9293 §3.8.5). Not for new programs (RFC 6093). */
  sendUrgent(data: Uint8Array | string, callback?: (error: Error | null | undefined) => void): boolean {
    const chunk = Buffer.from(data as string)
    if (this.#channel === null) throw socketClosed()
    this.#channel.markUrgent(chunk)
    return this.write(chunk, callback)
  }

  /** Bytes yet to come to the reader until the end of urgent data, 0 when there is none pending. */
  get urgentPending(): number {
    const connection = this.#channel?.connection
    return connection ? urgentPending(connection) : 0
  }

  // What it is.

  /** The state of the connection as the TCP sees it, or null before there is one. Times in ms, sizes in bytes. */
  tcpInfo(): ConnectionStatus | null {
    const connection = this.#channel?.connection
    return connection ? status(connection) : null
  }

  get pending(): boolean {
    return this.connecting || this.destroyed || this.#channel === null
  }

  get readyState(): 'opening' | 'open' | 'readOnly' | 'writeOnly' | 'closed' {
    if (this.connecting) return 'opening'
    if (this.readable) return this.writable ? 'open' : 'readOnly'
    return this.writable ? 'writeOnly' : 'closed'
  }

  get bytesRead(): number {
    return this.#channel?.bytesRead ?? 0
  }

  /** Bytes written, those that still wait included. */
  get bytesWritten(): number {
    let bytes = this.#channel?.bytesWritten ?? 0
    const waiting = (this as unknown as { writableBuffer?: readonly WriteEntry[] }).writableBuffer ?? []
    for (const entries of [this.#pending?.entries ?? [], waiting])
      for (const { chunk, encoding } of entries)
        bytes += typeof chunk === 'string' ? Buffer.byteLength(chunk, encoding) : chunk.length
    return bytes
  }

  /** Bytes that wait in the stream. */
  get bufferSize(): number | undefined {
    return this.#channel === null || this.destroyed ? undefined : this.writableLength
  }

  get #remote(): Connection | null {
    const connection = this.#channel?.connection ?? null
    return this.connecting ? null : connection
  }

  get remoteAddress(): string | undefined {
    const c = this.#remote
    return c === null ? undefined : formatAddress(c.remoteAddress)
  }
  get remotePort(): number | undefined {
    return this.#remote?.remotePort
  }
  get remoteFamily(): 'IPv4' | undefined {
    return this.#remote === null ? undefined : 'IPv4'
  }
  get localAddress(): string | undefined {
    const c = this.#channel?.connection
    return c ? formatAddress(c.localAddress) : undefined
  }
  get localPort(): number | undefined {
    return this.#channel?.connection?.localPort
  }
  get localFamily(): 'IPv4' | undefined {
    return this.#channel?.connection ? 'IPv4' : undefined
  }

  /** The local end; an empty object before there is one. */
  address(): AddressInfo | Record<string, never> {
    const c = this.#channel?.connection
    return c ? { address: formatAddress(c.localAddress), family: 'IPv4', port: c.localPort } : {}
  }
}
