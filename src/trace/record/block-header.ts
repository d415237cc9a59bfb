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
import { RecordingError } from './recording-error.ts'

export const VERSION = 2
/** Bytes of text in a block, at most. */
export const LARGEST_TEXT = 1 << 20
/** Characters of a line, at most. */
export const LONGEST_LINE = 1 << 26
/** Deflate makes text that it cannot shrink a little larger. */
const LARGEST_PACKED = LARGEST_TEXT + (LARGEST_TEXT >> 8)
/** The beginning of a member of gzip: magic, deflate, an extra field and nothing else, no time, an unknown system; the lengths of extra and `TC`. */
export const BEGIN: Uint8Array = Uint8Array.from([
  0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, 49, 0, 0x54, 0x43, 45, 0,
])
/** CRC-32 and length of the text, after it. */
export const GZIP_TRAILER = 8
const DIGEST = 32
/** Bytes of a header, and those of them that its hash covers. */
export const DIGESTED = BEGIN.length + 13
export const BLOCK_HEADER = DIGESTED + DIGEST

export type BlockKind = 'lines' | 'end'

export interface Block {
  readonly kind: BlockKind
  readonly text: Uint8Array
}

export interface BlockHeader {
  readonly kind: BlockKind
  /** Bytes of the compressed text, without the trailer of gzip, and of the text. */
  readonly packedLength: number
  readonly textLength: number
}

const isSame = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i])

/** Returns whether the first bytes of a file are those of a recording; a few are enough. */
export const beginsAsRecording = (bytes: Uint8Array): boolean =>
  bytes.length >= 2 && isSame(bytes.subarray(0, BEGIN.length), BEGIN.subarray(0, bytes.length))

/**
 * The header of the block of this number.
 * @param bytes {@link BLOCK_HEADER} of them
 * @throws RecordingError when they are something else
 */
export const readBlockHeader = (bytes: Uint8Array, number: number): BlockHeader => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const at = BEGIN.length
  const [packedLength, textLength] = [view.getUint32(at + 5, true), view.getUint32(at + 9, true)]
  const sound =
    isSame(bytes.subarray(0, at), BEGIN) &&
    bytes[at]! <= 1 &&
    view.getUint32(at + 1, true) === number >>> 0 &&
    packedLength <= LARGEST_PACKED &&
    textLength > 0 &&
    textLength <= LARGEST_TEXT
  if (!sound) throw damagedBlock(number, 'there is something else where its header should be')
  return { kind: bytes[at] === 1 ? 'end' : 'lines', packedLength, textLength }
}

export const damagedBlock = (number: number, why: string): RecordingError =>
  new RecordingError(0, `block ${number} of the recording is damaged: ${why}`)
