import { AsyncResource } from 'node:async_hooks'
import { isIPv4, isIPv6, type Socket } from 'node:net'
import type { ListEntry } from '../base/linked-list.ts'
import { addressInfo } from '../net/address-info.ts'
import { Channel } from '../net/channel.ts'
import type { ChannelEvents } from '../net/channel-events.ts'
import { transferError } from '../net/errors.ts'
import { HandleStream } from '../net/handle-stream.ts'
import type { NetStack, OpenSocket } from '../net/host-port.ts'
import type { StreamRequest } from '../net/js-stream.ts'
import { differs, keepAliveOptions } from '../net/socket-options.ts'
import { statusOf } from '../net/system-status.ts'
import { inTurn } from '../net/turn.ts'
import type { ConnectionView as Connection } from '../tcp/block/connection-view.ts'
import { type ErrorCode, TcpError } from '../tcp/block/error.ts'
import type { TcpOptions } from '../tcp/block/options.ts'
import { configure } from '../tcp/calls.ts'
import { type Address, ANY_IPV4, isUnspecified, unmapped } from '../wire/address.ts'
import { Connecting, type ConnectRequest } from './connecting.ts'
import { nameOwner, ownerOf } from './node-inside.ts'
import { handleClosed, handleMade } from './open-handles.ts'
import { ReadHandle } from './read-handle.ts'
import { addressOf, bindableAddress, destinationOf } from './routes.ts'
import { readerOf, receiverOf } from './secured.ts'

/** The object in which a handle tells its address. */
export type Name = Record<string, unknown>

/**
 * A handle in place of the kernel's TCP socket, for a net.Socket of Node's, with a connection of our stack: the
 * methods of the handle that Node calls, and their results. Everything above is Node's own.
 */
export class StackHandle extends ReadHandle {
  /** As Node's handles have it: the socket is reading. */
  reading = false
  readonly #stack: NetStack
  readonly #channel: Channel
  #options: Partial<TcpOptions>
  #socket: Socket | null = null
  /** The place of the socket among those of the stack. */
  #place: ListEntry<OpenSocket> | null = null
  /** The place that it is bound to; null for none. */
  #local: { readonly address: Address; readonly port: number } | null = null
  #referenced = true
  readonly #connecting = new Connecting()
  readonly #stream: HandleStream

  static readonly #events: ChannelEvents<StackHandle> = {
    established: handle => handle.#finishConnecting(0),
    // JSStream copies what it is given.
    copies: true,
    native: handle => (handle.isNative && handle.#channel.reading.hasRoom ? handle.#stream : null),
    data(handle, bytes) {
      handle.isNative = true
      return handle.#stream.give(bytes)
    },
    end: handle => handle.emitEOF(),
    written() {},
    failed: (handle, error) => handle.#failed(error),
    urgent() {},
    softError() {},
  }

  constructor(stack: NetStack, options: Partial<TcpOptions> = {}) {
    super()
    this.#stack = stack
    this.#options = options
    this.#channel = new Channel(stack, this, StackHandle.#events, true)
    this.#stream = new HandleStream(this, this.#channel, () => receiverOf(this, this.#owner))
    handleMade(this, 'TCPSocketWrap')
  }

  /** Belongs to this socket from now on; of one that a server accepts Node says it. */
  own(socket: Socket): void {
    this.#socket = socket
    nameOwner(this, socket)
  }

