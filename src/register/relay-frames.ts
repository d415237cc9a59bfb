/** The frames by which a thread or a child process speaks with the process whose stack it uses, over a Unix socket of the kernel's. */
import type net from 'node:net'

/** One byte of kind and four of length, little-endian, then the text. */
const HEADER = 5
const MESSAGE = 0
const DATA = 1
const END = 2
const FAILURE = 3
const LEFT = 4

/** Bytes of one frame at most: what is longer is not held up until all of it is there, and not put together either. */
const LARGEST = 64 * 1024

type Written = (error?: Error | null) => void

/** @returns whether more may follow at once */
const writeFrame = (socket: net.Socket, kind: number, bytes: Uint8Array, written?: Written): boolean => {
  const header = Buffer.alloc(HEADER)
  header[0] = kind
  header.writeUInt32LE(bytes.length, 1)
  socket.cork()
  socket.write(header)
  const more = socket.write(bytes, written)
  socket.uncork()
  return more
}

const writeData = (socket: net.Socket, bytes: Uint8Array, written?: Written): boolean => {
  socket.cork()
  let at = 0
  for (; bytes.length - at > LARGEST; at += LARGEST)
    writeFrame(socket, DATA, bytes.subarray(at, at + LARGEST))
  const more = writeFrame(socket, DATA, bytes.subarray(at), written)
  socket.uncork()
  return more
}

export const writeMessage = (socket: net.Socket, value: object): void => {
  writeFrame(socket, MESSAGE, Buffer.from(JSON.stringify(value)))
}

export interface FrameReader {
  /** The question, or the answer. */
  message(value: never): void
  data(bytes: Buffer): void
  /** No more data of the other side's. */
  end(): void
  /** The connection has failed, by this errno's name; null by a reset that was asked for. */
  failure(code: string | null): void
  /** The other side reads and writes no more, after so many bytes of data. */
  left?(bytes: number): void
}

/** Whoever reads frames: those that it has no method for are nothing to it. */
type Reads = Pick<FrameReader, 'message'> & Partial<FrameReader>

export class Frames {
  readonly socket: net.Socket
  /** Bytes of data that were sent, and that have come. */
  sent = 0
  #received = 0
  #rest: Buffer = Buffer.alloc(0)

  constructor(socket: net.Socket, reader: Reads) {
    this.socket = socket
    socket.on('data', bytes => this.#take(bytes, reader))
  }

  message(value: object): void {
    writeMessage(this.socket, value)
  }

  /** Returns whether more may follow at once; otherwise the socket tells 'drain'. */
  data(bytes: Uint8Array, written?: Written): boolean {
    this.sent += bytes.length
    return writeData(this.socket, bytes, written)
  }

  end(): void {
    writeFrame(this.socket, END, Buffer.alloc(0))
  }

  failure(code: string | null): void {
    writeFrame(this.socket, FAILURE, Buffer.from(code ?? ''))
  }

  /** Nobody reads or writes here any more. */
  left(): void {
    writeFrame(this.socket, LEFT, Buffer.from(String(this.#received)))
  }

  #take(bytes: Buffer, reader: Reads): void {
    let at = 0
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes])
    while (all.length - at >= HEADER) {
      const end = at + HEADER + all.readUInt32LE(at + 1)
      if (end > all.length) break
      const text = all.subarray(at + HEADER, end)
      const kind = all[at]
      at = end
      if (kind === MESSAGE) reader.message(JSON.parse(String(text)) as never)
      else if (kind === DATA) {
        this.#received += text.length
        reader.data?.(text)
      } else if (kind === END) reader.end?.()
      else if (kind === LEFT) reader.left?.(Number(text))
      else reader.failure?.(text.length === 0 ? null : String(text))
    }
    this.#rest = all.subarray(at)
  }
}

export interface Name {
  readonly address: string
  readonly port: number
}

/** The address that a server listens at. */
export interface ListenName extends Name {
  readonly ipv6Only: boolean
}

/** The purpose of a connection to the hub: its first message. `from` is what the socket is bound to. */
export type Asked = { readonly token: string } & (
  | { readonly connect: Name; readonly from: Name | null }
  | { readonly listen: ListenName }
  | { readonly accept: number }
  | { readonly about: true }
)

/** An option of a connection, told when it was opened. The delay in ms. */
export type Option = { readonly noDelay: boolean } | { readonly keepAlive: boolean; readonly delay: number }

/** The answer to about: the addresses of the stack on its device, with lengths; none without a device. */
export interface About {
  readonly own: readonly string[]
}

/** The answer to connect and accept: both ends. */
export interface Opened {
  readonly local: Name
  readonly remote: Name
}

/** The answers to listen: it does (null), or why it cannot; then each connection that has come. */
export interface Heard {
  readonly listens?: string | null
  readonly accepted?: number
}
