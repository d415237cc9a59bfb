import type { Clock } from '../../src/base/clock.ts'
import type { Link } from '../../src/ip/link.ts'
import { PacketBatch } from '../../src/wire/batch.ts'
import { ACK } from '../../src/wire/tcp.ts'

const HEADER = 20

/** An ACK without text, FIN, SYN, RST or SACK blocks: a modem may let a newer one stand for it. */
const isBare = (p: Uint8Array): boolean => {
  const tcp = p.subarray(HEADER)
  const head = (tcp[12]! >> 4) * 4
  return tcp[13] === ACK && tcp.length === head && head <= 32
}

/** A packet, and what its batch says of it. */
interface Held {
  readonly packet: Uint8Array
  readonly checksum: number
  readonly segmentSize: number
}

/**
 * A link behind a modem that may send each `every` ms only, and of the bare ACKs that wait until then sends the newest
 * alone. What its host receives is thinned out.
 */
export class AckFilter implements Link {
  readonly #inner: Link
  readonly #clock: Clock
  readonly #every: number
  #held: Held | null = null
  #waiting = false
  passed = 0
  dropped = 0

  constructor(inner: Link, clock: Clock, every: number) {
    this.#inner = inner
    this.#clock = clock
    this.#every = every
  }

  get name(): string {
    return this.#inner.name
  }

  get mtu(): number {
    return this.#inner.mtu
  }

  get offload(): Link['offload'] {
    return this.#inner.offload
  }

  start(receive: (batch: PacketBatch) => void): void {
    const pass = ({ packet, checksum, segmentSize }: Held): void => {
      const one = new PacketBatch(1, false)
      one.push(packet, 0, packet.length, checksum, segmentSize)
      receive(one)
    }
    const grant = (): void => {
      this.#waiting = false
      const held = this.#held
      this.#held = null
      if (held === null) return
      this.passed++
      pass(held)
    }
    this.#inner.start(batch => {
      for (let i = 0; i < batch.count; i++) {
        const packet = new Uint8Array(batch.packetLength(i))
        batch.copy(i, packet)
        const whole = { packet, checksum: batch.checksums[i]!, segmentSize: batch.segmentSizes[i]! }
        if (!isBare(packet)) {
          grant()
          pass(whole)
          continue
        }
        if (this.#held !== null) this.dropped++
        this.#held = whole
        if (this.#waiting) continue
        this.#waiting = true
        const now = this.#clock.now()
        this.#clock.schedule((Math.floor(now / this.#every) + 1) * this.#every, grant)
      }
    })
  }

  transmit(batch: PacketBatch): void {
    this.#inner.transmit(batch)
  }

  close(): void {
    this.#inner.close()
  }
}
