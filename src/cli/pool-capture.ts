/** One capture of all workers of a pool, in the order of time. */
import { beginSection } from '../trace/capture.ts'
import type { BlockFile } from '../trace/capture-file.ts'
import { smallest } from '../trace/extremes.ts'
import type { CaptureReport, TimedBlock } from './pool-messages.ts'

/** Bytes that wait for a worker at most: one that hangs tells nothing, and the others go on. */
const MOST_WAITING = 64 << 20

/**
 * Each worker reports now and then the packets that it has captured, and up to which time they are complete. All before the
 * earliest of these times is written. Where too much waits, all of it is: a block that comes late then stands behind later ones.
 */
export class PoolCapture {
  readonly #file: BlockFile
  /** For each worker that lives, until when its packets are here, ms. */
  readonly #until = new Map<number, number>()
  #waiting: TimedBlock[] = []
  #bytesWaiting = 0

  /** @param interfaces the names of all interfaces that workers may have packets of */
  constructor(file: BlockFile, interfaces: readonly string[]) {
    this.#file = file
    for (const block of beginSection(interfaces)) file.write(block)
    file.flush()
  }

  /** A worker begins: nothing is complete before it has told something. */
  begins(worker: number): void {
    this.#until.set(worker, Number.NEGATIVE_INFINITY)
  }

  tells(worker: number, { blocks, until }: CaptureReport): void {
    for (const block of blocks) {
      this.#waiting.push(block)
      this.#bytesWaiting += block.bytes.length
    }
    if (this.#until.has(worker)) this.#until.set(worker, until)
    this.#write()
  }

  /** A worker has ended: it has told all that it had to tell. */
  ends(worker: number): void {
    this.#until.delete(worker)
    this.#write()
  }

  close(): void {
    this.#until.clear()
    this.#write()
    this.#file.close()
  }

  #write(): void {
    const complete =
      this.#bytesWaiting > MOST_WAITING ? Number.POSITIVE_INFINITY : smallest(this.#until.values())
    if (!this.#waiting.some(({ time }) => time < complete)) return
    // Stable: the blocks of one worker stay as they were.
    const all = this.#waiting.sort((a, b) => a.time - b.time)
    const end = all.findIndex(({ time }) => time >= complete)
    const count = end < 0 ? all.length : end
    for (const { bytes } of all.slice(0, count)) {
      this.#file.write(bytes)
      this.#bytesWaiting -= bytes.length
    }
    this.#waiting = all.slice(count)
    this.#file.flush()
  }
}