  /** A program may give a handle to another socket: Node's word goes before ours. */
  get #owner(): Socket | null {
    return ownerOf(this) ?? this.#socket
  }

  // Opening.

  bind(text: string, port: number): number {
    return isIPv4(text) ? this.#bind(text, port) : statusOf('EINVAL')
  }

  #bind(text: string, port: number): number {
    const address = bindableAddress(this.#stack, text)
    if (address === null) return statusOf('EADDRNOTAVAIL')
    if (port && this.#stack.host.listeners.taken(unmapped(address), port)) return statusOf('EADDRINUSE')
    this.#local = { address, port: port || 0 }
    return 0
  }

  bind6(address: string, port: number): number {
    this.#channel.ofIpv6 = true
    return isIPv6(address) ? this.#bind(address, port) : statusOf('EINVAL')
  }

  connect(request: ConnectRequest, address: string, port: number): number {
    if (this.#connecting.isPending) return statusOf('EALREADY')
    if (this.#channel.connection !== null) {
      const failure = this.#channel.connectAgain()
      if (failure === null) this.#connecting.begin(request)
      return failure === null ? 0 : statusOf(failure)
    }
    const remote = addressOf(address)
    if (remote === null) return statusOf('EAFNOSUPPORT')
    // Nobody listens at port 0; the kernel finds out by asking.
    if (port === 0) inTurn(this.#stack, () => this.#finishConnecting(statusOf('ECONNREFUSED')))
    else {
      const { address: local = ANY_IPV4, port: localPort = 0 } = this.#local ?? {}
      try {
        this.#channel.attach(
          this.#stack.host.connect(destinationOf(remote), port, this.#channel, {
            ...(isUnspecified(local) ? {} : { localAddress: unmapped(local) }),
            localPort,
            options: this.#options,
          }),
        )
      } catch (error) {
        if (!(error instanceof TcpError)) throw error
        return statusOf(error.code)
      }
    }
    this.#connecting.begin(request)
    this.#channel.hold.connecting = true
    if (this.#socket !== null) this.#place ??= this.#stack.sockets.add(this.#socket as OpenSocket)
    return 0
  }

  connect6(request: ConnectRequest, address: string, port: number): number {
    this.#channel.ofIpv6 = true
    return this.connect(request, address, port)
  }

  #finishConnecting(status: number): void {
    this.#channel.hold.connecting = false
    this.#connecting.finish(this, status)
  }

  /** A connection that a server has accepted, of both families when `ofIpv6`; Node makes a socket of it in `made`. */
  accept(connection: Connection, ofIpv6: boolean, made: () => void): void {
    this.#channel.ofIpv6 = ofIpv6
    this.#channel.attach(connection)
    made()
    const owner = this.#owner
    if (owner !== null && !this.#stream.isClosing)
      this.#place ??= this.#stack.sockets.add(owner as OpenSocket)
  }

  // Reading.

  /** @internal Node wants to read. */
  onreadstart(): number {
    return this.#stream.readStart()
  }

  protected override limitReads(bytes: number): void {
    this.#channel.reading.limit = bytes
  }

  /** @internal */
  onreadstop(): number {
    return this.#stream.readStop()
  }

  get bytesRead(): number {
    return this.#channel.reading.bytes
  }

  #failed(code: ErrorCode): void {
    if (this.#connecting.isPending) this.#finishConnecting(statusOf(code))
    else readerOf(this, this.#owner)?.destroy(transferError(code, 'read'))
  }

  // Writing.

  /** @internal Node writes, once at a time. */
  onwrite(request: StreamRequest, chunks: Uint8Array[]): number {
    return this.#stream.write(request, chunks, this.completesAtOnce)
  }

  /** @internal Node ends its direction. */
  onshutdown(request: StreamRequest): number {
    return this.#stream.shutDown(request)
  }

  /** Bytes that the connection has not taken yet. */
  get writeQueueSize(): number {
    return this.#channel.sending.bytesWaiting
  }

  // Closing.

  /** @internal */
  isClosing(): boolean {
    return this.#stream.isClosing
  }

  close(callback?: () => void): void {
    this.#close(closed => this.#channel.release(null, closed), callback)
  }

  /** Closes by a RST. */
  reset(callback?: () => void): number {
    this.#close(closed => this.#channel.abort(closed), callback)
    return 0
  }

  #close(how: (closed: () => void) => void, callback: (() => void) | undefined): void {
    if (this.#stream.isClosing) return
    this.#stream.close()
    this.#connecting.cancel()
    how(() => {
      this.#stream.closed()
      handleClosed(this)
      if (this.#place !== null) this.#stack.sockets.delete(this.#place)
      callback?.call(this)
    })
  }

  // Its address.

  getsockname(name: Name): number {
    const { connection: c, ofIpv6 } = this.#channel
    const local = c === null ? this.#local : { address: c.localAddress, port: c.localPort }
    // A kernel's has no descriptor yet.
    if (local === null) return statusOf('EINVAL')
    Object.assign(name, addressInfo(local.address, local.port, ofIpv6))
    return 0
  }

  getpeername(name: Name): number {
    const { connection: c, ofIpv6 } = this.#channel
    if (c === null || this.#connecting.isPending) return statusOf('ENOTCONN')
    Object.assign(name, addressInfo(c.remoteAddress, c.remotePort, ofIpv6))
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
