/** The option `onread`: text goes into memory of the user's, not through the stream. */
import { badType } from './errors.ts'

export interface OnRead {
  /** The memory for text; or a function that gives such memory before each reading. */
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
  /** The callback's `this`. */
  readonly #socket: object
  #buffer: Uint8Array | null = null
  /** The user wants no more until it says so. */
  paused = false

  private constructor(given: OnRead, socket: object) {
    this.#given = given
    this.#socket = socket
  }

  /** Null for what is none, which node:net ignores. */
  static from(given: unknown, socket: object): UserBuffer | null {
    return isOnRead(given) ? new UserBuffer(given, socket) : null
  }

  /**
   * Asks the user for memory, as node:net does for each connection and after each reading.
   * @returns how many bytes have room in it
   * @throws TypeError when the function gives no memory
   */
  renew(): number {
    const { buffer } = this.#given
    const memory = typeof buffer === 'function' ? buffer() : buffer
    if (!(memory instanceof Uint8Array)) throw badType('onread.buffer', 'a Uint8Array', memory)
    this.#buffer = memory
    return memory.length
  }

  /** Hands over bytes that have room in the user's memory. False when the user wants no more. */
  give(bytes: Uint8Array): boolean {
    const memory = this.#buffer!
    memory.set(bytes)
    return this.#given.callback.call(this.#socket, bytes.length, memory) !== false && !this.paused
  }
}
