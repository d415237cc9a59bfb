/**
 * The container of recordings: gzip of lines of JSON. The first line is the header, an object with
 * `"tuntcp":"recording"`, `"version":1` and a `"kind"`; the last one `{"lines":N,"sha256":…}`: how many lines are
 * between, and the digest of them, each with its line feed.
 */
import { createHash, type Hash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'

export const VERSION = 1
/** Bytes that a recording may unpack to. */
const LARGEST = 2 ** 29

/** A file is no recording, or of a version that is not known. */
export class RecordingError extends Error {
  /** The line, from 1, where it is wrong; 0 for the file as a whole. */
  readonly line: number

  constructor(line: number, what: string) {
    super(line === 0 ? what : `line ${line}: ${what}`)
    this.name = 'RecordingError'
    this.line = line
  }
}

export type RecordingKind = 'lab' | 'host'

export const headerLine = (kind: RecordingKind, fields: object): string =>
  JSON.stringify({ tuntcp: 'recording', version: VERSION, kind, ...fields })

/** Counts the lines between header and end. */
export class LineDigest {
  #count = 0
  readonly #hash: Hash = createHash('sha256')

  add(line: string): void {
    this.#count++
    this.#hash.update(`${line}\n`)
  }

  /** The last line of the file. To be called once. */
  end(): string {
    return JSON.stringify({ lines: this.#count, sha256: this.#hash.digest('hex') })
  }
}

/** A recording as it was read from a file. */
export interface RecordingFile {
  readonly kind: RecordingKind
  readonly header: Readonly<Record<string, unknown>>
  /** What is between header and end: JSON, each. */
  readonly lines: readonly string[]
}

/** @throws RecordingError */
export const readRecording = (file: Uint8Array): RecordingFile => {
  if (file[0] !== 0x1f || file[1] !== 0x8b) throw new RecordingError(0, 'no recording: not packed by gzip')
  let text: string
  try {
    text = gunzipSync(file, { maxOutputLength: LARGEST }).toString('utf8')
  } catch (error) {
    throw new RecordingError(0, `no recording, or a damaged one: ${(error as Error).message}`)
  }
  const lines = text.split('\n')
  const header = parsed(lines, 0) as Record<string, unknown> | null
  if (header?.tuntcp !== 'recording') throw new RecordingError(1, 'no header of a recording')
  const { version, kind } = header
  if (version !== VERSION)
    throw new RecordingError(1, `version ${String(version)} of the format, known is ${VERSION}`)
  if (kind !== 'lab' && kind !== 'host')
    throw new RecordingError(1, `a recording of '${String(kind)}' is not known`)
  if (lines.at(-1) !== '') throw new RecordingError(lines.length, 'the last line is cut off')
  lines.pop()
  const end = parsed(lines, lines.length - 1) as Record<string, unknown> | null
  const between = lines.slice(1, -1)
  if (end?.lines !== between.length)
    throw new RecordingError(lines.length, `no end, or not that of ${between.length} lines: some are missing`)
  between.forEach((_, i) => {
    parsed(lines, i + 1)
  })
  return { kind, header, lines: between }
}

const parsed = (lines: readonly string[], i: number): unknown => {
  try {
    const value: unknown = JSON.parse(lines[i] ?? '')
    if (typeof value === 'object' && value !== null) return value
  } catch {
    // Told below.
  }
  throw new RecordingError(i + 1, 'neither an object nor a list of JSON')
}
