import type { Alarm, Clock } from '../../base/clock.ts'
import { dueBefore, popDue, pushDue } from '../../base/due-heap.ts'
import { CHECKSUM_COMPLETE, PacketBatch } from '../../wire/batch.ts'
import type { Transit } from './transit.ts'

/** Packets that are delivered at once. */
const BATCH = 64

/** Delivered packets are cleared out of the line once there are this many of them. */
const CLEAR_FROM = 256

/** Packets on their way until each one's time has come. */
export class DelayLine {
  readonly #clock: Clock
  readonly #deliver: (batch: PacketBatch, due: number) => void
  /** Those that keep their order: none arrives before the one ahead of it, though it be due. */
  #line: Transit[] = []
  #head = 0
  /** A binary heap of those that may be overtaken. */
  #loose: Transit[] = []
  #alarm: Alarm | null = null
  #delivering = false
  /** A batch to fill. It is taken away while it is filled: delivering may bring the next packets at once. */
  #spare: PacketBatch | null = null

  /** @param deliver takes what arrives, and when the last of it was due (ms): the clock's alarms may ring late */
  constructor(clock: Clock, deliver: (batch: PacketBatch, due: number) => void) {
    this.#clock = clock
    this.#deliver = deliver
  }

  get size(): number {
    return this.#line.length - this.#head + this.#loose.length
  }

  /** Sends a packet on its way once it departs. */
  add(packet: Transit): void {
    packet.at = packet.departAt + packet.travel
    if (packet.ordered) this.#line.push(packet)
    else pushDue(this.#loose, packet)
    if (!this.#delivering) this.#setAlarm()
  }

  /** Some packets depart at other times now. */
  rearrange(): void {
    for (const packets of [this.#line, this.#loose])
      for (const packet of packets) packet.at = packet.departAt + packet.travel
    // A sorted array is a heap, too.
    this.#loose.sort(dueBefore)
    if (!this.#delivering) this.#setAlarm()
  }

  /** Forgets all that is under way. */
  clear(): void {
    if (this.#alarm !== null) this.#clock.cancel(this.#alarm)
    this.#alarm = null
    this.#line = []
    this.#head = 0
    this.#loose = []
  }

  #setAlarm(): void {
    const next = this.#next()
    if (next === null) return
    if (this.#alarm !== null) {
      if (this.#alarm.at <= next.at) return
      this.#clock.cancel(this.#alarm)
    }
    this.#alarm = this.#clock.schedule(next.at, this.#ring)
  }

  readonly #ring = (): void => {
    this.#alarm = null
    const now = this.#clock.now()
    const batch = this.#spare ?? new PacketBatch(BATCH, false)
    this.#spare = null
    this.#delivering = true
    let due = Number.NEGATIVE_INFINITY
    try {
      // A batch an alarm: when much is due at once, others have their turn in between.
      while (!batch.full) {
        const packet = this.#next()
        if (packet === null || packet.at > now) break
        this.#remove(packet)
        packet.ticket?.delivered(now)
        due = Math.max(due, packet.at)
        batch.push(packet.buffer, packet.start, packet.length, CHECKSUM_COMPLETE, 0)
      }
      if (batch.count > 0) this.#deliver(batch, due)
    } finally {
      this.#delivering = false
      batch.clear()
      this.#spare = batch
      this.#setAlarm()
    }
  }

  #next(): Transit | null {
    const first = this.#line[this.#head]
    const loose = this.#loose[0]
    if (first === undefined) return loose ?? null
    return loose === undefined || dueBefore(first, loose) < 0 ? first : loose
  }

  #remove(packet: Transit): void {
    if (packet !== this.#line[this.#head]) {
      popDue(this.#loose)
      return
    }
    this.#head++
    if (this.#head === this.#line.length) {
      this.#line.length = 0
      this.#head = 0
    } else if (this.#head >= CLEAR_FROM && this.#head * 2 >= this.#line.length) {
      this.#line.splice(0, this.#head)
      this.#head = 0
    }
  }
}
