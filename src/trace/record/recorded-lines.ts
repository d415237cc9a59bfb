/** The lines of a recording, one after the other: in memory is one block, however long the recording is. */
import { StringDecoder } from 'node:string_decoder'
import { type ByteSource, readBlock } from './block.ts'
import { LONGEST_LINE } from './block-writer.ts'
import { RecordingError } from './recording-error.ts'

export class RecordedLines {
  readonly #source: ByteSource
  readonly #decoder = new StringDecoder('utf8')
  #blocks = 0
  #ready: string[] = []
  #at = 0
  /** The beginning of a line that goes on in the next block. */
  #rest = ''
  #ended = false
  #current: string | null = null
  /** The number of the line that is next, from 1; the header is the first. */
  number = 0
  /** True when the recording has no end, as that of a process that was killed. Known when there is no line left. */
  cut = false

  /** @throws RecordingError when it is no recording */
  constructor(source: ByteSource) {
    this.#source = source
    this.advance()
  }

  /** The line that is next; null when there is none left. */
  get current(): string | null {
    return this.#current
  }

  /** Goes on to the line after it. @throws RecordingError when what follows is damaged */
  advance(): void {
    while (this.#at === this.#ready.length && !this.#ended) this.#fill()
    this.#current = this.#ready[this.#at] ?? null
    if (this.#current === null) return
    this.#at++
    this.number++
  }

  #fill(): void {
    this.#at = 0
    this.#ready = []
    const block = readBlock(this.#source, this.#blocks++)
    if (block === null) {
      this.#ended = true
      this.cut = true
      return
    }
    if (block.kind === 'end') {
      this.#end(block.text)
      return
    }
    const lines = this.#decoder.write(block.text).split('\n')
    lines[0] = this.#rest + lines[0]
    this.#rest = lines.pop()!
    if (this.#rest.length > LONGEST_LINE)
      throw new RecordingError(this.number + lines.length + 1, `longer than ${LONGEST_LINE} characters`)
    this.#ready = lines
  }

  /** Blocks that are missing show in their numbers, lines that are missing here. */
  #end(text: Buffer): void {
    this.#ended = true
    // The header is none of those that are counted.
    const count = this.number - 1
    if (this.#rest === '' && text.toString() === `{"lines":${count}}\n`) return
    throw new RecordingError(0, `the end of the recording is not that of one of ${count} lines`)
  }
}
