/** Writes to what somebody else reads (a pipe, a terminal, a socket), and never waits for the reader. */
import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs'
import { Socket } from 'node:net'

/** The time until the reader is tried again, ms: a little at first, and more while it does nothing. */
const SOON = 1
const LATE = 50
const { O_NOCTTY, O_NONBLOCK, O_WRONLY } = constants

/** A descriptor for the same that does not block, as far as there is one. */
const nonBlocking = (fd: number): number => {
  const stat = fstatSync(fd)
  if (stat.isSocket()) {
    // Node has no other way to make a descriptor non-blocking than to make a Socket of it.
    new Socket({ fd, readable: false, writable: true }).unref()
    return fd
  }
  if (!stat.isFIFO() && !stat.isCharacterDevice()) return fd
  try {
    // Opened once more, it has flags of its own: those of the shell that gave it to us stay as they are.
    return openSync(`/proc/self/fd/${fd}`, O_WRONLY | O_NONBLOCK | O_NOCTTY)
  } catch {
    // The first write tells of a reader that is gone (ENXIO).
    return fd
  }
}

export class PipeWriter {
  readonly #given: number
  readonly #fd: number
  readonly #failed: (error: Error) => void
  readonly #waiting: Uint8Array[] = []
  /** Bytes of the first of them that are written. */
  #from = 0
  #timer: NodeJS.Timeout | null = null
  #pause = SOON
  #drained: (() => void)[] = []
  /** Bytes that wait for the reader. */
  bytes = 0
  /** True when anybody may read yet. */
  open = true

  /** @param failed is told once when nothing can be written any more */
  constructor(fd: number, failed: (error: Error) => void) {
    this.#given = fd
    this.#fd = nonBlocking(fd)
    this.#failed = failed
  }

  /** Takes the bytes, which are not to be changed until they are written. */
  write(bytes: Uint8Array): void {
    if (!this.open) return
    this.#waiting.push(bytes)
    this.bytes += bytes.length
    if (this.#timer === null) this.#go()
  }

  /** As much as the reader takes now. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#go()
  }

  /** Waits, and everything with it, until all is written, but no longer than that (ms): for the end of a process. */
  flushWithin(ms: number): void {
    const end = performance.now() + ms
    for (;;) {
      this.flush()
      if (this.bytes === 0 || !this.open || performance.now() >= end) return
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, SOON)
    }
  }

  /** Resolves as soon as all is written, or cannot be. */
  drained(): Promise<void> {
    return new Promise(resolve => {
      if (this.bytes === 0 || !this.open) resolve()
      else this.#drained.push(resolve)
    })
  }

  /** Lines that wait are not written any more. */
  close(): void {
    this.#end()
    if (this.#fd !== this.#given) closeSync(this.#fd)
  }

  #go(): void {
    while (this.open && this.#waiting.length > 0) {
      const bytes = this.#waiting[0]!
      const count = this.#write(bytes)
      if (count < 0) return
      this.#pause = SOON
      this.#from += count
      this.bytes -= count
      if (this.#from < bytes.length) continue
      this.#waiting.shift()
      this.#from = 0
    }
    if (this.bytes === 0) this.#tellDrained()
  }

  /** @returns -1 when the reader has to read first, or nothing can be written any more */
  #write(bytes: Uint8Array): number {
    try {
      return writeSync(this.#fd, bytes, this.#from)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') {
        this.#timer ??= setTimeout(() => this.flush(), this.#pause).unref()
        this.#pause = Math.min(2 * this.#pause, LATE)
      } else {
        this.#end()
        this.#failed(error as Error)
      }
      return -1
    }
  }

  #end(): void {
    this.open = false
    this.bytes = 0
    this.#waiting.length = 0
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#tellDrained()
  }

  #tellDrained(): void {
    const waiting = this.#drained
    this.#drained = []
    for (const tell of waiting) tell()
  }
}
