import type { Clock } from '../base/clock.ts'
import type { PacketBatch } from '../wire/batch.ts'
import { SpareBatches } from '../wire/spare-batches.ts'
import type { Link } from './link.ts'

/** A host's packets to itself: to 127.0.0.0/8, ::1 and its own addresses. Real packets, so that they can be seen. */
export class Loopback implements Link {
  readonly name = 'lo'
  readonly mtu: number
  readonly offload = { checksum: true, segmentation: true }
  readonly #clock: Clock
  #receive: ((batch: PacketBatch) => void) | null = null
  #waiting: PacketBatch | null = null
  readonly #batches = new SpareBatches()

  constructor(clock: Clock, mtu = 65_535) {
    this.#clock = clock
    this.mtu = mtu
  }

  start(receive: (batch: PacketBatch) => void): void {
    this.#receive = receive
  }

  transmit(batch: PacketBatch): void {
    for (let i = 0; i < batch.count; i++) {
      const length = batch.packetLength(i)
      const packet = new Uint8Array(length)
      batch.copy(i, packet)
      if (this.#waiting === null) this.#expect()
      this.#waiting!.push(packet, 0, length, batch.checksums[i]!, batch.segmentSizes[i]!)
      if (this.#waiting!.full) this.#waiting = null
    }
  }

  /** A batch for the next packets, delivered when the host has finished what it is doing. */
  #expect(): void {
    const batch = this.#batches.take()
    this.#waiting = batch
    // Not at once: a host that talks to itself must let others have their turn.
    this.#clock.schedule(this.#clock.now(), () => this.#deliver(batch))
  }

  #deliver(batch: PacketBatch): void {
    if (this.#waiting === batch) this.#waiting = null
    this.#batches.deliver(batch, this.#receive)
  }

  close(): void {
    this.#receive = null
  }
}
