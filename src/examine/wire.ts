/** The examiner's packets: they leave at a bounded rate, and each answer finds its conversation. */
import type { Clock } from '../base/clock.ts'
import type { Link } from '../ip/link.ts'
import type { Address } from '../wire/address.ts'
import { CHECKSUM_COMPLETE, PacketBatch } from '../wire/batch.ts'
import { readPong } from './icmp-packets.ts'
import { type Arrived, readSegment } from './packets.ts'

/** Hears of the segments for one of our ports. */
export type Hearer = (segment: Arrived) => void

/** Packets in one batch. */
const BATCH = 64

/** Hears of every packet, either way. */
export type PacketTap = (direction: 'in' | 'out', time: number, packet: Uint8Array) => void

export class Wire {
  readonly clock: Clock
  readonly link: Link
  sent = 0
  received = 0
  readonly #tap: PacketTap | null
  readonly #gap: number
  readonly #burst: number
  readonly #hearers = new Map<string, Hearer>()
  readonly #pingers = new Map<Address, (from: Address) => void>()
  readonly #waiting: Uint8Array[] = []
  readonly #batch = new PacketBatch(BATCH, false)
  /** The time from which the next packet may leave at the bounded rate. */
  #free = 0
  #pending = false
  #open = true

  /** @param rate packets a second, at most; @param burst packets that may leave at once after a pause */
  constructor(link: Link, clock: Clock, rate: number, burst: number, tap: PacketTap | null) {
    this.link = link
    this.clock = clock
    this.#gap = 1000 / rate
    this.#burst = burst * this.#gap
    this.#tap = tap
    link.start(batch => this.#receive(batch))
  }

  /** Hands what comes for this address and port to `hear`, whoever sent it. */
  listen(address: Address, port: number, hear: Hearer): void {
    this.#hearers.set(`${address} ${port}`, hear)
  }

  /** Hands answers to pings from this address to `hear`. */
  listenPing(address: Address, hear: (from: Address) => void): void {
    this.#pingers.set(address, hear)
  }

  unlisten(address: Address, port: number): void {
    this.#hearers.delete(`${address} ${port}`)
  }

  send(packet: Uint8Array): void {
    this.#waiting.push(packet)
    if (!this.#pending) this.#release()
  }

  /** Until all that waits has left. */
  async drained(): Promise<void> {
    while (this.#open && this.#waiting.length > 0)
      await new Promise<void>(resolve => this.clock.schedule(this.clock.now() + this.#gap, resolve))
  }

  close(): void {
    this.#open = false
    this.#hearers.clear()
    this.#pingers.clear()
    this.#waiting.length = 0
  }

  #release(): void {
    this.#pending = false
    if (!this.#open) return
    const now = this.clock.now()
    this.#free = Math.max(this.#free, now - this.#burst)
    while (this.#waiting.length > 0 && this.#free <= now && !this.#batch.full) {
      const packet = this.#waiting.shift()!
      this.#free += this.#gap
      this.#batch.push(packet, 0, packet.length, CHECKSUM_COMPLETE, 0)
      this.sent++
      this.#tap?.('out', now, packet)
    }
    // Answers while the batch is under way wait for its end.
    this.#pending = true
    if (this.#batch.count > 0) this.link.transmit(this.#batch)
    this.#batch.clear()
    this.#pending = false
    if (this.#waiting.length === 0) return
    this.#pending = true
    this.clock.schedule(Math.max(this.#free, now), () => this.#release())
  }

  #receive(batch: PacketBatch): void {
    const now = this.clock.now()
    for (let i = 0; i < batch.count; i++) {
      const packet = new Uint8Array(batch.packetLength(i))
      batch.copy(i, packet)
      this.received++
      this.#tap?.('in', now, packet)
      const segment = readSegment(packet, now, batch.checksums[i] === CHECKSUM_COMPLETE)
      if (segment !== null) this.#hearers.get(`${segment.destination} ${segment.destinationPort}`)?.(segment)
      else this.#pong(packet)
    }
  }

  #pong(packet: Uint8Array): void {
    const pong = readPong(packet)
    if (pong !== null) this.#pingers.get(pong.to)?.(pong.from)
  }
}
