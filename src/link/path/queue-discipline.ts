import type { Transit } from './transit.ts'

/** Packets that wait for a transmitter, and the rules for which of them goes next. Sizes are bytes, times ms. */
export interface QueueDiscipline {
  /** Packets that wait, and their bytes. */
  readonly packets: number
  readonly waiting: number
  /** A packet comes to wait at `now`. */
  enqueue(packet: Transit, now: number): void
  /** Takes out the packet to send at `now`, after those that it {@link QueueEvents.drop drops}; null when none is left. */
  dequeue(now: number): Transit | null
}

/** A discipline's part in a queue: besides the order, what it does to packets. */
export interface QueueEvents {
  /** The packet is lost. */
  drop(packet: Transit): void
  /** Marks the packet CE; false where it is not ECN-capable. */
  mark(packet: Transit): boolean
}

/** First in, first out. */
export class Fifo {
  readonly #packets: Transit[] = []
  #head = 0
  /** Bytes that wait. */
  bytes = 0

  get length(): number {
    return this.#packets.length - this.#head
  }

  get first(): Transit | undefined {
    return this.#packets[this.#head]
  }

  push(packet: Transit): void {
    this.#packets.push(packet)
    this.bytes += packet.length
  }

  shift(): Transit | null {
    const packet = this.first
    if (packet === undefined) return null
    this.#head++
    this.bytes -= packet.length
    if (this.#head === this.#packets.length || this.#head >= CLEAR_FROM) {
      this.#packets.splice(0, this.#head)
      this.#head = 0
    }
    return packet
  }

  /** The time that the first one has waited at `now`; 0 when there is none. */
  delay(now: number): number {
    const { first } = this
    return first === undefined ? 0 : now - first.queuedAt
  }
}

/** Entries that are done with are cleared out when there are so many. */
const CLEAR_FROM = 256
