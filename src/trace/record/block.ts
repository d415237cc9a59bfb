/**
 * The container of recordings: a row of blocks, each of which stands alone. A block is a member of gzip (RFC 1952), so
 * that zcat shows what is in a recording, with an extra field `TC` that makes it safe to read:
 *
 * | bytes | |
 * |---|---|
 * | 1 | kind: 0 for lines, 1 for the end |
 * | 4 | number of the block, from 0 |
 * | 4 | bytes of the compressed text |
 * | 4 | bytes of the text |
 * | 32 | SHA-256 of all of the header before it and the compressed text |
 *
 * All numbers are little-endian. A block has no more than {@link LARGEST_TEXT} bytes of text, so that whoever reads one
 * knows how much memory it takes; a line may go on in the next block.
 */
import { createHash } from 'node:crypto'
import { constants, gunzipSync, gzipSync, inflateRawSync } from 'node:zlib'
import { RecordingError } from './recording-error.ts'

export const VERSION = 2
/** Bytes of text in a block, at most. */
export const LARGEST_TEXT = 1 << 20
/** Text that deflate cannot make smaller becomes a little larger. */
const LARGEST_PACKED = LARGEST_TEXT + (LARGEST_TEXT >> 8)
/** The header of gzip: magic, deflate, an extra field and nothing else, no time, an unknown system; the lengths of extra and `TC`. */
const BEGIN = Uint8Array.from([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, 49, 0, 0x54, 0x43, 45, 0])
const GZIP_HEADER = 10
/** CRC-32 and length of the text, after it. */
const GZIP_TRAILER = 8
const DIGEST = 32
const DIGESTED = BEGIN.length + 13
export const BLOCK_HEADER = DIGESTED + DIGEST

export type BlockKind = 'lines' | 'end'

/** Level 1 keeps up with several hundred megabits a second, in one millisecond a block. */
const LEVEL = 1

/** @param text at most {@link LARGEST_TEXT} bytes, and not none */
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

export interface Block {
  readonly kind: BlockKind
  readonly text: Buffer
}

/**
 * The block of this number; null when the source ends before it does, as that of a process that was killed.
 * @throws RecordingError when there is something else
 */
export const readBlock = (source: ByteSource, number: number): Block | null => {
  const given = source.read(BLOCK_HEADER)
  const header = Buffer.from(given.buffer, given.byteOffset, given.byteLength)
  if (number === 0) checkBegin(header)
  if (header.length < BLOCK_HEADER) return null
  const at = BEGIN.length
  const [packedLength, textLength] = [header.readUInt32LE(at + 5), header.readUInt32LE(at + 9)]
  const sound =
    header.subarray(0, at).equals(BEGIN) &&
    header[at]! <= 1 &&
    header.readUInt32LE(at + 1) === number >>> 0 &&
    packedLength <= LARGEST_PACKED &&
    textLength > 0 &&
    textLength <= LARGEST_TEXT
  if (!sound) throw damaged(number, 'there is something else where its header should be')
  const body = source.read(packedLength + GZIP_TRAILER)
  if (body.length < packedLength + GZIP_TRAILER) return null
  const packed = body.subarray(0, packedLength)
  if (!digestOf(header.subarray(0, DIGESTED), packed).equals(header.subarray(DIGESTED)))
    throw damaged(number, 'its hash is another')
  return { kind: header[at] === 1 ? 'end' : 'lines', text: unpacked(packed, textLength, number) }
}

/** Never more than the header says, whatever was packed. */
const unpacked = (packed: Uint8Array, length: number, number: number): Buffer => {
  try {
    const text = inflateRawSync(packed, { maxOutputLength: length })
    if (text.length === length) return text
  } catch {
    // Told below.
  }
  throw damaged(number, 'it does not unpack to what its header says')
}

const damaged = (number: number, why: string): RecordingError =>
  new RecordingError(0, `block ${number} of the recording is damaged: ${why}`)

/** Tells what the file is instead, if it does not even begin as a recording. */
const checkBegin = (header: Buffer): void => {
  if (header.length >= 2 && header.subarray(0, BEGIN.length).equals(BEGIN.subarray(0, header.length))) return
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
const olderVersion = (header: Buffer): string | null => {
  try {
    const text = gunzipSync(header, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 1 << 16 })
    return /^\{"tuntcp":"recording","version":(\d{1,9})\b/.exec(text.toString('latin1'))?.[1] ?? null
  } catch {
    return null
  }
}
