/**
 * Standard output and error of a command that runs for long. A pipe that nobody reads (a pager, a stopped terminal) would
 * block the process in write(2), and with it every connection and every signal.
 */
import { Console } from 'node:console'
import { Writable } from 'node:stream'
import { isatty } from 'node:tty'
import { PipeWriter } from '../trace/pipe-writer.ts'
import { CollectedLines } from './collected-lines.ts'

/** Bytes that wait for whoever reads the log; what comes then is lost, and counted. */
const PATIENCE = 1 << 20
/** The time for the last words, ms. */
const GRACE = 500

/**
 * Lines for people and programs: never waited for, and lost when nobody reads them. They are written some together,
 * as a system call for each, and a reader that wakes up for it, cost more than what they tell of; the last ones before the
 * process ends, also by an exception.
 */
export class LogOutput extends CollectedLines {
  readonly #writer: PipeWriter
  #lost = 0

  /** @param gone is told once when nobody can read it any more */
  constructor(fd: number, gone: () => void = () => {}) {
    super(isatty(fd))
    this.#writer = new PipeWriter(fd, gone)
    process.once('exit', () => this.#writer.flush())
  }

  protected override take(lines: string, count: number): void {
    if (this.#writer.bytes > PATIENCE) {
      this.#lost += count
      return
    }
    const complaint = this.#lost > 0 ? `${this.#lost} lines were lost: nobody read them\n` : ''
    this.#lost = 0
    this.#writer.write(Buffer.from(complaint + lines))
  }

  /** Until all is read, but no longer than somebody who has stopped the process would wait. */
  async settled(): Promise<void> {
    this.hand()
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
