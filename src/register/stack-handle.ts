import { AsyncResource } from 'node:async_hooks'
import type net from 'node:net'
import type { Place } from '../host/registry.ts'
import { Channel, type ChannelEvents } from '../net/channel.ts'
import type { SystemError } from '../net/errors.ts'
import { transferError } from '../net/errors.ts'
import type { NetStack, OpenSocket } from '../net/host-port.ts'
import { setImmediate } from '../net/real-timers.ts'
import { differs, keepAliveOptions } from '../net/socket-options.ts'
import { configure } from '../tcp/calls.ts'
import type { Connection } from '../tcp/connection.ts'
import { type ErrorCode, TcpError } from '../tcp/error.ts'
import type { TcpOptions } from '../tcp/options.ts'
import { formatAddress, parseAddress } from '../wire/address.ts'
import { ipv4Of } from './ipv4-of.ts'
import { JsStream, type OnRead, type StreamRequest } from './js-stream.ts'
import { nameOwner, ownerOf } from './node-inside.ts'
import { statusOf } from './system-status.ts'

/** Node's request for a connection. */
export interface ConnectRequest {
  /** Gone when nobody waits for it any more. */
  oncomplete?: (
    status: number,
    handle: object,
    request: ConnectRequest,
    readable: boolean,
    writable: boolean,
  ) => void
}

/** What a handle tells its address in. */
export type Name = Record<string, unknown>

/**
 * What a net.Socket of Node's has for a TCP socket of the kernel's, with a connection of our stack in its place: the
 * methods of the handle that Node calls, and their results. Everything above is Node's own.
 */
export class StackHandle extends JsStream {
  /** As Node's handles have it: the socket is reading. */
  reading = false
  readonly #stack: NetStack
  readonly #channel: Channel
  #options: Partial<TcpOptions>
  #socket: net.Socket | null = null
  /** Of the socket, among those of the stack. */
  #place: Place<OpenSocket> | null = null
  #local = { address: '0.0.0.0', port: 0 }
  #referenced = true
  #connecting: ConnectRequest | null = null
  /** Node takes more. */
  #wanted = false
  /** Bytes that it has not taken. */
  #rest: Uint8Array | null = null
  #onread: OnRead | null = null
  /** The size of the user's buffer, or 0. */
  #userBuffer = 0
  #ended = false
  #write: StreamRequest | null = null
  /** The connection has taken it, and Node has not heard of it yet. */
  #taken = false
  #shutdown: StreamRequest | null = null
  #closed = false
  /** What has ended the connection, as long as nobody has asked for it. */
  #failure: ErrorCode | null = null

