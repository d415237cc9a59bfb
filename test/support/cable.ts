import type { Link } from '../../src/ip/link.ts'
import type { VirtualClock } from '../../src/sim/virtual-clock.ts'
import { CHECKSUM_COMPLETE, PacketBatch } from '../../src/wire/batch.ts'

/** A link that passes on what it sends as packets of their own, 1 ms later. */
export class Cable implements Link {
  readonly name = 'cable'
  readonly mtu = 1500
  readonly offload = { checksum: false, segmentation: false }
  readonly #clock: VirtualClock
  readonly #batch = new PacketBatch(64, false)
  readonly #out: (packet: Uint8Array) => void
  #receive: ((batch: PacketBatch) => void) | null = null

  constructor(clock: VirtualClock, out: (packet: Uint8Array) => void) {
    this.#clock = clock
    this.#out = out
  }
  start(receive: (batch: PacketBatch) => void): void {
    this.#receive = receive
  }
  transmit(batch: PacketBatch): void {
    for (let i = 0; i < batch.count; i++) {
      const packet = new Uint8Array(batch.packetLength(i))
      batch.copy(i, packet)
      this.#clock.schedule(this.#clock.now() + 1, () => this.#out(packet))
    }
  }
  deliver(packets: readonly Uint8Array[]): void {
    for (const packet of packets) {
      this.#batch.push(packet, 0, packet.length, CHECKSUM_COMPLETE, 0)
      if (this.#batch.full) this.#flush()
    }
    this.#flush()
  }
  #flush(): void {
    this.#receive?.(this.#batch)
    this.#batch.clear()
  }
  close(): void {}
}
