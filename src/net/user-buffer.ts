/** The option `onread`: text goes into memory of the user's, not through the stream. */
import { badType } from './errors.ts'

export interface OnRead {
  /** Where text is put; or what gives such memory before each reading. */
  readonly buffer: Uint8Array | (() => Uint8Array)
  /** So many bytes are there. False: no more until the socket is resumed. */
  callback(this: unknown, bytes: number, buffer: Uint8Array): unknown
}

const isOnRead = (given: unknown): given is OnRead => {
  if (typeof given !== 'object' || given === null) return false
  const { buffer, callback } = given as OnRead
  return (buffer instanceof Uint8Array || typeof buffer === 'function') && typeof callback === 'function'
}

export class UserBuffer {
  readonly #given: OnRead
  /** What the callback has for its `this`. */
  readonly #socket: object
  #buffer: Uint8Array
  /** The user wants no more until it says so. */
  paused = false
  /** What was received and did not fit, or was not wanted any more. */
  #left: Uint8Array | null = null

  private constructor(given: OnRead, socket: object) {
    this.#given = given
    this.#socket = socket
    this.#buffer = this.#next()
  }

  /** Null for what is none, which node:net ignores. @throws TypeError when the function gives no memory */
  static from(given: unknown, socket: object): UserBuffer | null {
    return isOnRead(given) ? new UserBuffer(given, socket) : null
  }

  #next(): Uint8Array {
    const { buffer } = this.#given
    const memory = typeof buffer === 'function' ? buffer() : buffer
    if (!(memory instanceof Uint8Array) || memory.length === 0)
      throw badType('onread.buffer', 'a Uint8Array with room', memory)
    return memory
  }

  /** Whether text waits that was received already. */
  get waiting(): boolean {
    return this.#left !== null
  }

  /** Hands the bytes over, and before them those that wait. False when the user wants no more. */
  give(bytes: Uint8Array): boolean {
    let rest = this.#left === null ? bytes : Buffer.concat([this.#left, bytes])
    this.#left = null
    while (rest.length > 0) {
      const length = Math.min(rest.length, this.#buffer.length)
      const memory = this.#buffer
      memory.set(rest.subarray(0, length))
      rest = rest.subarray(length)
      const more = this.#given.callback.call(this.#socket, length, memory) !== false && !this.paused
      this.#buffer = this.#next()
      if (more) continue
      // Those are the connection's own bytes, nobody else's: they may be kept.
      if (rest.length > 0) this.#left = rest
      return false
    }
    return !this.paused
  }
}
