import { AsyncResource } from 'node:async_hooks'
import type { BlockList } from 'node:net'
import { addAbortSignal } from 'node:stream'
import type { ListEntry } from '../base/linked-list.ts'
import type { ConnectionView as Connection } from '../tcp/block/connection-view.ts'
import type { ErrorCode } from '../tcp/block/error.ts'
import { tcpOptions } from '../tcp/block/options.ts'
import { configure } from '../tcp/calls.ts'
import { type ConnectOptions, checkConnectOptions, connectArguments } from './arguments.ts'
import { Channel } from './channel.ts'
import type { ChannelEvents } from './channel-events.ts'
import { defaultStack } from './defaults.ts'
import { badValue, closedBeforeConnection, endedByPeer, socketClosed, transferError } from './errors.ts'
import type { NetStack, OpenSocket } from './host-port.ts'
import { nativeReader } from './native-reader.ts'
import { Opening } from './opening.ts'
import type { WriteEntry } from './outgoing-writes.ts'
import { nextTick } from './real-timers.ts'
import { hasSession, type SessionHandle, sessionHandle } from './session-handle.ts'
import { IDLE, LINGER, REFERENCED, SETTINGS, SocketControls, STACK } from './socket-controls.ts'
import {
  checkSocketOptions,
  fromSocketOptions,
  NO_SETTINGS,
  type SocketOptions,
  streamOptions,
} from './socket-options.ts'
import { CHANNEL, PENDING } from './socket-view.ts'
import { UserBuffer } from './user-buffer.ts'

export type { AddressInfo, SocketOptions } from './socket-options.ts'

/**
 * The context of what nobody in this process has begun: an accepted connection's events come in it, not in the one
 * of whoever happened to bring the packet, as with a kernel's.
 */
const OUTSIDE = new AsyncResource('TUNTCP')

/**
 * A TCP connection in the shape of node:net's Socket. Not a net.Socket, which is a stream over a handle of the
 * kernel's, but the Duplex that TLS, HTTP and the rest take as well.
 *
 * Events: `lookup connectionAttempt connectionAttemptFailed connectionAttemptTimeout connect ready data end drain
 * timeout error close(hadError)`, and `urgent(bytes)`: so many bytes to read until the end of urgent data, and
 * `softError(code, text)`: a trouble that has not ended the connection.
 */
export class Socket extends SocketControls {
  override allowHalfOpen: boolean
  /** The server that accepted it. */
  server: object | null = null
  /** A session of HTTP/2's. */
  #session: SessionHandle | null = null
  #opening: Opening | null = null
  #resetting = false
  readonly #blockList: BlockList | null
  readonly #onDestroy: (() => void) | null
  readonly #userBuffer: UserBuffer | null
  readonly #lends: boolean
  readonly #readsFairly: boolean
  #final: ((error?: Error | null) => void) | null = null
  #peerEnded = false
  /** The reader has asked before there was a connection. */
  #readAsked = false
  /** Among the stack's. */
  #place: ListEntry<OpenSocket> | null = null

  /** @throws TypeError ERR_INVALID_ARG_VALUE for what a stack cannot have: `fd`, `handle`, `objectMode` */
  constructor(options: SocketOptions = {}) {
    // A server's are what they should be.
    if (options.connection === undefined) checkSocketOptions(options)
    super(streamOptions(options))
    this.allowHalfOpen = Boolean(options.allowHalfOpen)
    this.#blockList = options.blockList ?? null
    this.#onDestroy = options.onDestroy ?? null
    this.#userBuffer = UserBuffer.from(options.onread, this)
    this.#lends = Boolean(options.lend)
    this.#readsFairly = Boolean(options.fairReads)
    this[STACK] = options.stack ?? null
    const settings = fromSocketOptions(options)
    if (options.tcp !== undefined || settings !== NO_SETTINGS) {
      this[SETTINGS] = { ...options.tcp, ...settings }
      tcpOptions(this[SETTINGS])
    }
    this.on('end', Socket.#noteEnd)
    if (options.connection !== undefined)
      this.#accept(options.connection, options.pauseOnCreate ?? false, options.ofIpv6 ?? false)
    if (options.signal) addAbortSignal(options.signal, this)
  }

  /** The same for all: a function for each socket would cost more than what it does. */
  static readonly #noteEnd = function (this: Socket): void {
    this.#peerEnded = true
  }

