/**
 * The recording of a lab: its header says `"kind":"lab"` and names the lab, the seed, whether it was played `short`, and the
 * family of IP (4 where it does not say).
 * All input of a run in virtual time follows from it: the lab is the calls of both users and what happens to packets on
 * the way, the seed all randomness, and time goes from event to event. The lines between are the events of both ends'
 * streams, in order, as {@link eventLine} writes them.
 */

import { parsedLine, type RecordingFile } from '../../trace/record/recording.ts'
import { RecordingError } from '../../trace/record/recording-error.ts'

/** Characters of all events of a lab, at most: the largest has a hundredth. */
const LARGEST = 1 << 26

export interface Recording {
  /** Name of the lab. */
  readonly lab: string
  readonly seed: number | string
  /** True when it was played as if somebody waited. */
  readonly short: boolean
  /** The version of IP between the ends. */
  readonly family: 4 | 6
  /** The events, a line of JSON each. */
  readonly events: readonly string[]
}

/** @throws RecordingError */
export const labRecording = ({ header, lines }: RecordingFile): Recording => {
  const { lab, seed, short, family = 4 } = header
  if (typeof lab !== 'string' || typeof short !== 'boolean')
    throw new RecordingError(1, 'the header lacks the lab, or how it was played')
  if (typeof seed !== 'string' && typeof seed !== 'number')
    throw new RecordingError(1, 'the header lacks the seed')
  if (family !== 4 && family !== 6)
    throw new RecordingError(1, 'the header names no family of IP that there is')
  const events: string[] = []
  let size = 0
  for (; lines.current !== null; lines.advance()) {
    size += lines.current.length
    if (size > LARGEST) throw new RecordingError(lines.number, 'more than any lab has')
    // Held against what happens, field by field.
    parsedLine(lines)
    events.push(lines.current)
  }
  if (lines.cut) throw new RecordingError(lines.number, 'the recording is cut off after it')
  return { lab, seed, short, family, events }
}
