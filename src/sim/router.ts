import { countHop, expiredError, hasHeader, type RouterAddresses } from '../link/path/router.ts'
import { type Address, isIpv4, isIpv6 } from '../wire/address.ts'
import { batchOf, type PacketBatch } from '../wire/batch.ts'
import { Dissection, destinationOf } from '../wire/dissect.ts'
import type { Station } from './routing.ts'

/** A node that forwards: what several hosts send through one of its links shares that link's queue. */
export class Router {
  readonly counters = {
    forwarded: 0,
    /** Lost: no IP, no way to its destination, time to live or hop limit over. */
    malformed: 0,
    unroutable: 0,
    expired: 0,
  }
  readonly #station: Station
  readonly #addresses: RouterAddresses
  readonly #packet = new Dissection()

  constructor(station: Station) {
    this.#station = station
    const { addresses } = station
    this.#addresses = { 4: addresses.find(isIpv4) ?? null, 6: addresses.find(isIpv6) ?? null }
  }

  get name(): string {
    return this.#station.name
  }
  /** The first of its addresses: IPv4's. */
  get address(): Address {
    return this.#station.addresses[0]!
  }
  /** Its addresses, one of each family. */
  get addresses(): readonly Address[] {
    return this.#station.addresses
  }

  /** Forwards what has come by one of its paths. */
  forward(batch: PacketBatch): void {
    const { counters } = this
    for (let i = 0; i < batch.count; i++) {
      const b = batch.buffers[i]!
      const start = batch.starts[i]!
      const length = batch.lengths[i]!
      const packet = this.#packet.read(b, start, length)
      if (!hasHeader(packet, length)) {
        counters.malformed++
      } else if (!countHop(b, packet)) {
        counters.expired++
        const error = expiredError(b, packet, this.#addresses)
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
    this.send(batchOf(error))
  }

  #send(batch: PacketBatch, i: number): void {
    const to = destinationOf(batch.buffers[i]!, batch.starts[i]!, batch.lengths[i]!)
    const path = to === null ? null : this.#station.route(to)
    if (path === null) {
      this.counters.unroutable++
      return
    }
    this.counters.forwarded++
    path.enterPacket(batch, i)
  }
}
