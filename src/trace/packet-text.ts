import type { PacketEvent } from '../tcp/block/events.ts'
import { SegmentLines } from './segment-line.ts'

/** Lines for packets of the event stream, whose head and pieces lie in different places. */
export class PacketText {
  readonly #lines = new SegmentLines()
  #scratch = new Uint8Array(2048)

  line(e: PacketEvent): string {
    const { batch, index } = e
    if (batch.firstPiece(index) === batch.pieceEnds[index])
      return this.#lines.line(batch.buffers[index]!, batch.starts[index], batch.lengths[index])
    // Only headers are shown, but the length of all counts: so all must be there.
    const length = batch.packetLength(index)
    if (length > this.#scratch.length) this.#scratch = new Uint8Array(length)
    batch.copy(index, this.#scratch)
    return this.#lines.line(this.#scratch, 0, length)
  }
}