  /** None: there is nothing of the kernel's behind it. Libraries look for it; only to HTTP/2 it shows one. */
  get _handle(): object | null {
    const channel = this[CHANNEL]
    if (this.#session === null && channel !== null && !this.destroyed && hasSession(this))
      this.#session = sessionHandle(this, channel)
    return this.#session
  }

  // Opening.

  #accept(connection: Connection, paused: boolean, ofIpv6: boolean): void {
    const channel = OUTSIDE.runInAsyncScope(this.#open, this, this[STACK]!)
    channel.attach(connection)
    channel.ofIpv6 = ofIpv6
    if (this[SETTINGS] !== NO_SETTINGS) configure(connection, this[SETTINGS])
    if (paused) this.pause()
    else this.read(0)
  }

  /** The channel's events, for all sockets alike. */
  static readonly #events: ChannelEvents<Socket> = {
    established: socket => socket.#opening?.inContext(socket.#established, socket),
    keeps: socket =>
      socket.#userBuffer === null && (socket.readableFlowing !== true || socket.readableLength > 0),
    native(socket) {
      const reader = socket.#session === null ? nativeReader(socket) : socket.#session.reader
      if (reader !== null) socket[IDLE]?.touch()
      return reader
    },
    data(socket, bytes) {
      socket[IDLE]?.touch()
      return socket.#userBuffer === null ? socket.push(bytes) : socket.#giveToUser(bytes, socket.#userBuffer)
    },
    end(socket) {
      socket[IDLE]?.touch()
      if (socket.#session !== null) {
        socket.#session.emitEOF()
        return
      }
      socket.push(null)
      // A stream that nobody reads has to end all the same.
      socket.read(0)
    },
    written: socket => socket[IDLE]?.touch(),
    failed: (socket, error) => socket.#failed(error),
    urgent: socket => socket.emit('urgent', socket.urgentPending),
    softError: (socket, code, text) => socket.emit('softError', code, text),
  }

  #open(stack: NetStack): Channel {
    const channel = new Channel(stack, this, Socket.#events, this[REFERENCED])
    channel.sending.lends = this.#lends
    if (this.#readsFairly && stack.host.clock.timesTurns) channel.reading.beFair()
    if (this.timeout && (this[IDLE] === null || stack !== this[STACK])) {
      this[STACK] = stack
      this.setTimeout(this.timeout)
    }
    this[STACK] = stack
    this[CHANNEL] = channel
    if (this.#userBuffer !== null) channel.reading.limit = this.#userBuffer.renew()
    this.#place ??= stack.sockets.add(this)
    return channel
  }

  /**
   * Opens a connection; 'connect' or 'error' tells of the outcome.
   * @throws RangeError ERR_SOCKET_BAD_PORT; TypeError ERR_INVALID_IP_ADDRESS for a bad local address,
   *   ERR_INVALID_ARG_TYPE for what is of a wrong type, ERR_INVALID_ARG_VALUE for a path
   */
  connect(options: ConnectOptions & { stack?: NetStack }, connectListener?: () => void): this
  connect(port: number | string, host: string, connectListener?: () => void): this
  connect(port: number | string, connectListener?: () => void): this
  connect(...args: unknown[]): this {
    const [options, callback] = connectArguments(args)
    checkConnectOptions(options)
    const stack = (options as { stack?: NetStack }).stack ?? this[STACK] ?? defaultStack()
    if (stack === null) throw badValue('there is no stack to connect over: give the socket one')
    if (this.destroyed) this.#revive()
    if (callback !== undefined) this.once('connect', callback)
    this.configure(fromSocketOptions(options))
    if (options.timeout) this.setTimeout(options.timeout)
    this.connecting = true
    // As a handle, a channel is for one connection; to ask for another is an error, which the opening finds.
    const channel = this[CHANNEL] ?? this.#open(stack)
    this[IDLE]?.touch()
    this.#opening = new Opening(
      this,
      this[STACK]!,
      channel,
      options,
      () => this[SETTINGS],
      this.#blockList,
      this.#opening,
    )
    this.#opening.start()
    return this
  }

  #established(): void {
    if (!this.connecting) return
    const channel = this[CHANNEL]!
    this.connecting = false
    channel.hold.connecting = false
    this.#opening?.end()
    this[IDLE]?.touch()
    try {
      this.emit('connect')
    } finally {
      // A listener that throws keeps nothing from being written.
      this[PENDING]?.write()
      if (!this.destroyed) this.#begin()
    }
    this.emit('ready')
  }

  /** Settings asked for while connecting. */
  #begin(): void {
    const final = this.#final
    this.#final = null
    if (final !== null) this._final(final)
    if (this.#readAsked) this[CHANNEL]?.read()
    else if (!this.isPaused()) this.read(0)
    this.#readAsked = false
  }

