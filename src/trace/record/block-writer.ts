/** Packs lines into blocks. */
import { encodeBlock } from './block.ts'
import { LARGEST_TEXT, LONGEST_LINE, VERSION } from './block-header.ts'
import type { RecordingKind } from './recording.ts'

/** Text that is kept together before it is packed: half a millisecond's work. */
const ENOUGH = 64 * 1024

export class BlockWriter {
  readonly #write: (block: Buffer) => void
  #text: string
  #lines = 0
  #blocks = 0

  /** @param write takes a whole block, in memory of its own */
  constructor(kind: RecordingKind, fields: object, write: (block: Buffer) => void) {
    this.#write = write
    this.#text = `${JSON.stringify({ tuntcp: 'recording', version: VERSION, kind, ...fields })}\n`
  }

  /** @throws RangeError for a line that nobody could read */
  line(line: string): void {
    if (line.length > LONGEST_LINE) throw new RangeError(`a line of ${line.length} characters`)
    this.#lines++
    this.#text += `${line}\n`
    if (this.#text.length >= ENOUGH) this.flush()
  }

  /** True when there are lines that are in no block yet. */
  get pending(): boolean {
    return this.#text !== ''
  }

  /** The lines so far become a block. */
  flush(): void {
    const bytes = Buffer.from(this.#text)
    this.#text = ''
    for (let at = 0; at < bytes.length; at += LARGEST_TEXT)
      this.#write(encodeBlock('lines', this.#blocks++, bytes.subarray(at, at + LARGEST_TEXT)))
  }

  /** The last block, without which a recording has been cut off. */
  end(): void {
    this.flush()
    this.#write(encodeBlock('end', this.#blocks++, Buffer.from(`{"lines":${this.#lines}}\n`)))
  }
}
