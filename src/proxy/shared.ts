/** A link that the packets of several proxies share, besides what befalls those of each: a bottleneck of all. */
import type { Clock } from '../base/clock.ts'
import { FaultSet } from '../faults/fault-set.ts'
import type { PathObserver } from '../link/path/transit.ts'
import { LINK_ROUTER } from '../sim/benchmark-addresses.ts'
import { SeededRandom } from '../sim/seeded-random.ts'
import type { Address } from '../wire/address.ts'
import { PacketBatch } from '../wire/batch.ts'
import { read32 } from '../wire/bytes.ts'
import { IPV4_HEADER } from '../wire/ipv4.ts'
import { copyTo } from './gate.ts'
import { Lane, STREAMS, type Stream } from './lane.ts'
import type { SharedLink } from './tunnel.ts'

export class Bottleneck implements SharedLink {
  readonly faults: FaultSet<Stream>
  readonly #lane: Lane
  readonly #hosts = new Map<Address, (batch: PacketBatch, due: number) => void>()

  constructor(clock: Clock, seed: number | string, observer: PathObserver | null = null, around = false) {
    this.#lane = new Lane({
      clock,
      luck: stream => new SeededRandom(`${seed} shared ${stream}`),
      observer,
      around,
      router: LINK_ROUTER[0]!,
      arrived: (_, batch, due) => this.#arrived(batch, due),
    })
    this.faults = new FaultSet(STREAMS, stream => {
      this.#lane.set(stream, this.faults.options(stream), !this.faults.isIdle(stream))
    })
  }

  isClear(stream: Stream): boolean {
    return this.#lane.isClear(stream)
  }

  enter(stream: Stream, batch: PacketBatch, at: number): void {
    this.#lane[stream].enter(batch, at)
  }

  join(address: Address, deliver: (batch: PacketBatch, due: number) => void): void {
    this.#hosts.set(address, deliver)
  }

  leave(address: Address): void {
    this.#hosts.delete(address)
  }

  /** Packets for different hosts may arrive together. */
  #arrived(batch: PacketBatch, due: number): void {
    let from = 0
    for (let i = 1; i <= batch.count; i++) {
      if (i < batch.count && destination(batch, i) === destination(batch, from)) continue
      const deliver = this.#hosts.get(destination(batch, from))
      if (deliver !== undefined) deliver(from === 0 && i === batch.count ? batch : part(batch, from, i), due)
      from = i
    }
  }
}

/** 0, which nobody has, for what has no header. */
const destination = (batch: PacketBatch, i: number): Address =>
  batch.lengths[i]! < IPV4_HEADER ? 0 : read32(batch.buffers[i]!, batch.starts[i]! + 16)

const part = (batch: PacketBatch, from: number, to: number): PacketBatch => {
  const some = new PacketBatch(to - from, false)
  for (let i = from; i < to; i++) copyTo(some, batch, i)
  return some
}
