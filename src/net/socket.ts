import { AsyncResource } from 'node:async_hooks'
import { addAbortSignal } from 'node:stream'
import type { ListEntry } from '../base/linked-list.ts'
import type { ConnectionView as Connection } from '../tcp/block/connection-view.ts'
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
import { hasSession, sessionHandle } from './session-handle.ts'
import { SocketControls } from './socket-controls.ts'
import {
  checkSocketOptions,
  fromSocketOptions,
  NO_SETTINGS,
  type SocketOptions,
  streamOptions,
} from './socket-options.ts'
import {
  CHANNEL,
  hasFlag,
  IDLE,
  LENDS,
  PEER_ENDED,
  RARE,
  READ_ASKED,
  READS_FAIRLY,
  REFERENCED,
  RESETTING,
  STACK,
  setFlag,
  setRare,
} from './socket-state.ts'
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
  readonly #onDestroy: (() => void) | null
  /** Among the stack's. */
  #place: ListEntry<OpenSocket> | null = null

  /** @throws TypeError ERR_INVALID_ARG_VALUE for what a stack cannot have: `fd`, `handle`, `objectMode` */
  constructor(options: SocketOptions = {}) {
    // A server's are what they should be.
    if (options.connection === undefined) checkSocketOptions(options)
    super(streamOptions(options))
    this.allowHalfOpen = Boolean(options.allowHalfOpen)
    this.#onDestroy = options.onDestroy ?? null
    if (options.blockList) setRare(this, 'blockList', options.blockList)
    if (options.onread) setRare(this, 'userBuffer', UserBuffer.from(options.onread, this))
    if (options.lend) setFlag(this, LENDS, true)
    if (options.fairReads) setFlag(this, READS_FAIRLY, true)
    this[STACK] = options.stack ?? null
    const settings = fromSocketOptions(options)
    if (options.tcp !== undefined || settings !== NO_SETTINGS) {
      setRare(this, 'settings', { ...options.tcp, ...settings })
      tcpOptions(this[RARE].settings)
    }
    this.on('end', Socket.#noteEnd)
    if (options.connection !== undefined)
      Socket.#accept(this, options.connection, options.pauseOnCreate ?? false, options.ofIpv6 ?? false)
    if (options.signal) addAbortSignal(options.signal, this)
  }

  /** The same for all: a function for each socket would cost more than what it does. */
  static readonly #noteEnd = function (this: Socket): void {
    setFlag(this, PEER_ENDED, true)
  }

  /** None: there is nothing of the kernel's behind it. Libraries look for it; only to HTTP/2 it shows one. */
  get _handle(): object | null {
    const channel = this[CHANNEL]
    if (this[RARE].session === null && channel !== null && !this.destroyed && hasSession(this))
      setRare(this, 'session', sessionHandle(this, channel))
    return this[RARE].session
  }

  // Opening.

  static #accept(socket: Socket, connection: Connection, paused: boolean, ofIpv6: boolean): void {
    const channel = OUTSIDE.runInAsyncScope(Socket.#open, undefined, socket, socket[STACK]!)
    channel.attach(connection)
    channel.ofIpv6 = ofIpv6
    const { settings } = socket[RARE]
    if (settings !== NO_SETTINGS) configure(connection, settings)
    if (paused) socket.pause()
    else socket.read(0)
  }

  /** The channel's events, for all sockets alike. */
  static readonly #events: ChannelEvents<Socket> = {
    established: socket => socket[RARE].opening?.inContext(Socket.#established, socket),
    keeps: socket =>
      socket[RARE].userBuffer === null && (socket.readableFlowing !== true || socket.readableLength > 0),
    native(socket) {
      const { session } = socket[RARE]
      const reader = session === null ? nativeReader(socket) : session.reader
      if (reader !== null) socket[IDLE]?.touch()
      return reader
    },
    data(socket, bytes) {
      socket[IDLE]?.touch()
      const { userBuffer } = socket[RARE]
      return userBuffer === null ? socket.push(bytes) : Socket.#giveToUser(socket, bytes, userBuffer)
    },
    end(socket) {
      socket[IDLE]?.touch()
      const { session } = socket[RARE]
      if (session !== null) {
        session.emitEOF()
        return
      }
      socket.push(null)
      // A stream that nobody reads has to end all the same.
      socket.read(0)
    },
    written: socket => socket[IDLE]?.touch(),
    failed(socket, error) {
      if (socket.connecting) socket[RARE].opening?.failed(error)
      else socket.destroy(transferError(error, error === 'EPIPE' ? 'write' : 'read'))
    },
    urgent: socket => socket.emit('urgent', socket.urgentPending),
    softError: (socket, code, text) => socket.emit('softError', code, text),
  }

  static #open(this: void, socket: Socket, stack: NetStack): Channel {
    const channel = new Channel(stack, socket, Socket.#events, hasFlag(socket, REFERENCED))
    channel.sending.lends = hasFlag(socket, LENDS)
    if (hasFlag(socket, READS_FAIRLY) && stack.host.clock.timesTurns) channel.reading.beFair()
    if (socket.timeout && (socket[IDLE] === null || stack !== socket[STACK])) {
      socket[STACK] = stack
      socket.setTimeout(socket.timeout)
    }
    socket[STACK] = stack
    socket[CHANNEL] = channel
    const { userBuffer } = socket[RARE]
    if (userBuffer !== null) channel.reading.limit = userBuffer.renew()
    socket.#place = stack.sockets.add(socket)
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
    if (this.destroyed) Socket.#revive(this)
    if (callback !== undefined) this.once('connect', callback)
    this.configure(fromSocketOptions(options))
    if (options.timeout) this.setTimeout(options.timeout)
    this.connecting = true
    // As a handle, a channel is for one connection; to ask for another is an error, which the opening finds.
    const channel = this[CHANNEL] ?? Socket.#open(this, stack)
    this[IDLE]?.touch()
    const { blockList, opening: previous } = this[RARE]
    const tcp = () => this[RARE].settings
    const opening = new Opening(this, this[STACK]!, channel, options, tcp, blockList, previous)
    setRare(this, 'opening', opening)
    opening.start()
    return this
  }

  static readonly #established = function (this: Socket): void {
    if (!this.connecting) return
    const channel = this[CHANNEL]!
    this.connecting = false
    channel.hold.connecting = false
    this[RARE].opening?.end()
    setRare(this, 'opening', null)
    this[IDLE]?.touch()
    try {
      this.emit('connect')
    } finally {
      // A listener that throws keeps nothing from being written.
      this[RARE].pending?.write()
      if (!this.destroyed) Socket.#begin(this)
    }
    this.emit('ready')
  }

  /** Settings asked for while connecting. */
  static #begin(socket: Socket): void {
    const { final } = socket[RARE]
    setRare(socket, 'final', null)
    if (final !== null) socket._final(final)
    if (hasFlag(socket, READ_ASKED)) socket[CHANNEL]?.read()
    else if (!socket.isPaused()) socket.read(0)
    setFlag(socket, READ_ASKED, false)
  }

  /** A socket that is closed may connect again. */
  static #revive(socket: Socket): void {
    socket[CHANNEL] = null
    setRare(socket, 'opening', null)
    setRare(socket, 'session', null)
    ;(socket as unknown as { _undestroy(): void })._undestroy()
    setRare(socket, 'pending', null)
    setFlag(socket, PEER_ENDED | READ_ASKED | RESETTING, false)
  }

  // The stream.

  override _read(): void {
    if (this.connecting || this[CHANNEL] === null) setFlag(this, READ_ASKED, true)
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
    if (this.connecting) Socket.#writeLater(this, entries, callback)
    else if (channel === null) callback(socketClosed())
    else if (channel.connection === null) callback(transferError('EPIPE', 'write'))
    else {
      this[IDLE]?.touch()
      channel.write(entries, callback)
    }
  }

  /** As node:net: between the listeners of 'connect' that are there already, and those that come later. */
  static #writeLater(
    socket: Socket,
    entries: readonly WriteEntry[],
    callback: (error?: Error | null) => void,
  ): void {
    const write = () => {
      socket.off('connect', write).off('close', closed)
      setRare(socket, 'pending', null)
      if (socket.destroyed) callback(socketClosed())
      else socket._writev(entries, callback)
    }
    const closed = () => {
      socket.off('connect', write)
      callback(closedBeforeConnection())
    }
    setRare(socket, 'pending', { entries, write })
    socket.once('connect', write).once('close', closed)
  }

  override _final(callback: (error?: Error | null) => void): void {
    const channel = this[CHANNEL]
    if (this.connecting) {
      setRare(this, 'final', callback)
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
    if (hasFlag(this, PEER_ENDED) && !this.allowHalfOpen && this.writableEnded) {
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
    const { userBuffer } = this[RARE]
    if (userBuffer !== null && !this.connecting) {
      userBuffer.paused = true
      this[CHANNEL]?.pause()
    }
    return super.pause()
  }

  override resume(): this {
    Socket.#readOn(this)
    return super.resume()
  }

  override read(size?: number): unknown {
    Socket.#readOn(this)
    return super.read(size)
  }

  static #readOn(socket: Socket): void {
    const { userBuffer } = socket[RARE]
    const channel = socket[CHANNEL]
    if (userBuffer === null || channel === null || socket.connecting || socket.destroyed) return
    userBuffer.paused = false
    channel.read()
  }

  static #giveToUser(socket: Socket, bytes: Uint8Array, buffer: UserBuffer): boolean {
    const more = buffer.give(bytes)
    if (!socket.destroyed) socket[CHANNEL]!.reading.limit = buffer.renew()
    return more
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.connecting = false
    const channel = this[CHANNEL]
    const { opening, session, linger } = this[RARE]
    opening?.end()
    session?.close()
    this[IDLE]?.stop()
    setRare(this, 'final', null)
    const place = this.#place
    const stack = this[STACK]
    // Who connects again before it is closed has another.
    this.#place = null
    const closed = () => {
      if (place !== null) stack!.sockets.delete(place)
      if (channel === null) this.emit('close')
      else this.emit('close', error !== null)
    }
    callback(error)
    if (channel === null) nextTick(closed)
    else if (hasFlag(this, RESETTING) || linger === 0) channel.abort(closed)
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
    else if (this.connecting) this.once('connect', () => Socket.#reset(this))
    else Socket.#reset(this)
    return this
  }

  static #reset(socket: Socket): void {
    setFlag(socket, RESETTING, true)
    socket.destroy()
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
