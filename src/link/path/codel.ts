/** CoDel, RFC 8289: drops at the head once packets have waited longer than the target for an interval. Times in ms. */
import { Fifo, type QueueDiscipline, type QueueEvents } from './queue-discipline.ts'
import type { Transit } from './transit.ts'

/** RFC 8289 §4.3, §4.2: the standing queue that is good, and the time in which a queue that is none goes away. */
const TARGET = 5
const INTERVAL = 100
/** So many bytes and fewer are no queue: a line always has a packet to send (§4.4; §5.2: "maxpacket"). */
const LEAST = 1500
/** A dropping state that begins within so many intervals of the last one goes on at its rate (§5.5). */
const SOON = 16

export class CoDel implements QueueDiscipline {
  readonly #events: QueueEvents
  readonly #fifo = new Fifo()
  /** first_above_time: by then the delay was above the target for an interval; 0 when it is not above. */
  #firstAbove = 0
  #dropping = false
  #dropNext = 0
  #count = 0
  #lastCount = 0
  /** The packet just taken out has waited too long, and others have for an interval. */
  #okToDrop = false

  constructor(events: QueueEvents) {
    this.#events = events
  }

  get packets(): number {
    return this.#fifo.length
  }

  get waiting(): number {
    return this.#fifo.bytes
  }

  enqueue(packet: Transit): void {
    this.#fifo.push(packet)
  }

  /** §5.5, deque(). */
  dequeue(now: number): Transit | null {
    let packet = this.#take(now)
    if (this.#dropping) {
      if (!this.#okToDrop) this.#dropping = false
      while (this.#dropping && packet !== null && now >= this.#dropNext) {
        this.#count++
        if (this.#events.mark(packet)) {
          this.#dropNext = controlLaw(this.#dropNext, this.#count)
          return packet
        }
        this.#events.drop(packet)
        packet = this.#take(now)
        if (this.#okToDrop) this.#dropNext = controlLaw(this.#dropNext, this.#count)
        else this.#dropping = false
      }
    } else if (this.#okToDrop && packet !== null) {
      if (!this.#events.mark(packet)) {
        this.#events.drop(packet)
        packet = this.#take(now)
      }
      this.#begin(now)
    }
    return packet
  }

  /** The dropping state begins: near the rate of the last one, if that was not long ago. */
  #begin(now: number): void {
    this.#dropping = true
    const delta = this.#count - this.#lastCount
    this.#count = delta > 1 && now - this.#dropNext < SOON * INTERVAL ? delta : 1
    this.#dropNext = controlLaw(now, this.#count)
    this.#lastCount = this.#count
  }

  /** §5.4, dodeque(). */
  #take(now: number): Transit | null {
    this.#okToDrop = false
    const packet = this.#fifo.shift()
    if (packet === null || now - packet.queuedAt < TARGET || this.#fifo.bytes <= LEAST) this.#firstAbove = 0
    else if (this.#firstAbove === 0) this.#firstAbove = now + INTERVAL
    else this.#okToDrop = now >= this.#firstAbove
    return packet
  }
}

const controlLaw = (t: number, count: number): number => t + INTERVAL / Math.sqrt(count)
