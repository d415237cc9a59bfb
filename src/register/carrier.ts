/** What carries the connection of a handle that has none of its own: a socket, spoken to in frames or directly. */
import type net from 'node:net'
import { LONGEST_LINGER } from '../net/keeper.ts'
import { clearTimeout, setTimeout } from '../net/real-timers.ts'
import { type FrameReader, Frames, type Option } from './relay-frames.ts'

type Written = (error?: Error | null) => void

export interface Carrier {
  readonly socket: net.Socket
  data(bytes: Uint8Array, written?: Written): void
  /** No more data from here. */
  end(): void
  /** Nobody reads or writes any more; what was written still goes. `unread`: something was not read. */
  leave(unread: boolean): void
  /** As {@link leave}, by a RST. */
  reset(): void
  setNoDelay(noDelay: boolean): void
  /** The delay in ms. */
  setKeepAlive(enable: boolean, delay: number): void
}

/** Over a socket to the thread that has the connection. */
export class FramedCarrier implements Carrier {
  readonly socket: net.Socket
  readonly #frames: Frames

  constructor(socket: net.Socket, reader: FrameReader) {
    this.socket = socket
    this.#frames = new Frames(socket, reader)
  }

  data(bytes: Uint8Array, written?: Written): void {
    this.#frames.data(bytes, written)
  }

  end(): void {
    this.#frames.end()
  }

  leave(unread: boolean): void {
    // As a kernel's: what was not read is answered by a RST, be it here or on its way.
    if (unread) this.#frames.failure(null)
    else this.#frames.left()
    this.#linger()
  }

  reset(): void {
    this.#frames.failure(null)
    this.#linger()
  }

  setNoDelay(noDelay: boolean): void {
    this.#tell({ noDelay })
  }

  setKeepAlive(keepAlive: boolean, delay: number): void {
    this.#tell({ keepAlive, delay })
  }

  #tell(option: Option): void {
    if (this.socket.writable) this.#frames.message(option)
  }

  /** The thread stays until the other one has everything, but not for a peer that reads nothing. */
  #linger(): void {
    const { socket } = this
    socket.end()
    socket.resume()
    const patience = setTimeout(() => socket.destroy(), LONGEST_LINGER).unref()
    socket.once('close', () => clearTimeout(patience))
  }
}

/** The socket is the connection. */
export class DirectCarrier implements Carrier {
  readonly socket: net.Socket

  constructor(socket: net.Socket, reader: FrameReader) {
    this.socket = socket
    const { message } = reader as { message(value: unknown): void }
    socket.on('connect', () => {
      const { localAddress: address, localPort: port, remoteAddress, remotePort } = socket
      message({ local: { address, port }, remote: { address: remoteAddress, port: remotePort } })
    })
    socket.on('data', bytes => reader.data(bytes))
    socket.on('end', () => reader.end())
    socket.on('error', ({ code }: NodeJS.ErrnoException) => reader.failure(code ?? null))
  }

  data(bytes: Uint8Array, written?: Written): void {
    this.socket.write(bytes, written)
  }

  end(): void {
    this.socket.end()
  }

  leave(unread: boolean): void {
    if (unread) this.socket.resetAndDestroy()
    else this.socket.destroySoon()
  }

  reset(): void {
    this.socket.resetAndDestroy()
  }

  setNoDelay(noDelay: boolean): void {
    this.socket.setNoDelay(noDelay)
  }

  setKeepAlive(enable: boolean, delay: number): void {
    this.socket.setKeepAlive(enable, delay)
  }
}
