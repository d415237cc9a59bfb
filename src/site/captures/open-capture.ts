/** A capture or a recording of the reader's: sorted into connections when it is opened, each explained when somebody asks. */
import type { Choice, Conversation, Conversations, Summary } from '../../lab/explain/conversations.ts'
import { SortedCapture } from '../../lab/explain/explain-capture.ts'
import { type Explanation, explain } from '../../lab/explain/replay.ts'
import { MOST } from './messages.ts'
import { PackedError, piecesOf } from './pieces.ts'
import { isRecording, type PlayedRecording, playRecording } from './play-recording.ts'

/** Segments that are kept in memory when a capture is opened; of a larger one a connection is read once more. */
const KEPT = 40_000
export interface Contents {
  readonly packets: number
  /** Packets that are no TCP segments, by what they are instead. */
  readonly others: Readonly<Record<string, number>>
  /** Connections. */
  readonly count: number
  /** The place and the kind of the file's first fault; null for a sound one. All before it is explained all the same. */
  readonly error: string | null
  /** True when it was read only up to some place, since it has more connections than are kept in memory. */
  readonly cut: boolean
  /** The outcome of playing a recording again; null for a capture. */
  readonly replayed: ReplayedContents | null
}

export type ReplayedContents = Pick<PlayedRecording, 'events' | 'difference' | 'cut'>

/** Connections that are kept in memory: nobody reads that many, and a flood of SYNs is one for each. */
const CONNECTIONS = 100_000
/** Connections that are listed at a time. */
const LISTED = 500

export interface List {
  readonly shown: readonly Summary[]
  /** Those that match, shown or not. */
  readonly matching: number
}

/** A part of a connection: ms after the first packet of the capture. */
export interface Span {
  readonly from?: number | undefined
  readonly until?: number | undefined
}

/** @param bytes of the file that have been read */
type Progress = (bytes: number) => void

interface Sorted extends Omit<Contents, 'count'> {
  readonly conversations: Conversations
}

const sort = async (file: Blob, choice: Choice, progress: Progress): Promise<Sorted> => {
  if (await isRecording(file)) {
    const { conversations, packets, others, error, ...replayed } = await playRecording(file, choice, progress)
    return { conversations, packets, others, error: error || null, cut: false, replayed }
  }
  const sorted = new SortedCapture(choice)
  const end = (error: string | null, cut = false): Sorted => {
    const { conversations, packets, others } = sorted
    return { conversations, packets, others, error, cut, replayed: null }
  }
  try {
    for await (const { bytes, last, read } of piecesOf(file)) {
      const more = sorted.add(bytes, last)
      progress(read)
      if (!more) break
      if (sorted.conversations.count > CONNECTIONS) return end(null, true)
    }
  } catch (error) {
    if (!(error instanceof PackedError)) throw error
    return end(error.message)
  }
  return end(sorted.error?.message ?? null)
}

const summaryOf = ({ number, ends, seen, text, began, ended }: Summary): Summary => ({
  number,
  ends: [...ends],
  seen,
  text,
  began,
  ended,
})

export class OpenCapture {
  readonly contents: Contents
  readonly #file: Blob
  readonly #summaries: readonly Summary[]
  /** Those of a capture that is small enough to be kept. */
  readonly #kept: ReadonlyMap<number, Conversation> | null

  private constructor(file: Blob, { conversations, ...contents }: Sorted) {
    this.#file = file
    this.#summaries = conversations.summaries.map(summaryOf)
    this.contents = { ...contents, count: conversations.count }
    this.#kept =
      conversations.chosen > KEPT ? null : new Map(conversations.all.map(each => [each.number, each]))
  }

  /** Never throws for what is in the file: see {@link Contents.error}. @throws the error of reading it */
  static async open(file: Blob, progress: Progress = () => {}): Promise<OpenCapture> {
    return new OpenCapture(file, await sort(file, { most: KEPT }, progress))
  }

  /** @param text in an address or a port of theirs; '' for all */
  list(text: string): List {
    const found = this.#summaries.filter(({ ends }) => ends.some(end => end.includes(text)))
    return { shown: found.slice(0, LISTED), matching: found.length }
  }

  /**
   * Explains the connection of a number, or a part of it.
   * @returns how many segments it has when they are more than {@link MOST}; null when none of it is in that span
   */
  async explain(
    number: number,
    { from, until }: Span = {},
    progress: Progress = () => {},
  ): Promise<Explanation | number | null> {
    if (this.#kept !== null && from === undefined && until === undefined) {
      const kept = this.#kept.get(number)
      return kept === undefined ? null : explain(kept)
    }
    const choice = { connection: number, from, until, most: MOST }
    const { conversations } = await sort(this.#file, choice, progress)
    if (conversations.chosen > MOST) return conversations.chosen
    const [found] = conversations.all
    return found === undefined ? null : explain(found)
  }
}
