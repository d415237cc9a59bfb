import type { Clock } from '../base/clock.ts'
import type { Link, Offload } from '../ip/link.ts'
import { CHECKSUM_COMPLETE, type PacketBatch } from '../wire/batch.ts'
import { checkOptions, FLAG, type KindsOf, LIST, NUMBER } from '../wire/option-kinds.ts'
import { SpareBatches } from '../wire/spare-batches.ts'
import { PacketMemory } from './packet-memory.ts'

/** Options of {@link createPipe}. */
export interface PipeOptions {
  /** Bytes; default 1500. What is larger is dropped, but for super-segments with `offload`. */
  readonly mtu?: number
  /** True when checksums may stay partial and super-segments pass whole, as between a kernel and its TUN. */
  readonly offload?: boolean
  /** One way, ms; default 0: as soon as the sender has finished what it is doing. */
  readonly delay?: number
  /** Packets under way to one end, at most; more are dropped. By default there is no limit. */
  readonly queue?: number
  readonly names?: readonly [string, string]
}

const OPTIONS: KindsOf<PipeOptions> = {
  mtu: NUMBER,
  offload: FLAG,
  delay: NUMBER,
  queue: NUMBER,
  names: LIST,
}

/**
 * Two links joined in memory: what one transmits the other delivers, in order, after the delay. Packets are copied
 * into memory that nobody writes to again, so a receiver may keep them without taking them.
 */
export const createPipe = (clock: Clock, options: PipeOptions = {}): [PipeEnd, PipeEnd] => {
  checkOptions('options', options, OPTIONS)
  const [first, second] = options.names ?? ['a', 'b']
  const a = new PipeEnd(clock, first, options)
  const b = new PipeEnd(clock, second, options)
  a.peer = b
  b.peer = a
  return [a, b]
}

/** One end of a pipe; made by {@link createPipe}. */
export class PipeEnd implements Link {
  readonly name: string
  readonly mtu: number
  readonly offload: Offload
  /** The other end; null when this one is closed. */
  peer: PipeEnd | null = null
  /** Packets to this end that were dropped: larger than the MTU, or with the queue full. */
  dropped = 0
  readonly #clock: Clock
  readonly #delay: number
  readonly #queue: number
  #receive: ((batch: PacketBatch) => void) | null = null
  /** Packets that arrive at the same time, and that time. */
  #filling: PacketBatch | null = null
  #fillingAt = 0
  #underWay = 0
  readonly #batches = new SpareBatches()
  readonly #memory = new PacketMemory()

  constructor(clock: Clock, name: string, options: PipeOptions) {
    const { mtu = 1500, offload = false, delay = 0, queue = Number.POSITIVE_INFINITY } = options
    this.#clock = clock
    this.name = name
    this.mtu = mtu
    this.offload = { checksum: offload, segmentation: offload }
    this.#delay = delay
    this.#queue = queue
  }

  start(receive: (batch: PacketBatch) => void): void {
    this.#receive = receive
  }

  transmit(batch: PacketBatch): void {
    const { peer } = this
    if (peer === null || peer.peer === null) return
    const at = this.#delay > 0 ? this.#clock.now() + this.#delay : 0
    for (let i = 0; i < batch.count; i++) peer.#arrive(batch, i, at)
  }

  /** Packet `i` of the batch reaches this end at `at` (ms), or after what is going on when there is no delay. */
  #arrive(batch: PacketBatch, i: number, at: number): void {
    const length = batch.packetLength(i)
    const segmentSize = this.offload.segmentation ? batch.segmentSizes[i]! : 0
    if ((length > this.mtu && segmentSize === 0) || this.#underWay >= this.#queue) {
      this.dropped++
      return
    }
    this.#underWay++
    const checksum = this.offload.checksum ? batch.checksums[i]! : CHECKSUM_COMPLETE
    this.#memory.reserve(length)
    const { buffer, start } = this.#memory
    batch.copy(i, buffer, start)
    this.#batchFor(at).push(buffer, start, length, checksum, segmentSize)
  }

  /** The batch, with room for one more, that will be delivered at `at`. */
  #batchFor(at: number): PacketBatch {
    if (this.#filling !== null && !this.#filling.full && this.#fillingAt === at) return this.#filling
    const batch = this.#batches.take()
    this.#filling = batch
    this.#fillingAt = at
    // Without a delay too it is an alarm: two ends in one process must let others have their turn.
    this.#clock.schedule(Math.max(at, this.#clock.now()), () => this.#deliver(batch))
    return batch
  }

  #deliver(batch: PacketBatch): void {
    if (this.#filling === batch) this.#filling = null
    this.#underWay -= batch.count
    this.#batches.deliver(batch, this.#receive)
  }

  close(): void {
    this.#receive = null
    this.peer = null
  }
}
