/** The lines of a recording, one after the other: in memory is one block, however long the recording is. */
import { type Block, LONGEST_LINE } from './block-header.ts'
import { RecordingError } from './recording-error.ts'

export class RecordedLines {
  readonly #next: () => Block | null
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true })
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

  /**
   * @param next the blocks, one after the other; null when there are no more
   * @throws RecordingError when it is no recording
   */
  constructor(next: () => Block | null) {
    this.#next = next
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
    const block = this.#next()
    if (block === null) {
      this.#ended = true
      this.cut = true
      return
    }
    if (block.kind === 'end') {
      this.#end(block.text)
      return
    }
    const lines = this.#decoder.decode(block.text, { stream: true }).split('\n')
    lines[0] = this.#rest + lines[0]
    this.#rest = lines.pop()!
    if (this.#rest.length > LONGEST_LINE)
      throw new RecordingError(this.number + lines.length + 1, `longer than ${LONGEST_LINE} characters`)
    this.#ready = lines
  }

  /** Blocks that are missing show in their numbers, lines that are missing here. */
  #end(text: Uint8Array): void {
    this.#ended = true
    // The header is none of those that are counted.
    const count = this.number - 1
    if (this.#rest === '' && new TextDecoder().decode(text) === `{"lines":${count}}\n`) return
    throw new RecordingError(0, `the end of the recording is not that of one of ${count} lines`)
  }
}
