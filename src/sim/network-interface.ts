import type { Link, Offload } from '../ip/link.ts'
import type { PacketBatch } from '../wire/batch.ts'
import { destinationOf } from '../wire/dissect.ts'
import type { Station } from './routing.ts'

/** The interface of a host in a network: each packet goes on the path towards its destination. */
export class NetworkInterface implements Link {
  readonly name: string
  readonly mtu: number
  readonly offload: Offload = { checksum: false, segmentation: false }
  /** Packets to addresses that no link leads to. */
  unroutable = 0
  /** While it is not, nothing is sent or received. */
  isUp = true
  readonly #station: Station
  #receive: ((batch: PacketBatch) => void) | null = null
  #closed = false

  constructor(station: Station, mtu: number) {
    this.name = station.name
    this.mtu = mtu
    this.#station = station
  }

  start(receive: (batch: PacketBatch) => void): void {
    this.#receive = receive
  }

  transmit(batch: PacketBatch): void {
    if (this.#closed || !this.isUp) return
    for (let i = 0; i < batch.count; i++) {
      const to = destinationOf(batch.buffers[i]!, batch.starts[i]!, batch.lengths[i]!)
      const path = to === null ? null : this.#station.route(to)
      if (path === null) this.unroutable++
      else path.enterPacket(batch, i)
    }
  }

  /** Hands the host what has come by one of its paths. */
  deliver(batch: PacketBatch): void {
    if (!this.#closed && this.isUp) this.#receive?.(batch)
  }

  close(): void {
    this.#closed = true
    this.#receive = null
  }
}
