/**
 * The recording of a lab: its header says `"kind":"lab"` and names the lab, the seed, and whether it was played `short`.
 * All input of a run in virtual time follows from it: the lab is the calls of both users and what happens to packets on
 * the way, the seed all randomness, and time goes from event to event. The lines between are the events of both ends'
 * streams, in order, as {@link eventLine} writes them.
 */
import { gzipSync } from 'node:zlib'
import {
  headerLine,
  LineDigest,
  RecordingError,
  type RecordingFile,
} from '../../trace/record/recording-file.ts'

export interface Recording {
  /** Name of the lab. */
  readonly lab: string
  readonly seed: number | string
  /** Whether it was played as if somebody waited. */
  readonly short: boolean
  /** The events, a line of JSON each. */
  readonly events: readonly string[]
}

export const encodeRecording = ({ lab, seed, short, events }: Recording): Uint8Array => {
  const digest = new LineDigest()
  for (const event of events) digest.add(event)
  return gzipSync([headerLine('lab', { lab, seed, short }), ...events, digest.end(), ''].join('\n'))
}

/** @throws RecordingError */
export const labRecording = ({ header, lines }: RecordingFile): Recording => {
  const { lab, seed, short } = header
  if (typeof lab !== 'string' || typeof short !== 'boolean')
    throw new RecordingError(1, 'the header lacks the lab, or how it was played')
  if (typeof seed !== 'string' && typeof seed !== 'number')
    throw new RecordingError(1, 'the header lacks the seed')
  return { lab, seed, short, events: lines }
}
