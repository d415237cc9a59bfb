import type { Link } from '../../src/ip/link.ts'
import { CHECKSUM_COMPLETE, PacketBatch } from '../../src/wire/batch.ts'

/** A packet as it came out of a link. */
export interface Delivered {
  readonly time: number
  /** The delivery that it came with, from 0. */
  readonly batch: number
  readonly bytes: Uint8Array
  readonly checksum: number
  readonly segmentSize: number
}

/** Starts a link and keeps what it delivers, without copying. */
export const collect = (link: Link, clock: { now(): number }): Delivered[] => {
  const delivered: Delivered[] = []
  let batches = 0
  link.start(batch => {
    for (let i = 0; i < batch.count; i++) {
      const start = batch.starts[i]!
      delivered.push({
        time: clock.now(),
        batch: batches,
        bytes: batch.buffers[i]!.subarray(start, start + batch.lengths[i]!),
        checksum: batch.checksums[i]!,
        segmentSize: batch.segmentSizes[i]!,
      })
    }
    batches++
  })
  return delivered
}

/** `length` bytes that tell packet `n` from others. */
export const packet = (n: number, length = 40): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (n * 31 + i * 7 + (n >> 8)) & 255)

/** Sends packets in one batch, each as a head and two pieces; the memory is overwritten afterwards. */
export const send = (
  link: Link,
  packets: readonly Uint8Array[],
  checksum = CHECKSUM_COMPLETE,
  segmentSize = 0,
): void => {
  const batch = new PacketBatch(Math.max(1, packets.length))
  const lent: Uint8Array[] = []
  for (const bytes of packets) {
    const head = Math.min(20, bytes.length)
    const start = batch.begin(head)
    batch.slab.set(bytes.subarray(0, head), start)
    const middle = (head + bytes.length) >> 1
    for (const [from, to] of [
      [head, middle],
      [middle, bytes.length],
    ] as const) {
      const piece = new Uint8Array(3 + to - from)
      piece.set(bytes.subarray(from, to), 3)
      batch.addPiece(piece, 3, to - from)
      lent.push(piece)
    }
    batch.commit(checksum, segmentSize)
  }
  link.transmit(batch)
  batch.slab.fill(0xdd)
  for (const piece of lent) piece.fill(0xdd)
}
