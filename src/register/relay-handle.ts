import { AsyncResource } from 'node:async_hooks'
import net from 'node:net'
import type { NativeCall, NativeRest, Turn } from '../base/turns.ts'
import { isErrorCode, transferError } from '../net/errors.ts'
import { callNow, finishEmpty, finishSoon, WRITTEN_AT_ONCE } from '../net/handle-stream.ts'
import type { NetStack } from '../net/host-port.ts'
import type { StreamRequest } from '../net/js-stream.ts'
import { LARGEST_READ } from '../net/read-memory.ts'
import { setImmediate } from '../net/real-timers.ts'
import { statusOf } from '../net/system-status.ts'
import { inTurn, takeTurn } from '../net/turn.ts'
import type { ErrorCode } from '../tcp/block/error.ts'
import type { Carrier } from './carrier.ts'
import { Connecting, type ConnectRequest, takeIpv6 } from './connecting.ts'
import { nameOwner, ownerOf } from './node-inside.ts'
import { ReadHandle } from './read-handle.ts'
import type { FrameReader, Name, Opened } from './relay-frames.ts'
import { bindableAddress } from './routes.ts'
import { readerOf, receiverOf } from './secured.ts'

const NOWHERE: Name = { address: '0.0.0.0', port: 0 }

const withFamily = (name: Name) => ({ ...name, family: net.isIPv6(name.address) ? 'IPv6' : 'IPv4' })

/** Asks for a connection from one place to another. */
type Open = (to: Name, from: Name | null, reader: FrameReader) => Carrier

/**
 * A handle in place of the kernel's TCP socket, for a net.Socket of Node's, with a connection that something else carries: of
 * another thread's stack, or of another socket.
 */
