/** Writes the recording of a lab. */
import { joinedBytes } from '../../base/joined-bytes.ts'
import { BlockWriter } from '../../trace/record/block-writer.ts'
import type { Recording } from './recording.ts'

export const encodeRecording = ({ lab, seed, short, family, events }: Recording): Uint8Array => {
  const blocks: Uint8Array[] = []
  const writer = new BlockWriter('lab', { lab, seed, short, ...(family === 4 ? {} : { family }) }, block =>
    blocks.push(block),
  )
  for (const event of events) writer.line(event)
  writer.end()
  return joinedBytes(blocks)
}
