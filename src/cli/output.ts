/**
 * Standard output and error of a command that runs for long. A pipe that nobody reads (a pager, a stopped terminal) would
 * block the process in write(2), and with it every connection and every signal.
 */
import { Console } from 'node:console'
import { Writable } from 'node:stream'
import { isatty } from 'node:tty'
import { PipeWriter } from '../trace/pipe-writer.ts'

/** Bytes that wait for whoever reads the log; what comes then is lost, and counted. */
const PATIENCE = 1 << 20
/** The time for the last words, ms. */
const GRACE = 500
/** Lines are collected for so long before they are written, ms, and at most so many UTF-16 units of them. */
const TOGETHER = 10
const COLLECTED = 65_536

/**
 * Lines for people and programs: never waited for, and lost when nobody reads them. They are written some together,
 * as a system call for each, and a reader that wakes up for it, cost more than what they tell of; the last ones before the
 * process ends, also by an exception.
 */
export class LogOutput extends Writable {
  readonly isTTY: boolean
  readonly #writer: PipeWriter
  #lost = 0
  #lines = ''
  #count = 0
  #timer: NodeJS.Timeout | null = null
  /** The process ends: no timer fires any more. */
  #ends = false

  /** @param gone is told once when nobody can read it any more */
  constructor(fd: number, gone: () => void = () => {}) {
    super({ decodeStrings: false })
    this.isTTY = isatty(fd)
    this.#writer = new PipeWriter(fd, gone)
    process.once('exit', () => {
      this.#ends = true
      this.#hand()
      this.#writer.flush()
    })
  }

  /** A line of the log goes past the stream, which never holds anything back, and costs more than all else. */
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
    if (this.#ends || this.#lines.length >= COLLECTED) this.#hand()
    else this.#timer ??= setTimeout(() => this.#hand(), TOGETHER).unref()
  }

  /** Hands over what was collected. */
  #hand(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    if (this.#count === 0) return
    if (this.#writer.bytes > PATIENCE) this.#lost += this.#count
    else {
      if (this.#lost > 0) this.#lines = `${this.#lost} lines were lost: nobody read them\n${this.#lines}`
      this.#lost = 0
      this.#writer.write(Buffer.from(this.#lines))
    }
    this.#lines = ''
    this.#count = 0
  }

  /** Until all is read, but no longer than somebody who has stopped the process would wait. */
  async settled(): Promise<void> {
    this.#hand()
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>(resolve => {
      timer = setTimeout(resolve, GRACE)
    })
    await Promise.race([this.#writer.drained(), late])
    clearTimeout(timer)
  }
}

/** Bytes for a program: whoever writes them waits until they are read, but nothing else does. */
export class DataOutput extends Writable {
  readonly #writer: PipeWriter

  constructor(fd: number) {
    super()
    this.#writer = new PipeWriter(fd, error => this.destroy(error))
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.#writer.write(chunk)
    if (this.#writer.bytes === 0) done()
    else this.#writer.drained().then(done)
  }
}

export interface LongOutputs {
  readonly log: LogOutput
  readonly error: LogOutput
  /** Before the process ends. */
  settled(): Promise<void>
}

/** Both outputs of this process; from then on `console.error` writes to the second of them. */
export const longOutputs = (): LongOutputs => {
  const error = new LogOutput(2)
  globalThis.console = new Console(process.stdout, error)
  const log = new LogOutput(1, () => console.error('tuntcp: nobody reads the log any more: it ends here'))
  return { log, error, settled: async () => void (await Promise.all([log.settled(), error.settled()])) }
}
