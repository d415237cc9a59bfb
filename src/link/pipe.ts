import type { Clock } from '../host/clock.ts'
import type { Link, Offload } from '../host/link.ts'
import { PacketBatch } from '../wire/batch.ts'

/** Packets in one delivery. */
const BATCH = 64

export interface PipeOptions {
  /** Bytes; default 1500. */
  readonly mtu?: number
  /** Whether checksums may stay partial and super-segments pass whole, as between a kernel and its TUN. */
  readonly offload?: boolean
  /** One way, ms; default 0. */
  readonly delay?: number
  readonly names?: readonly [string, string]
}

/** Two links joined in memory: what one transmits the other delivers, in order, after the delay. */
export const createPipe = (clock: Clock, options: PipeOptions = {}): [PipeEnd, PipeEnd] => {
  const { mtu = 1500, offload = false, delay = 0, names = ['a', 'b'] } = options
  const a = new PipeEnd(clock, names[0], mtu, offload, delay)
  const b = new PipeEnd(clock, names[1], mtu, offload, delay)
  a.peer = b
  b.peer = a
  return [a, b]
}

export class PipeEnd implements Link {
  readonly name: string
  readonly mtu: number
  readonly offload: Offload
  peer: PipeEnd | null = null
  readonly #clock: Clock
  readonly #delay: number
  #receive: ((batch: PacketBatch) => void) | null = null
  /** Packets that arrive at the same time, and that time. */
  #batch: PacketBatch | null = null
  #batchAt = 0

  constructor(clock: Clock, name: string, mtu: number, offload: boolean, delay: number) {
    this.#clock = clock
    this.name = name
    this.mtu = mtu
    this.offload = { checksum: offload, segmentation: offload }
    this.#delay = delay
  }

  start(receive: (batch: PacketBatch) => void): void {
    this.#receive = receive
  }

  transmit(batch: PacketBatch): void {
    const { peer } = this
    if (peer === null) return
    const at = this.#clock.now() + this.#delay
    for (let i = 0; i < batch.count; i++) {
      const packet = new Uint8Array(batch.packetLength(i))
      batch.copy(i, packet)
      peer.arrive(packet, at, batch.checksums[i]!, batch.segmentSizes[i]!)
    }
  }

  /** A packet, in memory of its own, reaches this end at `at` (ms). */
  arrive(packet: Uint8Array, at: number, checksum: number, segmentSize: number): void {
    if (this.#batch === null || this.#batch.full || this.#batchAt !== at) this.#expect(at)
    this.#batch!.push(packet, 0, packet.length, checksum, segmentSize)
  }

  #expect(at: number): void {
    const batch = new PacketBatch(BATCH, false)
    this.#batch = batch
    this.#batchAt = at
    const deliver = () => {
      if (this.#batch === batch) this.#batch = null
      this.#receive?.(batch)
    }
    if (at <= this.#clock.now()) this.#clock.defer(deliver)
    else this.#clock.schedule(at, deliver)
  }

  close(): void {
    this.#receive = null
    this.peer = null
  }
}
