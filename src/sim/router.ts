import { countHop, errorAbout, hasHeader } from '../link/path/router.ts'
import type { Address } from '../wire/address.ts'
import { CHECKSUM_COMPLETE, PacketBatch } from '../wire/batch.ts'
import { TIME_EXCEEDED } from '../wire/icmp.ts'
import { read32 } from '../wire/ipv4.ts'
import type { Station } from './routing.ts'

/** Code of {@link TIME_EXCEEDED}: in transit (RFC 792). */
const IN_TRANSIT = 0

/** A node that forwards: what several hosts send through one of its links shares that link's queue. */
export class Router {
  readonly counters = {
    forwarded: 0,
    /** Lost: no IPv4, no way to its destination, time to live over. */
    malformed: 0,
    unroutable: 0,
    expired: 0,
  }
  readonly #station: Station

  constructor(station: Station) {
    this.#station = station
  }

  get name(): string {
    return this.#station.name
  }
  get address(): Address {
    return this.#station.address
  }

  /** Forwards what has come by one of its paths. */
  forward(batch: PacketBatch): void {
    const { counters } = this
    for (let i = 0; i < batch.count; i++) {
      const b = batch.buffers[i]!
      const start = batch.starts[i]!
      if (!hasHeader(b, start, batch.lengths[i]!)) {
        counters.malformed++
      } else if (!countHop(b, start)) {
        counters.expired++
        const error = errorAbout(b, start, this.address, TIME_EXCEEDED, IN_TRANSIT, 0)
        if (error !== null) this.#tell(error)
      } else {
        this.#send(batch, i)
      }
    }
  }

  /** Sends packets of its own. */
  send(batch: PacketBatch): void {
    for (let i = 0; i < batch.count; i++) this.#send(batch, i)
  }

  #tell(error: Uint8Array): void {
    const batch = new PacketBatch(1, false)
    batch.push(error, 0, error.length, CHECKSUM_COMPLETE, 0)
    this.send(batch)
  }

  #send(batch: PacketBatch, i: number): void {
    const path = this.#station.route(read32(batch.buffers[i]!, batch.starts[i]! + 16))
    if (path === null) {
      this.counters.unroutable++
      return
    }
    this.counters.forwarded++
    path.enterPacket(batch, i)
  }
}
