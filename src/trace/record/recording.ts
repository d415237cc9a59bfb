/**
 * A recording as it is read: blocks (block.ts) of lines of JSON. The first line is the header, an object with
 * `"tuntcp":"recording"`, `"version":2` and a `"kind"`; what follows is the kind's.
 */
import { type Block, VERSION } from './block-header.ts'
import { RecordedLines } from './recorded-lines.ts'
import { RecordingError } from './recording-error.ts'

export type RecordingKind = 'lab' | 'host'

/** A recording whose header has been read. */
export interface RecordingFile {
  readonly kind: RecordingKind
  readonly header: Readonly<Record<string, unknown>>
  /** The lines after the header, read as they are asked for: a recording can be played once. */
  readonly lines: RecordedLines
  /** Closes the file, if there is one. */
  close(): void
}

/**
 * Reads a recording from its blocks.
 * @param next the blocks, one after the other; null when there are no more
 * @throws RecordingError
 */
export const recordingFrom = (next: () => Block | null, close: () => void = () => {}): RecordingFile => {
  const lines = new RecordedLines(next)
  const header = headerOf(lines)
  const { tuntcp, version, kind } = header
  if (tuntcp !== 'recording') throw new RecordingError(1, 'no header of a recording')
  if (version !== VERSION)
    throw new RecordingError(1, `version ${String(version)} of the format, known is ${VERSION}`)
  if (kind !== 'lab' && kind !== 'host')
    throw new RecordingError(1, `a recording of '${String(kind)}' is not known`)
  lines.advance()
  return { kind, header, lines, close }
}

const headerOf = (lines: RecordedLines): Record<string, unknown> => {
  if (lines.current === null)
    throw new RecordingError(0, 'no recording, or one that was cut off before it began')
  return parsedLine(lines) as Record<string, unknown>
}

/** The line that is next, as an object or a list. @throws RecordingError */
export const parsedLine = (lines: RecordedLines): object => {
  try {
    const value: unknown = JSON.parse(lines.current ?? '')
    if (typeof value === 'object' && value !== null) return value
  } catch {
    // Told below.
  }
  throw new RecordingError(lines.number, 'neither an object nor a list of JSON')
}
