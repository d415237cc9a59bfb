import type { Clock } from '../host/clock.ts'
import type { Link } from '../host/link.ts'
import { CHECKSUM_COMPLETE, CHECKSUM_PARTIAL, PacketBatch } from '../wire/batch.ts'

/** Packets that are passed on at once. */
const BATCH = 64

/** What a bad network draws its luck from. */
export interface Luck {
  chance(probability: number): boolean
  /** Uniform in 0 … n - 1. */
  below(n: number): number
}

/** 'out': packets sent through the link; 'in': packets it delivers. */
export type Direction = 'in' | 'out'

/** Faults of a link. Probabilities are of one packet, from 0 to 1; default 0. */
export interface Faults {
  /** Which packets they befall; default 'out'. */
  readonly direction?: Direction | 'both'
  readonly loss?: number
  readonly duplicate?: number
  /** A packet is held back by {@link reorderDelay}, so that later ones overtake it. */
  readonly reorder?: number
  /** Milliseconds; default 5. */
  readonly reorderDelay?: number
  /** One bit is flipped, anywhere in the packet. */
  readonly corrupt?: number
  /** A script: says of each packet (its bytes, its number from 0 in its direction) whether it is lost. */
  readonly drop?: (packet: Uint8Array, index: number, direction: Direction) => boolean
}

const PROBABILITIES = ['loss', 'duplicate', 'reorder', 'corrupt'] as const

const validate = (faults: Faults): Faults => {
  for (const name of PROBABILITIES) {
    const p = faults[name] ?? 0
    if (!(p >= 0 && p <= 1)) throw new RangeError(`${name} must be a probability from 0 to 1, not ${p}`)
  }
  const { reorderDelay = 0 } = faults
  if (!(reorderDelay >= 0 && reorderDelay < Number.POSITIVE_INFINITY))
    throw new RangeError(`reorderDelay must be milliseconds, not ${reorderDelay}`)
  return faults
}

/**
 * A link that does to packets what bad networks do. It offers no offload, so that every packet sent carries a whole
 * checksum and corruption can be found out.
 * @throws RangeError for a probability outside 0 to 1, a delay that is none
 */
export const faulty = (link: Link, faults: Faults, luck: Luck, clock: Clock): FaultyLink =>
  new FaultyLink(link, faults, luck, clock)

export class FaultyLink implements Link {
  readonly offload = { checksum: false, segmentation: false }
  /** Packets that have met it, and what it did to them, in both directions. */
  readonly counters = { sent: 0, lost: 0, duplicated: 0, reordered: 0, corrupted: 0 }
  readonly #link: Link
  #faults: Faults
  readonly #out: Way
  readonly #in: Way
  #receive: ((batch: PacketBatch) => void) | null = null
  #closed = false

  constructor(link: Link, faults: Faults, luck: Luck, clock: Clock) {
    this.#link = link
    this.#faults = validate(faults)
    this.#out = new Way('out', this.counters, luck, clock, batch => {
      if (!this.#closed) link.transmit(batch)
    })
    this.#in = new Way('in', this.counters, luck, clock, batch => {
      if (!this.#closed) this.#receive?.(batch)
    })
  }

  get name(): string {
    return this.#link.name
  }
  get mtu(): number {
    return this.#link.mtu
  }

  /** May be changed while packets flow. @throws RangeError as {@link faulty} */
  get faults(): Faults {
    return this.#faults
  }
  set faults(faults: Faults) {
    this.#faults = validate(faults)
  }

  start(receive: (batch: PacketBatch) => void): void {
    this.#receive = receive
    this.#link.start(batch => {
      if (this.#befalls('in')) this.#in.pass(batch, this.#faults)
      else if (!this.#closed) receive(batch)
    })
  }

  transmit(batch: PacketBatch): void {
    if (this.#befalls('out')) this.#out.pass(batch, this.#faults)
    else if (!this.#closed) this.#link.transmit(batch)
  }

  close(): void {
    this.#closed = true
    this.#link.close()
  }

  #befalls(direction: Direction): boolean {
    const { direction: which = 'out' } = this.#faults
    return which === direction || which === 'both'
  }
}

/** One direction: packets go in, and come out never, once or twice, now or later, whole or not. */
class Way {
  readonly #direction: Direction
  readonly #counters: FaultyLink['counters']
  readonly #luck: Luck
  readonly #clock: Clock
  readonly #forward: (batch: PacketBatch) => void
  #index = 0
  /** A batch to fill. It is taken away while it is filled: forwarding may bring the next packets at once. */
  #spare: PacketBatch | null = null

  constructor(
    direction: Direction,
    counters: FaultyLink['counters'],
    luck: Luck,
    clock: Clock,
    forward: (batch: PacketBatch) => void,
  ) {
    this.#direction = direction
    this.#counters = counters
    this.#luck = luck
    this.#clock = clock
    this.#forward = forward
  }

  pass(batch: PacketBatch, faults: Faults): void {
    const onward = this.#spare ?? new PacketBatch(BATCH, false)
    this.#spare = null
    for (let i = 0; i < batch.count; i++) this.#packet(batch, i, faults, onward)
    this.#flush(onward)
    this.#spare = onward
  }

  #packet(batch: PacketBatch, i: number, faults: Faults, onward: PacketBatch): void {
    const luck = this.#luck
    const counters = this.#counters
    counters.sent++
    const index = this.#index++
    const packet = new Uint8Array(batch.packetLength(i))
    batch.copy(i, packet)
    if (faults.drop?.(packet, index, this.#direction) || luck.chance(faults.loss ?? 0)) {
      counters.lost++
      return
    }
    let checksum = batch.checksums[i]!
    const segmentSize = batch.segmentSizes[i]!
    if (luck.chance(faults.corrupt ?? 0)) {
      counters.corrupted++
      // Without a whole checksum nobody could find out: the device that was to complete it throws it away.
      if (checksum === CHECKSUM_PARTIAL || segmentSize > 0) return
      checksum = CHECKSUM_COMPLETE
      const bit = luck.below(packet.length * 8)
      packet[bit >> 3]! ^= 1 << (bit & 7)
    }
    if (luck.chance(faults.duplicate ?? 0)) {
      counters.duplicated++
      this.#add(onward, packet, checksum, segmentSize)
    }
    if (luck.chance(faults.reorder ?? 0)) {
      counters.reordered++
      this.#clock.schedule(this.#clock.now() + (faults.reorderDelay ?? 5), () => {
        const late = new PacketBatch(1, false)
        this.#add(late, packet, checksum, segmentSize)
        this.#flush(late)
      })
      return
    }
    this.#add(onward, packet, checksum, segmentSize)
  }

  #add(onward: PacketBatch, packet: Uint8Array, checksum: number, segmentSize: number): void {
    if (onward.full) this.#flush(onward)
    onward.push(packet, 0, packet.length, checksum, segmentSize)
  }

  #flush(onward: PacketBatch): void {
    if (onward.count > 0) this.#forward(onward)
    onward.clear()
  }
}
