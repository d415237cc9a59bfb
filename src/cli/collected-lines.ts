/** Lines are collected for a moment and handed over together. */
import { Writable } from 'node:stream'

/** Lines are collected for so long, ms, and at most so many UTF-16 units of them. */
const TOGETHER = 10
const COLLECTED = 65_536

/** A stream of lines; the last ones are handed over before the process or the thread ends, also by an exception. */
export abstract class CollectedLines extends Writable {
  readonly isTTY: boolean
  #lines = ''
  #count = 0
  #timer: NodeJS.Timeout | null = null
  /** The process ends: no timer fires any more. */
  #ends = false

  constructor(isTTY: boolean) {
    super({ decodeStrings: false })
    this.isTTY = isTTY
    process.once('exit', () => {
      this.#ends = true
      this.hand()
    })
  }

  /** A line does not go through the stream: that never holds anything back, and would cost more than all the rest. */
  override write(chunk: unknown, ...rest: unknown[]): boolean {
    if (typeof chunk !== 'string' || rest.length > 0) return super.write(chunk, ...(rest as [BufferEncoding]))
    this.#collect(chunk)
    return true
  }

  override _write(chunk: Buffer | string, _: BufferEncoding, done: () => void): void {
    this.#collect(String(chunk))
    done()
  }

  #collect(text: string): void {
    this.#lines += text
    this.#count++
    if (this.#ends || this.#lines.length >= COLLECTED) this.hand()
    else this.#timer ??= setTimeout(() => this.hand(), TOGETHER).unref()
  }

  /** Hands over what was collected. */
  protected hand(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    if (this.#count === 0) return
    this.take(this.#lines, this.#count)
    this.#lines = ''
    this.#count = 0
  }

  /** Takes what is handed over. @param count the number of writes that it was */
  protected abstract take(lines: string, count: number): void
}
