/**
 * The file of a recorded run: gzip of lines of JSON.
 *
 * The first line is the header: `{"tuntcp":"recording","version":1,"lab":…,"seed":…,"short":…}`. All input of a run in
 * virtual time follows from it: the lab is the calls of both users and what happens to packets on the way, the seed all
 * randomness, and time goes from event to event. Then a line for each event of both ends' streams, in order, as
 * {@link eventLine} writes it. The last line is `{"events":N,"sha256":…}`: how many they are, and the digest of their
 * lines, each with its line feed.
 */
import { createHash } from 'node:crypto'
import { gunzipSync, gzipSync } from 'node:zlib'

const VERSION = 1
/** Bytes that a recording may unpack to. */
const LARGEST = 2 ** 29

export interface Recording {
  /** Name of the lab. */
  readonly lab: string
  readonly seed: number | string
  /** Whether it was played as if somebody waited. */
  readonly short: boolean
  /** The events, a line of JSON each. */
  readonly events: readonly string[]
}

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

/** SHA-256 of the lines, in hex. */
export const digestOf = (events: readonly string[]): string => {
  const hash = createHash('sha256')
  for (const event of events) hash.update(`${event}\n`)
  return hash.digest('hex')
}

export const encodeRecording = ({ lab, seed, short, events }: Recording): Uint8Array => {
  const header = JSON.stringify({ tuntcp: 'recording', version: VERSION, lab, seed, short })
  const end = JSON.stringify({ events: events.length, sha256: digestOf(events) })
  return gzipSync([header, ...events, end, ''].join('\n'))
}

/** @throws RecordingError */
export const decodeRecording = (file: Uint8Array): Recording => {
  if (file[0] !== 0x1f || file[1] !== 0x8b) throw new RecordingError(0, 'no recording: not packed by gzip')
  let text: string
  try {
    text = gunzipSync(file, { maxOutputLength: LARGEST }).toString('utf8')
  } catch (error) {
    throw new RecordingError(0, `no recording, or a damaged one: ${(error as Error).message}`)
  }
  const lines = text.split('\n')
  const header = objectOf(lines, 0)
  if (header.tuntcp !== 'recording') throw new RecordingError(1, 'no header of a recording')
  if (header.version !== VERSION)
    throw new RecordingError(1, `version ${String(header.version)} of the format, known is ${VERSION}`)
  const { lab, seed, short } = header
  if (typeof lab !== 'string' || typeof short !== 'boolean')
    throw new RecordingError(1, 'the header lacks the lab, or how it was played')
  if (typeof seed !== 'string' && typeof seed !== 'number')
    throw new RecordingError(1, 'the header lacks the seed')
  if (lines.at(-1) !== '') throw new RecordingError(lines.length, 'the last line is cut off')
  lines.pop()
  const end = objectOf(lines, lines.length - 1)
  const events = lines.slice(1, -1)
  if (end.events !== events.length)
    throw new RecordingError(
      lines.length,
      `no end, or another than that of ${events.length} events: lines are missing`,
    )
  events.forEach((_, i) => {
    objectOf(lines, i + 1)
  })
  return { lab, seed, short, events }
}

const objectOf = (lines: readonly string[], i: number): Record<string, unknown> => {
  let value: unknown
  try {
    value = JSON.parse(lines[i] ?? '')
  } catch {
    throw new RecordingError(i + 1, 'no JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new RecordingError(i + 1, 'no object')
  return value as Record<string, unknown>
}