  static readonly #events: ChannelEvents<StackHandle> = {
    established: handle => handle.#connected(0),
    data: (handle, bytes) => handle.#give(bytes),
    end: handle => {
      handle.#ended = true
      handle.emitEOF()
    },
    activity() {},
    closed: (handle, error) => handle.#lost(error),
    urgent() {},
    softError() {},
  }

  constructor(stack: NetStack, options: Partial<TcpOptions> = {}) {
    super()
    this.#stack = stack
    this.#options = options
    this.#channel = new Channel(stack, this, StackHandle.#events, true)
  }

  /** Belongs to this socket from now on; of one that a server accepts Node says it. */
  own(socket: net.Socket): void {
    this.#socket = socket
    nameOwner(this, socket)
  }

  /** A program may give a handle to another socket: Node's word goes before ours. */
  get #owner(): net.Socket | null {
    return ownerOf(this) ?? this.#socket
  }

  // Opening.

  bind(address: string, port: number): number {
    const { interfaces, listeners } = this.#stack.host
    const ours = ipv4Of(address)
    if (ours === null) return statusOf('EADDRNOTAVAIL')
    const local = parseAddress(ours)
    if (local !== 0 && !interfaces.isOwn(local)) return statusOf('EADDRNOTAVAIL')
    if (port && listeners.taken(local, port)) return statusOf('EADDRINUSE')
    this.#local = { address: ours, port: port || 0 }
    return 0
  }

  bind6(address: string, port: number): number {
    return this.bind(address, port)
  }

  connect(request: ConnectRequest, address: string, port: number): number {
    if (this.#connecting !== null) return statusOf('EALREADY')
    if (this.#channel.connection !== null) return statusOf('EISCONN')
    const remote = ipv4Of(address)
    if (remote === null) return statusOf('EAFNOSUPPORT')
    // Nobody listens at port 0; the kernel finds out by asking.
    if (port === 0) setImmediate(() => this.#connected(statusOf('ECONNREFUSED')))
    else {
      const { address: local, port: localPort } = this.#local
      try {
        this.#channel.attach(
          // As Linux does: nowhere in particular is here.
          this.#stack.host.connect(parseAddress(remote) || parseAddress('127.0.0.1'), port, this.#channel, {
            localAddress: parseAddress(local),
            localPort,
            options: this.#options,
          }),
        )
      } catch (error) {
        if (!(error instanceof TcpError)) throw error
        return statusOf(error.code)
      }
    }
    this.#connecting = request
    this.#channel.hold.connecting = true
    if (this.#socket !== null) this.#place ??= this.#stack.sockets.add(this.#socket as OpenSocket)
    return 0
  }

  connect6(request: ConnectRequest, address: string, port: number): number {
    return this.connect(request, address, port)
  }

  #connected(status: number): void {
    const request = this.#connecting
    this.#connecting = null
    this.#channel.hold.connecting = false
    if (!this.#closed) request?.oncomplete?.(status, this, request, true, true)
  }

  /** A connection that a server has accepted; Node makes a socket of it in `made`. */
  accept(connection: Connection, made: () => void): void {
    this.#channel.attach(connection)
    made()
    const owner = this.#owner
    if (owner !== null && !this.#closed) this.#place ??= this.#stack.sockets.add(owner as OpenSocket)
    // It may have ended before anybody knew of it.
    if (connection.state === 'CLOSED') this.#channel.closed(connection.error)
  }

  // Reading.

  /** @internal Node wants to read. */
  onreadstart(): number {
    this.#wanted = true
    if (this.#failure !== null) process.nextTick(() => this.#failed())
    else if (this.#rest !== null) process.nextTick(() => this.#giveRest())
    else this.#channel.read()
    return 0
  }

  /** Whether Node takes more. */
  #give(bytes: Uint8Array): boolean {
    let at = 0
    // Who has a buffer of its own may stop whenever that is full.
    while (this.#userBuffer > 0 && this.#wanted && bytes.length - at > this.#userBuffer) {
      const size = this.#userBuffer
      this.readBuffer(bytes.subarray(at, at + size))
      at += size
    }
    if (this.#wanted) this.readBuffer(at === 0 ? bytes : bytes.subarray(at))
    else this.#rest = bytes.subarray(at)
    return this.#wanted
  }

  #giveRest(): void {
    const bytes = this.#rest
    if (bytes === null || !this.#wanted) return
    this.#rest = null
    if (this.#give(bytes)) this.#channel.read()
  }

  /** @internal Node's: the first buffer of the user's. */
  override useUserBuffer(buffer: Uint8Array): void {
    this.#userBuffer = buffer.length
    super.useUserBuffer(buffer)
  }

  /** @internal Node's: what it does with bytes that were read; with a buffer of the user's, it returns the next. */
  override get onread(): OnRead {
    // Who puts another in its place for a while looks whether it is still there.
    return this.#onread ?? super.onread
  }

  override set onread(theirs) {
    const handle = this
    this.#onread = theirs
    super.onread = function (this: unknown, ...args) {
      const next = theirs.apply(this, args)
      if (next !== undefined) handle.#userBuffer = next.length
      return next
    }
  }

  /** @internal */
  onreadstop(): number {
    this.#wanted = false
    this.#channel.pause()
    return 0
  }

  #lost(error: ErrorCode | null): void {
    if (this.#connecting !== null) {
      this.#connected(statusOf(error ?? 'ECONNABORTED'))
      return
    }
    if (error === null) return
    this.#failure = error
    // Who does not read is not told, as by the kernel; who writes is.
    if (this.#wanted && !this.#ended) this.#failed()
    else if (this.#write !== null) this.#channel.release(null)
  }

  #failed(): void {
    const code = this.#failure
    if (code === null || this.#closed) return
    this.#failure = null
    this.#owner?.destroy(transferError(code, code === 'EPIPE' ? 'write' : 'read'))
  }

  // Writing.

  /** @internal Node writes, once at a time. */
  onwrite(request: StreamRequest, chunks: Uint8Array[]): number {
    if (this.#closed || this.#channel.connection === null) return statusOf('EPIPE')
    this.#write = request
    let dispatched = false
    this.#channel.write(
      chunks.map(chunk => ({ chunk, encoding: 'utf8' })),
      error => {
        const status = error == null ? 0 : ((error as SystemError).errno ?? statusOf('EPIPE'))
        if (dispatched) this.#written(status)
        else {
          this.#taken = true
          process.nextTick(() => this.#written(status))
        }
      },
    )
    dispatched = true
    return 0
  }

  #written(status: number): void {
    const request = this.#write
    // Who closes has its requests cancelled, a turn later.
    if (request === null || this.#closed) return
    this.#write = null
    this.#taken = false
    if (this.#shutdown !== null) this.#end()
    this.finishWrite(request, status)
  }

  /** @internal Node ends its direction; TLS does not wait for its last write. */
  onshutdown(request: StreamRequest): number {
    if (this.#closed || this.#channel.connection === null) return statusOf('ENOTCONN')
    this.#shutdown = request
    if (this.#write === null) this.#end()
    return 0
  }

  #end(): void {
    const { clock } = this.#stack.host
    const done = (status: number) =>
      // Not at once: as a kernel's shutdown, which is done in the next turn.
      clock.schedule(clock.now(), () => {
        const request = this.#shutdown
        this.#shutdown = null
        if (request !== null && !this.#closed) this.finishShutdown(request, status)
        else this.#shutdown = request
      })
    try {
      this.#channel.end()
      done(0)
    } catch (error) {
      if (!(error instanceof TcpError)) throw error
      done(statusOf(error.code))
    }
  }

  /** Bytes that the connection has not taken yet. */
  get writeQueueSize(): number {
    return this.#channel.bytesWaiting
  }

  // Closing.

  /** @internal */
  isClosing(): boolean {
    return this.#closed
  }

  close(callback?: () => void): void {
    this.#close(() => this.#channel.release(null), callback)
  }

  /** Closes by a RST. */
  reset(callback?: () => void): number {
    this.#close(() => this.#channel.abort(), callback)
    return 0
  }

  #close(how: () => void, callback: (() => void) | undefined): void {
    if (this.#closed) return
    this.#closed = true
    this.#connecting = null
    how()
    setImmediate(() => {
      const [write, shutdown] = [this.#write, this.#shutdown]
      this.#write = null
      this.#shutdown = null
      if (write !== null) this.finishWrite(write, this.#taken ? 0 : statusOf('ECANCELED'))
      if (shutdown !== null) this.finishShutdown(shutdown, statusOf('ECANCELED'))
      if (this.#place !== null) this.#stack.sockets.delete(this.#place)
      if (callback !== undefined) this.#channel.inContext(() => callback.call(this))
    })
  }

  // What it is.

  getsockname(name: Name): number {
    const c = this.#channel.connection
    const { address, port } =
      c === null ? this.#local : { address: formatAddress(c.localAddress), port: c.localPort }
    Object.assign(name, { address, family: 'IPv4', port })
    return 0
  }

  getpeername(name: Name): number {
    const c = this.#channel.connection
    if (c === null || this.#connecting !== null) return statusOf('ENOTCONN')
    Object.assign(name, { address: formatAddress(c.remoteAddress), family: 'IPv4', port: c.remotePort })
    return 0
  }

  /** The connection, or null before there is one. */
  get connection(): Connection | null {
    return this.#channel.connection
  }

  #configure(options: Partial<TcpOptions>): number {
    this.#options = { ...this.#options, ...options }
    const c = this.#channel.connection
    if (c !== null && c.state !== 'CLOSED' && differs(options, c.options)) configure(c, options)
    return 0
  }

  setNoDelay(noDelay: boolean): number {
    return this.#configure({ noDelay })
  }

  /** Delay and interval in seconds, 0 for the default. */
  setKeepAlive(enable: boolean, delay = 0, interval = 0, count = 0): number {
    return this.#configure(keepAliveOptions(enable, delay * 1000, interval * 1000, count))
  }

  setTypeOfService(typeOfService: number): number {
    return this.#configure({ trafficClass: typeOfService & 0xfc })
  }

  getTypeOfService(): number {
    return (this.#channel.connection?.options ?? this.#options).trafficClass ?? 0
  }

  ref(): void {
    this.#referenced = true
    this.#channel.hold.referenced = true
  }

  unref(): void {
    this.#referenced = false
    this.#channel.hold.referenced = false
  }

  hasRef(): boolean {
    return this.#referenced
  }
}

/** The context of what nobody in this process has begun. */
const OUTSIDE = new AsyncResource('TUNTCP')

/** A handle for a connection that has come from outside: its events come in no context of the server's. */
export const acceptedHandle = (stack: NetStack): StackHandle =>
  OUTSIDE.runInAsyncScope(() => new StackHandle(stack))
