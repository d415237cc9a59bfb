/** Writes what a host takes in to a file, as it happens. */
import { close as closeFile, write as writeFile } from 'node:fs'
import { openPrivate } from '../private-file.ts'
import { BlockWriter } from './block-writer.ts'
import { HostRecorder } from './host-recorder.ts'

/** Bytes that may wait for a slow disk, packed. */
const PATIENCE = 64 << 20
/** The time that lines wait for others before they are written, ms: a process that is killed may lose them. */
const DELAY = 1000

/** A recording that is being written to a file. */
export interface RecordFile {
  readonly recorder: HostRecorder
  /** Writes the end; a recording without counts as cut off. A second call does nothing. */
  close(): Promise<void>
}

/**
 * Records to a file that is its owner's alone, in blocks: it can be played up to where it was cut off. Packing is done at
 * once and slows the host as much as it takes; a disk that cannot keep up ends the recording, not the host.
 * @param failed is told once when the file cannot be written any more; the host goes on without it
 * @throws the error of open(2)
 */
export const recordToFile = (path: string, failed: (error: Error) => void): RecordFile => {
  const file = new BlockFile(openPrivate(path), failed)
  const writer = new BlockWriter('host', {}, block => file.write(block))
  let timer: NodeJS.Timeout | null = null
  const flush = () => {
    timer = null
    if (file.open && writer.pending) writer.flush()
  }
  const recorder = new HostRecorder(line => {
    if (!file.open) return
    try {
      writer.line(line)
    } catch (error) {
      file.fail(error as Error)
    }
    timer ??= setTimeout(flush, DELAY).unref()
  })
  return {
    recorder,
    async close() {
      if (timer !== null) clearTimeout(timer)
      if (!file.open) return
      writer.end()
      await file.end()
    },
  }
}

/** One write at a time; what waits is bounded. */
class BlockFile {
  readonly #fd: number
  readonly #failed: (error: Error) => void
  readonly #waiting: Buffer[] = []
  /** Bytes of the blocks that wait, and of the one that is being written. */
  #bytes = 0
  #writing = false
  /** Lines that come while it is ending still go to the disk; then nothing does. */
  #state: 'open' | 'ending' | 'closed' = 'open'
  #ended: () => void = () => {}

  constructor(fd: number, failed: (error: Error) => void) {
    this.#fd = fd
    this.#failed = failed
  }

  /** True when more is to be written. */
  get open(): boolean {
    return this.#state === 'open'
  }

  write(block: Buffer): void {
    if (!this.open) return
    this.#waiting.push(block)
    this.#bytes += block.length
    if (this.#bytes > PATIENCE) this.fail(new Error(`the disk is too slow: ${PATIENCE >> 20} MB wait for it`))
    else this.#next()
  }

  fail(error: Error): void {
    if (this.#state === 'closed') return
    this.#waiting.length = 0
    this.#failed(error)
    this.#close()
  }

  /** Resolves as soon as all is written, or cannot be. */
  end(): Promise<void> {
    this.#state = 'ending'
    return new Promise(resolve => {
      this.#ended = resolve
      this.#next()
    })
  }

  #next(): void {
    if (this.#writing) return
    const block = this.#waiting.shift()
    if (block !== undefined) this.#write(block, 0)
    else if (this.#state === 'ending') this.#close()
  }

  #write(block: Buffer, from: number): void {
    this.#writing = true
    writeFile(this.#fd, block, from, block.length - from, null, (error, count) => {
      this.#writing = false
      if (this.#state === 'closed') this.#close()
      else if (error !== null) this.fail(error)
      else if (from + count < block.length) this.#write(block, from + count)
      else {
        this.#bytes -= block.length
        this.#next()
      }
    })
  }

  #close(): void {
    this.#state = 'closed'
    if (!this.#writing) closeFile(this.#fd, () => this.#ended())
  }
}
