import { PacketBatch } from './batch.ts'

/** Packets in one delivery. */
const PACKETS = 64

/** Batches of a link in memory, which go round: a new one costs as much as several packets. */
export class SpareBatches {
  readonly #spare: PacketBatch[] = []

  /** An empty one, to be filled. */
  take(): PacketBatch {
    return this.#spare.pop() ?? new PacketBatch(PACKETS, false)
  }

  /** Hands a batch over to the receiver, if there is one; then it is spare, also where that throws. */
  deliver(batch: PacketBatch, receive: ((batch: PacketBatch) => void) | null): void {
    try {
      receive?.(batch)
    } finally {
      batch.clear()
      this.#spare.push(batch)
    }
  }
}