  /** A socket that is closed may connect again. */
  #revive(): void {
    this[CHANNEL] = null
    this.#opening = null
    this.#peerEnded = false
    this.#session = null
    ;(this as unknown as { _undestroy(): void })._undestroy()
    this[PENDING] = null
    this.#readAsked = false
    this.#resetting = false
  }

  // The stream.

  override _read(): void {
    if (this.connecting || this[CHANNEL] === null) this.#readAsked = true
    else this[CHANNEL].read()
  }

  override _write(
    chunk: Uint8Array | string,
    encoding: BufferEncoding,
    callback: (error?: Error | null) => void,
  ): void {
    this._writev([{ chunk, encoding }], callback)
  }

  override _writev(entries: readonly WriteEntry[], callback: (error?: Error | null) => void): void {
    const channel = this[CHANNEL]
    if (this.connecting) this.#writeLater(entries, callback)
    else if (channel === null) callback(socketClosed())
    else if (channel.connection === null) callback(transferError('EPIPE', 'write'))
    else {
      this[IDLE]?.touch()
      channel.write(entries, callback)
    }
  }

  /** As node:net: between the listeners of 'connect' that are there already, and those that come later. */
  #writeLater(entries: readonly WriteEntry[], callback: (error?: Error | null) => void): void {
    const write = () => {
      this.off('connect', write).off('close', closed)
      this[PENDING] = null
      if (this.destroyed) callback(socketClosed())
      else this._writev(entries, callback)
    }
    const closed = () => {
      this.off('connect', write)
      callback(closedBeforeConnection())
    }
    this[PENDING] = { entries, write }
    this.once('connect', write).once('close', closed)
  }

  override _final(callback: (error?: Error | null) => void): void {
    const channel = this[CHANNEL]
    if (this.connecting) {
      this.#final = callback
      return
    }
    // As Node ≥ 22: there is nothing to wait for.
    if (channel === null) callback()
    // (Without a connection it is being refused, and destroyed next.)
    else if (channel.connection !== null) channel.end(callback)
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
      if (told !== undefined) nextTick(told, error)
      this.destroy(error)
      return false
    }
    return super.write(chunk, encoding as BufferEncoding, callback)
  }

  // With a buffer of the user's, no stream in between asks for more, or for no more.

  override pause(): this {
    if (this.#userBuffer !== null && !this.connecting) {
      this.#userBuffer.paused = true
      this[CHANNEL]?.pause()
    }
    return super.pause()
  }

  override resume(): this {
    this.#readOn()
    return super.resume()
  }

  override read(size?: number): unknown {
    this.#readOn()
    return super.read(size)
  }

  #readOn(): void {
    const buffer = this.#userBuffer
    const channel = this[CHANNEL]
    if (buffer === null || channel === null || this.connecting || this.destroyed) return
    buffer.paused = false
    channel.read()
  }

  #giveToUser(bytes: Uint8Array, buffer: UserBuffer): boolean {
    const more = buffer.give(bytes)
    if (!this.destroyed) this[CHANNEL]!.reading.limit = buffer.renew()
    return more
  }

  #failed(error: ErrorCode): void {
    if (this.connecting) this.#opening?.failed(error)
    else this.destroy(transferError(error, error === 'EPIPE' ? 'write' : 'read'))
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.connecting = false
    this.#opening?.end()
    this.#session?.close()
    this[IDLE]?.stop()
    const channel = this[CHANNEL]
    const linger = this[LINGER]
    this.#final = null
    const closed = () => {
      if (this.#place !== null) this[STACK]?.sockets.delete(this.#place)
      this.#place = null
      if (channel === null) this.emit('close')
      else this.emit('close', error !== null)
    }
    callback(error)
    if (channel === null) nextTick(closed)
    else if (this.#resetting || linger === 0) channel.abort(closed)
    else channel.release(linger, closed)
    // It stays, for bytesWritten to tell of.
    this[CHANNEL] = channel?.connection ? channel : null
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
    if (this.destroyed || this[CHANNEL] === null) this.destroy(socketClosed())
    else if (this.connecting) this.once('connect', () => this.#reset())
    else this.#reset()
    return this
  }

  #reset(): void {
    this.#resetting = true
    this.destroy()
  }

  // Urgent data.

  /** Writes data the end of which is marked urgent (RFC 9293 §3.8.5). Not for new programs (RFC 6093). */
  sendUrgent(data: Uint8Array | string, callback?: (error: Error | null | undefined) => void): boolean {
    const chunk = Buffer.from(data as string)
    if (this[CHANNEL] === null) throw socketClosed()
    this[CHANNEL].sending.markUrgent(chunk)
    return this.write(chunk, callback)
  }
}
