import type { Clock } from '../base/clock.ts'
import type { PacketBatch } from '../wire/batch.ts'
import { SpareBatches } from '../wire/spare-batches.ts'
import type { Link } from './link.ts'

/** As many bytes have the headers of a packet at most, of IPv6 and TCP; more have text. */
const HEADERS = 100

/** A host's packets to itself: to 127.0.0.0/8, ::1 and its own addresses. Real packets, so that they can be seen. */
export class Loopback implements Link {
  readonly name = 'lo'
  readonly mtu: number
  readonly offload = { checksum: true, segmentation: true }
  readonly #clock: Clock
  #receive: ((batch: PacketBatch) => void) | null = null
  #waiting: PacketBatch | null = null
  readonly #batches = new SpareBatches()
  /** Packets were delivered: those that are sent until {@link #answered} answer them. */
  #delivering = false
  readonly #answered = () => {
    this.#delivering = false
  }
  /** Batches that are delivered late; later ones come after them. */
  #scheduled = 0

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
      const late = this.#delivering && length > HEADERS
      if (late && this.#scheduled === 0) this.#waiting = null
      if (this.#waiting === null) this.#expect(late || this.#scheduled > 0)
      this.#waiting!.push(packet, 0, length, batch.checksums[i]!, batch.segmentSizes[i]!)
      if (this.#waiting!.full) this.#waiting = null
    }
  }

  /**
   * A batch for the next packets, delivered when the host has finished what it is doing: a host that talks to itself must let others have
   * their turn.
   * @param late not before others have had it: an ACK has let text go, for which a kernel's window would have opened slowly
   */
  #expect(late: boolean): void {
    const { meanwhile } = this.#clock
    const batch = this.#batches.take()
    this.#waiting = batch
    if (meanwhile !== undefined && !late) {
      meanwhile(() => this.#deliver(batch))
      return
    }
    this.#scheduled++
    this.#clock.schedule(this.#clock.now(), () => {
      this.#scheduled--
      this.#deliver(batch)
    })
  }

  #deliver(batch: PacketBatch): void {
    if (this.#waiting === batch) this.#waiting = null
    const { meanwhile } = this.#clock
    const first = meanwhile !== undefined && !this.#delivering
    this.#delivering ||= first
    this.#batches.deliver(batch, this.#receive)
    if (first) this.#clock.defer(this.#answered)
  }

  close(): void {
    this.#receive = null
  }
}
