import net from 'node:net'
import { transferError } from '../net/errors.ts'
import type { StreamRequest } from '../net/js-stream.ts'
import { setImmediate } from '../net/real-timers.ts'
import { statusOf } from '../net/system-status.ts'
import type { ErrorCode } from '../tcp/block/error.ts'
import { Connecting, type ConnectRequest, takeIpv6 } from './connecting.ts'
import { JsStream } from './js-stream.ts'
import { nameOwner, ownerOf } from './node-inside.ts'
import { Frames, type Name, type Opened } from './relay-frames.ts'
import { readerOf } from './secured.ts'

const NOWHERE: Name = { address: '0.0.0.0', port: 0 }

const withFamily = (name: Name) => ({ ...name, family: net.isIPv6(name.address) ? 'IPv6' : 'IPv4' })

/** A handle in place of the kernel's TCP socket, for a net.Socket of Node's, with a connection of another thread's stack. */
export class RelayHandle extends JsStream {
  reading = false
  #open: ((name: Name) => net.Socket) | null
  #inner: net.Socket | null = null
  #frames: Frames | null = null
  readonly #connecting = new Connecting()
  #local = NOWHERE
  #remote: Name | null = null
  #wanted = false
  #chunks: Uint8Array[] = []
  #ended = false
  #failure: ErrorCode | null = null
  #write: StreamRequest | null = null
  #closed = false
  #referenced = true

  constructor(open: ((name: Name) => net.Socket) | null) {
    super()
    this.#open = open
  }

  /** A connection that has come to a server of this thread's; Node makes a socket of the handle in `made`. */
  static accepted(inner: net.Socket, made: (handle: RelayHandle) => void): void {
    const handle = new RelayHandle(null)
    handle.#attach(inner, () => made(handle))
  }

  own(socket: net.Socket): void {
    nameOwner(this, socket)
  }

  #attach(inner: net.Socket, opened: () => void): void {
    this.#inner = inner
    if (!this.#referenced) inner.unref()
    this.#frames = new Frames(inner, {
      message: ({ local, remote }: Opened) => {
        this.#local = local
        this.#remote = remote
        opened()
      },
      data: bytes => {
        this.#chunks.push(bytes)
        this.#give()
      },
      end: () => {
        this.#ended = true
        this.#give()
      },
      failure: code => this.#lost((code ?? 'ECONNRESET') as ErrorCode),
    })
    inner.on('close', () => {
      if (this.#connecting.isPending) this.#lost('ECONNREFUSED')
      else if (!this.#ended) this.#lost('ECONNRESET')
    })
  }

  bind(address: string, port: number): number {
    // Only the other thread knows whether the address is one of ours, and free.
    if (net.isIP(address) === 0 || port) return statusOf('EADDRNOTAVAIL')
    return 0
  }

  connect(request: ConnectRequest, address: string, port: number): number {
    if (this.#connecting.isPending) return statusOf('EALREADY')
    if (this.#inner !== null || this.#open === null) return statusOf('EISCONN')
    this.#connecting.begin(request)
    this.#attach(this.#open({ address, port }), () => this.#connecting.finish(this, 0))
    return 0
  }

  onreadstart(): number {
    this.#wanted = true
    process.nextTick(() => this.#give())
    return 0
  }

  onreadstop(): number {
    this.#wanted = false
    return 0
  }

  #give(): void {
    while (this.#wanted && this.#chunks.length > 0) this.readBuffer(this.#chunks.shift()!)
    if (this.#closed) return
    if (this.#chunks.length > 0) this.#inner?.pause()
    else {
      this.#inner?.resume()
      if (!this.#wanted) return
      if (this.#failure !== null) this.#failed()
      else if (this.#ended && this.#inner !== null && !this.#told) {
        this.#told = true
        this.emitEOF()
      }
    }
  }

  /** Node knows of the end. */
  #told = false

  #lost(code: ErrorCode): void {
    if (this.#connecting.isPending) {
      this.#connecting.finish(this, statusOf(code))
      return
    }
    if (this.#closed || this.#failure !== null) return
    this.#failure = code
    this.#give()
  }

  #failed(): void {
    if (this.#closed || this.#failure === null) return
    readerOf(this, ownerOf(this))?.destroy(
      transferError(this.#failure, this.#failure === 'EPIPE' ? 'write' : 'read'),
    )
  }

  onwrite(request: StreamRequest, chunks: Uint8Array[]): number {
    if (this.#closed || this.#remote === null) return statusOf('EPIPE')
    this.#write = request
    this.#frames!.data(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks), error =>
      setImmediate(() => {
        const { errno } = (error ?? {}) as { errno?: number }
        this.#written(error ? (errno ?? statusOf('EPIPE')) : 0)
      }),
    )
    return 0
  }

  #written(status: number): void {
    const request = this.#write
    this.#write = null
    if (request !== null) this.finishWrite(request, status)
  }

  onshutdown(request: StreamRequest): number {
    if (this.#closed || this.#remote === null) return statusOf('ENOTCONN')
    this.#frames!.end()
    setImmediate(() => this.finishShutdown(request, 0))
    return 0
  }

  get writeQueueSize(): number {
    return this.#inner?.writableLength ?? 0
  }

  isClosing(): boolean {
    return this.#closed
  }

  close(callback?: () => void): void {
    this.#close(callback, () => {
      if (this.#remote === null) this.#inner?.destroy()
      else {
        // As a kernel's: what was not read is answered by a RST.
        if (this.#chunks.length > 0) this.#frames!.failure(null)
        else this.#frames!.end()
        this.#inner!.end()
        this.#inner!.resume()
      }
    })
  }

  reset(callback?: () => void): number {
    this.#close(callback, () => {
      this.#frames?.failure(null)
      this.#inner?.end()
    })
    return 0
  }

  #close(callback: (() => void) | undefined, how: () => void): void {
    if (this.#closed) return
    this.#closed = true
    this.#connecting.cancel()
    how()
    setImmediate(() => {
      this.#written(statusOf('ECANCELED'))
      callback?.call(this)
    })
  }

  getsockname(name: Record<string, unknown>): number {
    Object.assign(name, withFamily(this.#local))
    return 0
  }

  getpeername(name: Record<string, unknown>): number {
    if (this.#remote === null) return statusOf('ENOTCONN')
    Object.assign(name, withFamily(this.#remote))
    return 0
  }

  // The other thread's connection has its own way with them.

  setNoDelay(): number {
    return 0
  }

  setKeepAlive(): number {
    return 0
  }

  ref(): void {
    this.#referenced = true
    this.#inner?.ref()
  }

  unref(): void {
    this.#referenced = false
    this.#inner?.unref()
  }

  hasRef(): boolean {
    return this.#referenced
  }
}

takeIpv6(RelayHandle)
