/** A file of the reader's in pieces: a capture of any size is never whole in memory. */

/** Bytes of a piece. */
const PIECE = 1 << 20

export interface Piece {
  readonly bytes: Uint8Array
  readonly last: boolean
  /** Bytes of the file, packed as it may be, that have been read. */
  readonly read: number
}

/** The file is packed by gzip, and cannot be unpacked from some place on. */
export class PackedError extends Error {}

const isPacked = async (file: Blob): Promise<boolean> => {
  const [a, b] = new Uint8Array(await file.slice(0, 2).arrayBuffer())
  return a === 0x1f && b === 0x8b
}

/** The contents of a file, unpacked where it is packed by gzip. @throws PackedError where it is packed badly */
export async function* piecesOf(file: Blob): AsyncGenerator<Piece, void> {
  if (await isPacked(file)) yield* unpacked(file)
  else yield* plain(file)
}

async function* plain(file: Blob): AsyncGenerator<Piece, void> {
  for (let at = 0, last = false; !last; at += PIECE) {
    const bytes = new Uint8Array(await file.slice(at, at + PIECE).arrayBuffer())
    last = at + PIECE >= file.size
    yield { bytes, last, read: Math.min(at + PIECE, file.size) }
  }
}

async function* unpacked(file: Blob): AsyncGenerator<Piece, void> {
  let read = 0
  const counted = file.stream().pipeThrough(
    new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(chunk, controller) {
        read += chunk.length
        controller.enqueue(chunk)
      },
    }),
  )
  const reader = counted.pipeThrough(new DecompressionStream('gzip')).getReader()
  let size = 0
  for (;;) {
    let next: ReadableStreamReadResult<Uint8Array>
    try {
      next = await reader.read()
    } catch {
      throw new PackedError(`what gzip has packed is damaged or cut off, after ${size} bytes of it`)
    }
    if (next.done) break
    size += next.value.length
    yield { bytes: next.value, last: false, read }
  }
  yield { bytes: new Uint8Array(0), last: true, read: file.size }
}
