/** Recordings of tuntcp: played again by the same core, and their packets sorted into connections. */
import { type Choice, Conversations } from '../../lab/explain/conversations.ts'
import { LABS } from '../../lab/labs/all.ts'
import { labRecording } from '../../lab/record/recording.ts'
import { replay as replayLab } from '../../lab/record/replay.ts'
import { observeSegment } from '../../trace/observed-segment.ts'
import {
  BEGIN,
  BLOCK_HEADER,
  type Block,
  beginsAsRecording,
  damagedBlock,
  GZIP_TRAILER,
  readBlockHeader,
} from '../../trace/record/block-header.ts'
import { differenceText } from '../../trace/record/difference.ts'
import { replayHost } from '../../trace/record/host-replay.ts'
import type { Replayed, ReplayMoment } from '../../trace/record/moments.ts'
import { type RecordingFile, recordingFrom } from '../../trace/record/recording.ts'
import { RecordingError } from '../../trace/record/recording-error.ts'

/** Bytes of text of all blocks, at most: they are in memory together. */
const LARGEST = 128 << 20

const bytesOf = async (file: Blob, from: number, length: number): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await file.slice(from, from + length).arrayBuffer())

export const isRecording = async (file: Blob): Promise<boolean> => {
  const bytes = await bytesOf(file, 0, BEGIN.length)
  return bytes.length === BEGIN.length && beginsAsRecording(bytes)
}

/** The text of a member of gzip; its CRC-32 is checked. */
const unpacked = async (member: Blob): Promise<Uint8Array> =>
  new Uint8Array(
    await new Response(member.stream().pipeThrough(new DecompressionStream('gzip'))).arrayBuffer(),
  )

/** The blocks that are whole, and what is wrong with the one after them. */
const blocksOf = async (
  file: Blob,
  progress: (bytes: number) => void,
): Promise<{ readonly blocks: readonly Block[]; readonly fault: RecordingError | null }> => {
  const blocks: Block[] = []
  let size = 0
  try {
    for (let at = 0; at + BLOCK_HEADER <= file.size; ) {
      const number = blocks.length
      const { kind, packedLength, textLength } = readBlockHeader(
        await bytesOf(file, at, BLOCK_HEADER),
        number,
      )
      const end = at + BLOCK_HEADER + packedLength + GZIP_TRAILER
      if (end > file.size) break
      size += textLength
      if (size > LARGEST)
        throw new RecordingError(
          0,
          `more than ${LARGEST >> 20} MB when it is unpacked: play it by 'tuntcp replay'`,
        )
      const text = await unpacked(file.slice(at, end)).catch(() => null)
      if (text?.length !== textLength)
        throw damagedBlock(number, 'it does not unpack to what its header says')
      blocks.push({ kind, text })
      at = end
      progress(at)
    }
  } catch (fault) {
    if (!(fault instanceof RecordingError)) throw fault
    return { blocks, fault }
  }
  return { blocks, fault: null }
}

const played = async (file: RecordingFile, onEvent: (moment: ReplayMoment) => void): Promise<Replayed> => {
  if (file.kind === 'host') return replayHost(file, { onEvent })
  const recording = labRecording(file)
  const lab = LABS.find(({ name }) => name === recording.lab)
  if (lab === undefined || lab.needsKernel !== undefined)
    throw new RecordingError(1, `'${recording.lab}' is no lab in virtual time`)
  return replayLab(recording, lab, { onEvent })
}

export interface PlayedRecording {
  readonly conversations: Conversations
  readonly packets: number
  readonly others: Record<string, number>
  /** The reason why it is refused, or the part that could not be played; '' otherwise. */
  readonly error: string
  /** The number of events that happened as they were recorded, or the first difference. */
  readonly events: number
  readonly difference: string
  /** True when its end is missing. */
  readonly cut: boolean
}

/**
 * Plays a recording. Of a lab the client's packets are taken: they are the server's too.
 * @param progress hears how many bytes of the file have been read
 */
export const playRecording = async (
  file: Blob,
  choice: Choice,
  progress: (bytes: number) => void,
): Promise<PlayedRecording> => {
  const conversations = new Conversations(choice)
  const others: Record<string, number> = {}
  let packets = 0
  let first = 0
  const see = ({ end, time, event }: ReplayMoment): void => {
    if (event.type !== 'packet' || end === 'server') return
    if (packets++ === 0) first = time
    const bytes = new Uint8Array(event.batch.packetLength(event.index))
    event.batch.copy(event.index, bytes)
    const segment = observeSegment(bytes, time)
    if (typeof segment === 'string') others[segment] = (others[segment] ?? 0) + 1
    else conversations.add(segment, time - first)
  }
  const { blocks, fault } = await blocksOf(file, progress)
  let next = 0
  const outcome = { conversations, others, events: 0, difference: '', cut: false }
  try {
    if (blocks.length === 0 && fault !== null) throw fault
    const { events, difference, cut } = await played(
      recordingFrom(() => {
        const block = blocks[next++] ?? null
        if (block === null && fault !== null) throw fault
        return block
      }),
      see,
    )
    const text = difference === null ? '' : differenceText(difference)
    return { ...outcome, packets, error: '', events, difference: text, cut }
  } catch (error) {
    if (!(error instanceof RecordingError)) throw error
    return { ...outcome, packets, error: error.message }
  }
}