export class RelayHandle extends ReadHandle {
  reading = false
  readonly #stack: NetStack
  /** The reader's errors come in the context in which the handle was made. */
  readonly #context = new AsyncResource('TCPWRAP')
  #open: Open | null
  /** The place that it is to be bound to; null for none. */
  #bound: Name | null = null
  #carrier: Carrier | null = null
  readonly #connecting = new Connecting()
  #local: Name | null = null
  #remote: Name | null = null
  #wanted = false
  #chunks: Uint8Array[] = []
  /** Bytes that a read brings at most. */
  #limit = LARGEST_READ
  #bytesRead = 0
  #ended = false
  /** Node knows of the end. */
  #told = false
  /** A turn has been asked for. */
  #queued = false
  readonly #turn: Turn = () => this.#takeTurn()
  readonly #read: NativeRest = {
    begin: () => this.#give(),
    finish: () => this.#endTurn(),
    failed: error => this.#stack.host.report(error),
  }
  #failure: ErrorCode | null = null
  #write: StreamRequest | null = null
  /** Node has ended its direction. */
  #shutDown = false
  #closed = false
  #referenced = true

  /** @param stack the one of this thread, by whose clock there are turns */
  constructor(stack: NetStack, open: Open | null) {
    super()
    this.#stack = stack
    this.#open = open
  }

  /** A connection that has come to a server of this thread's; Node makes a socket of the handle in `made`. */
  static accepted(
    stack: NetStack,
    carry: (reader: FrameReader) => Carrier,
    made: (handle: RelayHandle) => void,
  ): void {
    const handle = new RelayHandle(stack, null)
    handle.#attach(carry, () => made(handle))
  }

  own(socket: net.Socket): void {
    nameOwner(this, socket)
  }

  #attach(carry: (reader: FrameReader) => Carrier, opened: () => void): void {
    const carrier = carry({
      message: ({ local, remote }: Opened) => {
        if (this.#carrier !== carrier) return
        this.#local = local
        this.#remote = remote
        opened()
      },
      data: bytes => {
        if (this.#closed) return
        this.#chunks.push(bytes)
        carrier.socket.pause()
        this.#announce()
      },
      end: () => {
        this.#ended = true
        this.#announce()
      },
      failure: code => {
        if (this.#carrier === carrier) this.#lost(isErrorCode(code) ? code : 'ECONNRESET')
      },
    })
    this.#carrier = carrier
    this.#keep()
    carrier.socket.on('close', () => {
      if (this.#carrier !== carrier) return
      if (this.#connecting.isPending) this.#lost('ECONNREFUSED')
      else if (!this.#ended) this.#lost('ECONNRESET')
    })
  }

  /** It is connected. */
  protected get isOpen(): boolean {
    return this.#remote !== null
  }

  /** Gives an attempt to connect up: there may be another. */
  protected abandon(): void {
    const carrier = this.#carrier
    this.#carrier = null
    this.#connecting.cancel()
    carrier?.socket.destroy()
  }

  /** Returns whether an address may be one of ours. */
  protected mayBind(address: string): boolean {
    return bindableAddress(this.#stack, address) !== null
  }

  /** Whether the port is free is known in the other thread; as with the kernel, connecting fails if it is not. */
  bind(text: string, port: number): number {
    if (!this.mayBind(text)) return statusOf('EADDRNOTAVAIL')
    this.#bound = { address: text, port: port || 0 }
    return 0
  }

  connect(request: ConnectRequest, address: string, port: number): number {
    if (this.#connecting.isPending) return statusOf('EALREADY')
    const open = this.#open
    if (this.#carrier !== null || open === null) return statusOf('EISCONN')
    this.#connecting.begin(request)
    this.#attach(
      reader => open({ address, port }, this.#bound, reader),
      () => this.#finishConnecting(0),
    )
    return 0
  }

  #finishConnecting(status: number): void {
    this.#connecting.finish(this, status)
    this.#keep()
  }

  onreadstart(): number {
    this.#wanted = true
    this.#announce()
    return 0
  }

  onreadstop(): number {
    this.#wanted = false
    return 0
  }

  /** True when the reader has something to hear. */
  get #isReadable(): boolean {
    if (!this.#wanted || this.#closed) return false
    return this.#chunks.length > 0 || this.#failure !== null || (this.#ended && !this.#told)
  }

  /** Has it told, one thing in a turn. */
  #announce(): void {
    if (this.#queued || !this.#isReadable) return
    this.#queued = true
    takeTurn(this.#stack, this.#turn, 'poll')
  }

  protected override limitReads(bytes: number): void {
    this.#limit = bytes
  }

  #takeTurn(): boolean | NativeRest {
    if (this.#isReadable) {
      if (this.#chunks.length > 0 && this.#limit > 0) return this.#read
      if (this.#chunks.length > 0) {
        // Memory of no bytes is an error of libuv's, too.
        this.#failure ??= 'ENOBUFS'
        this.#wanted = false
      }
      try {
        this.#tell()
      } catch (error) {
        this.#stack.host.report(error)
      }
    }
    return this.#endTurn()
  }

  #give(): NativeCall | null {
    if (!this.#isReadable || this.#chunks.length === 0) return null
    const bytes = this.#take()
    this.#bytesRead += bytes.length
    const receiver = receiverOf(this, ownerOf(this))
    return receiver === null ? [this.readBuffer, this, bytes] : [receiver.receive, receiver, bytes]
  }

  #take(): Uint8Array {
    const first = this.#chunks[0]!
    const bytes = first.subarray(0, this.#limit)
    if (bytes.length === first.length) this.#chunks.shift()
    else this.#chunks[0] = first.subarray(bytes.length)
    return bytes
  }

  get bytesRead(): number {
    return this.#bytesRead
  }

  #endTurn(): boolean {
    // The end has a round of the event loop of its own, as a kernel's.
    if (this.#isReadable && this.#chunks.length > 0) return true
    this.#queued = false
    if (this.#chunks.length === 0) this.#carrier?.socket.resume()
    this.#announce()
    return false
  }

  #tell(): void {
    if (this.#failure !== null) this.#context.runInAsyncScope(this.#failed, this)
    else {
      this.#told = true
      this.emitEOF()
    }
  }

  #lost(code: ErrorCode): void {
    if (this.#connecting.isPending) {
      this.#finishConnecting(statusOf(code))
      return
    }
    if (this.#closed || this.#failure !== null) return
    this.#failure = code
    this.#announce()
  }

  #failed(): void {
    if (this.#closed || this.#failure === null) return
    readerOf(this, ownerOf(this))?.destroy(
      transferError(this.#failure, this.#failure === 'EPIPE' ? 'write' : 'read'),
    )
  }

  onwrite(request: StreamRequest, chunks: Uint8Array[]): number {
    if (this.#closed) return statusOf('EBADF')
    if (this.#remote === null || this.#shutDown) return statusOf('EPIPE')
    if (finishEmpty(this, request, chunks)) return 0
    const bytes = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
    if (this.isSecured && this.completesAtOnce) {
      this.#carrier!.data(bytes)
      return WRITTEN_AT_ONCE
    }
    this.#write = request
    this.#carrier!.data(bytes, error => {
      const { errno } = (error ?? {}) as { errno?: number }
      finishSoon(() => this.#written(error ? (errno ?? statusOf('EPIPE')) : 0))
    })
    return 0
  }

  #written(status: number): NativeCall | null {
    const request = this.#write
    this.#write = null
    return request && [this.finishWrite, this, request, status]
  }

  onshutdown(request: StreamRequest): number {
    if (this.#closed || this.#shutDown || this.#remote === null) return statusOf('ENOTCONN')
    this.#shutDown = true
    this.#carrier!.end()
    setImmediate(() => this.finishShutdown(request, 0))
    return 0
  }

  get writeQueueSize(): number {
    return this.#carrier?.socket.writableLength ?? 0
  }

  isClosing(): boolean {
    return this.#closed
  }

  close(callback?: () => void): void {
    this.#close(callback, carrier => {
      if (this.#remote === null) carrier.socket.destroy()
      else carrier.leave(this.#chunks.length > 0)
    })
  }

  reset(callback?: () => void): number {
    this.#close(callback, carrier => carrier.reset())
    return 0
  }

  #close(callback: (() => void) | undefined, how: (carrier: Carrier) => void): void {
    if (this.#closed) return
    this.#closed = true
    this.#connecting.cancel()
    if (this.#carrier !== null) how(this.#carrier)
    inTurn(
      this.#stack,
      () => {
        callNow(this.#written(statusOf('ECANCELED')))
        callback?.call(this)
        this.#context.emitDestroy()
      },
      'closing',
    )
  }

  getsockname(name: Record<string, unknown>): number {
    const local = this.#local ?? this.#bound ?? (this.#connecting.isPending ? NOWHERE : null)
    if (local === null) return statusOf('EINVAL')
    Object.assign(name, withFamily(local))
    return 0
  }

  getpeername(name: Record<string, unknown>): number {
    if (this.#remote === null) return statusOf('ENOTCONN')
    Object.assign(name, withFamily(this.#remote))
    return 0
  }

  setNoDelay(noDelay: boolean): number {
    this.#carrier?.setNoDelay(noDelay)
    return 0
  }

  /** The delay in seconds. */
  setKeepAlive(enable: boolean, delay = 0): number {
    this.#carrier?.setKeepAlive(enable, delay * 1000)
    return 0
  }

  ref(): void {
    this.#referenced = true
    this.#keep()
  }

  unref(): void {
    this.#referenced = false
    this.#keep()
  }

  /** As libuv has it, a connection that is being opened keeps the thread, whatever its handle was told. */
  #keep(): void {
    if (this.#referenced || this.#connecting.isPending) this.#carrier?.socket.ref()
    else this.#carrier?.socket.unref()
  }

  hasRef(): boolean {
    return this.#referenced
  }
}

takeIpv6(RelayHandle)
