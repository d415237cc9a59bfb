/** Packs and unpacks the blocks of recordings (block-header.ts has their form). */
import { createHash } from 'node:crypto'
import { constants, gunzipSync, gzipSync, inflateRawSync } from 'node:zlib'
import {
  BEGIN,
  BLOCK_HEADER,
  type Block,
  type BlockKind,
  beginsAsRecording,
  DIGESTED,
  damagedBlock,
  GZIP_TRAILER,
  readBlockHeader,
  VERSION,
} from './block-header.ts'
import { RecordingError } from './recording-error.ts'

const GZIP_HEADER = 10

/** Level 1 keeps up with several hundred megabits a second, in one millisecond a block. */
const LEVEL = 1

/** @param text at most LARGEST_TEXT bytes, and not none */
export const encodeBlock = (kind: BlockKind, number: number, text: Uint8Array): Buffer => {
  const member = gzipSync(text, { level: LEVEL })
  const packed = member.subarray(GZIP_HEADER)
  const block = Buffer.alloc(BLOCK_HEADER + packed.length)
  block.set(BEGIN)
  block[BEGIN.length] = kind === 'end' ? 1 : 0
  block.writeUInt32LE(number >>> 0, BEGIN.length + 1)
  block.writeUInt32LE(packed.length - GZIP_TRAILER, BEGIN.length + 5)
  block.writeUInt32LE(text.length, BEGIN.length + 9)
  block.set(packed, BLOCK_HEADER)
  digestOf(block.subarray(0, DIGESTED), packed.subarray(0, -GZIP_TRAILER)).copy(block, DIGESTED)
  return block
}

const digestOf = (header: Uint8Array, packed: Uint8Array): Buffer =>
  createHash('sha256').update(header).update(packed).digest()

/** The source that a recording is read from. */
export interface ByteSource {
  /** The next bytes, fewer only at the end. */
  read(length: number): Uint8Array
}

/**
 * The block of this number; null when the source ends before it does, as that of a process that was killed.
 * @throws RecordingError when there is something else
 */
export const readBlock = (source: ByteSource, number: number): Block | null => {
  const header = source.read(BLOCK_HEADER)
  if (number === 0) checkBegin(header)
  if (header.length < BLOCK_HEADER) return null
  const { kind, packedLength, textLength } = readBlockHeader(header, number)
  const body = source.read(packedLength + GZIP_TRAILER)
  if (body.length < packedLength + GZIP_TRAILER) return null
  const packed = body.subarray(0, packedLength)
  if (!digestOf(header.subarray(0, DIGESTED), packed).equals(header.subarray(DIGESTED)))
    throw damagedBlock(number, 'its hash is another')
  return { kind, text: unpacked(packed, textLength, number) }
}

/** Never more than the header says, whatever was packed. */
const unpacked = (packed: Uint8Array, length: number, number: number): Buffer => {
  try {
    const text = inflateRawSync(packed, { maxOutputLength: length })
    if (text.length === length) return text
  } catch {
    // Told below.
  }
  throw damagedBlock(number, 'it does not unpack to what its header says')
}

/** Tells what the file is instead, if it does not even begin as a recording. */
const checkBegin = (header: Uint8Array): void => {
  if (beginsAsRecording(header)) return
  if (header[0] !== BEGIN[0] || header[1] !== BEGIN[1])
    throw new RecordingError(0, 'no recording: not packed by gzip')
  const version = olderVersion(header)
  throw new RecordingError(
    0,
    version === null
      ? 'no recording, but something else that is packed by gzip'
      : `version ${version} of the format, known is ${VERSION}: record it again, or play it with the tuntcp that wrote it`,
  )
}

/** Until version 1 a recording was one stream of gzip. Its first bytes are enough to know it. */
const olderVersion = (header: Uint8Array): string | null => {
  try {
    const text = gunzipSync(header, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 1 << 16 })
    return /^\{"tuntcp":"recording","version":(\d{1,9})\b/.exec(text.toString('latin1'))?.[1] ?? null
  } catch {
    return null
  }
}
