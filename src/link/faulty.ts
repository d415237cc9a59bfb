import type { Clock } from '../host/clock.ts'
import type { Link } from '../host/link.ts'
import { CHECKSUM_COMPLETE, PacketBatch } from '../wire/batch.ts'

/** What a bad network draws its luck from. */
export interface Luck {
  chance(probability: number): boolean
  /** Uniform in 0 … n - 1. */
  below(n: number): number
}

/** Faults of one direction. Probabilities are of one packet, from 0 to 1; default 0. */
export interface Faults {
  readonly loss?: number
  readonly duplicate?: number
  /** A packet is held back by {@link reorderDelay}, so that later ones overtake it. */
  readonly reorder?: number
  /** Milliseconds; default 5. */
  readonly reorderDelay?: number
  /** One bit is flipped, anywhere in the packet. */
  readonly corrupt?: number
  /** A script: says of each packet (its bytes, and its number from 0) whether it is lost. */
  readonly drop?: (packet: Uint8Array, index: number) => boolean
}

const PROBABILITIES = ['loss', 'duplicate', 'reorder', 'corrupt'] as const

/**
 * A link that does to the packets sent by it what bad networks do. It offers no offload, so that every packet
 * carries a whole checksum and corruption can be found out.
 * @throws RangeError for a probability outside 0 to 1
 */
export const faulty = (link: Link, faults: Faults, luck: Luck, clock: Clock): FaultyLink => {
  for (const name of PROBABILITIES) {
    const p = faults[name] ?? 0
    if (!(p >= 0 && p <= 1)) throw new RangeError(`${name} must be a probability from 0 to 1, not ${p}`)
  }
  return new FaultyLink(link, faults, luck, clock)
}

export class FaultyLink implements Link {
  readonly offload = { checksum: false, segmentation: false }
  /** What was done, in packets. */
  readonly counters = { sent: 0, lost: 0, duplicated: 0, reordered: 0, corrupted: 0 }
  readonly #link: Link
  /** May be changed while packets flow. */
  faults: Faults
  readonly #luck: Luck
  readonly #clock: Clock
  readonly #out = new PacketBatch(1, false)

  constructor(link: Link, faults: Faults, luck: Luck, clock: Clock) {
    this.#link = link
    this.faults = faults
    this.#luck = luck
    this.#clock = clock
  }

  get name(): string {
    return this.#link.name
  }
  get mtu(): number {
    return this.#link.mtu
  }

  start(receive: (batch: PacketBatch) => void): void {
    this.#link.start(receive)
  }

  transmit(batch: PacketBatch): void {
    for (let i = 0; i < batch.count; i++) {
      const packet = new Uint8Array(batch.packetLength(i))
      batch.copy(i, packet)
      this.#send(packet)
    }
  }

  #send(packet: Uint8Array): void {
    const { faults, counters } = this
    const luck = this.#luck
    const index = counters.sent++
    if (faults.drop?.(packet, index) || luck.chance(faults.loss ?? 0)) {
      counters.lost++
      return
    }
    if (luck.chance(faults.corrupt ?? 0)) {
      counters.corrupted++
      const bit = luck.below(packet.length * 8)
      packet[bit >> 3]! ^= 1 << (bit & 7)
    }
    if (luck.chance(faults.duplicate ?? 0)) {
      counters.duplicated++
      this.#forward(packet)
    }
    if (luck.chance(faults.reorder ?? 0)) {
      counters.reordered++
      this.#clock.schedule(this.#clock.now() + (faults.reorderDelay ?? 5), () => this.#forward(packet))
      return
    }
    this.#forward(packet)
  }

  #forward(packet: Uint8Array): void {
    this.#out.push(packet, 0, packet.length, CHECKSUM_COMPLETE, 0)
    this.#link.transmit(this.#out)
    this.#out.clear()
  }

  close(): void {
    this.#link.close()
  }
}
