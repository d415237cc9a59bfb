/** An application on the core's calls: what a program does with a socket. */

import type { ConnectionUser } from '../tcp/block/connection-user.ts'
import type { ConnectionView as Connection } from '../tcp/block/connection-view.ts'
import { type ErrorCode, TcpError } from '../tcp/block/error.ts'
import { close, receive, release, send } from '../tcp/calls.ts'
import type { Wire, WireOptions } from './bench.ts'
import { patternByte, patternBytes } from './pattern.ts'

export class OwnWire implements Wire, ConnectionUser {
  received = 0
  intact = true
  ended = false
  error: ErrorCode | null = null
  gone = false
  connected = false
  #connection: Connection | null = null
  #reading: boolean
  readonly #closesAtEnd: boolean
  #sent = 0
  /** True when its application has let go of it, and hears of nothing more. */
  #released = false
  /** Tells of what its application does and hears of. */
  readonly #note: (text: string) => void
  readonly #changed: () => void

  constructor(options: WireOptions, note: (text: string) => void, changed: () => void) {
    this.#reading = options.reading ?? true
    this.#closesAtEnd = options.closesAtEnd ?? false
    this.#note = note
    this.#changed = changed
  }

  attach(connection: Connection): void {
    this.#connection = connection
  }

  get localPort(): number {
    return this.#connection!.localPort
  }

  write(bytes: number): ErrorCode | null {
    try {
      send(this.#connection!, patternBytes(this.#sent, bytes))
      this.#sent += bytes
      this.#note(`write(${bytes})`)
      return null
    } catch (error) {
      if (!(error instanceof TcpError)) throw error
      this.#note(`write(${bytes}): ${error.code}`)
      return error.code
    }
  }

  shutdown(): void {
    this.#note('shutdown()')
    close(this.#connection!)
  }

  close(): void {
    this.#note('close()')
    this.#released = true
    release(this.#connection!)
  }

  read(on: boolean): void {
    this.#note(on ? 'reads' : 'stops reading')
    this.#reading = on
    if (on) this.readable()
  }

  // ConnectionUser

  established(): void {
    this.connected = true
    this.#changed()
  }

  writable(): void {
    this.#changed()
  }

  readable(): void {
    const c = this.#connection!
    if (!this.#reading || this.#released) return
    for (let chunk = receive(c); chunk !== null; chunk = receive(c)) {
      for (let i = 0; i < chunk.length && this.intact; i++)
        this.intact = chunk[i] === patternByte(this.received + i)
      this.received += chunk.length
    }
    if (c.finReceived && !this.ended) {
      this.ended = true
      this.#note('reads the end')
      if (this.#closesAtEnd) this.close()
    }
    this.#changed()
  }

  closed(error: ErrorCode | null): void {
    this.error = error
    this.gone = true
    if (error !== null && !this.#released) this.#note(error)
    this.#changed()
  }
}
