/**
 * The DualQ Coupled AQM of RFC 9332, as its appendix A has it: a queue for what is scalable and low in latency (ECT(1) and
 * CE), and one for the rest, whose AQM marks the other's packets too. Times in ms.
 */
import { ecnOf, NOT_ECT } from '../../wire/ecn.ts'
import { Fifo, type QueueDiscipline, type QueueEvents } from './queue-discipline.ts'
import type { Transit } from './transit.ts'

/** k: the coupling factor (§2.1). */
const COUPLING = 2
/** Delay of the classic queue that is aimed at, and the longest usual round trip (appendix A.1). */
const TARGET = 15
const RTT_MAX = 100
/** Tupdate: the time between two steps of the controller. */
const UPDATE = Math.min(TARGET, RTT_MAX / 3)
/** alpha and beta, by the ms of delay: 0.1 · Tupdate / RTT_max², 0.3 / RTT_max. */
const INTEGRAL = (0.1 * UPDATE) / RTT_MAX ** 2
const PROPORTIONAL = 0.3 / RTT_MAX
/** p_Cmax: a classic queue that needs more than that is overloaded (§4.2.3): what is ECN-capable is dropped as well. */
const MOST_MARKED = Math.min(1 / COUPLING ** 2, 1)
/** A packet that has waited longer in the low latency queue is marked (appendix A.1's step), unless it is alone there. */
const STEP = 1
/** The classic queue's part of the line while both have packets: no more starves it (§4.2.2, a weighted round robin). */
const CLASSIC_PART = 0.1

export class DualPi2 implements QueueDiscipline {
  readonly #events: QueueEvents
  readonly #low = new Fifo()
  readonly #classic = new Fifo()
  /** p′: the probability that the controller sets. */
  #base = 0
  #previousDelay = 0
  #nextUpdate = 0
  /** Accumulated probabilities: regular marks instead of random ones (appendix A.1, recur()). */
  #lowCount = 0
  #lowDropCount = 0
  #classicCount = 0
  /** Bytes of the line that the classic queue has to its credit. */
  #credit = 0

  constructor(events: QueueEvents) {
    this.#events = events
  }

  get packets(): number {
    return this.#low.length + this.#classic.length
  }

  get waiting(): number {
    return this.#low.bytes + this.#classic.bytes
  }

  enqueue(packet: Transit, now: number): void {
    this.#update(now)
    // ECT(1) and CE are odd.
    const queue = ecnOf(packet.buffer, packet.start) & 1 ? this.#low : this.#classic
    queue.push(packet)
  }

  dequeue(now: number): Transit | null {
    this.#update(now)
    for (;;) {
      const low = this.#isLowNext()
      const packet = (low ? this.#low : this.#classic).shift()
      if (packet === null) return null
      if (low ? this.#passesLow(packet, now) : this.#passesClassic(packet)) return packet
      this.#events.drop(packet)
    }
  }

  #isLowNext(): boolean {
    if (this.#low.length === 0 || this.#classic.length === 0) {
      this.#credit = 0
      return this.#low.length > 0
    }
    // The classic one has its turn once it has credit for a packet.
    return this.#credit < (1 - CLASSIC_PART) * this.#classic.first!.length
  }

  /** A packet of the low latency queue is marked by its own delay, or coupled to the classic queue. */
  #passesLow(packet: Transit, now: number): boolean {
    if (this.#classic.length > 0) this.#credit += CLASSIC_PART * packet.length
    const coupled = Math.min(1, COUPLING * this.#base)
    // Marks are saturated: it is dropped as often as in the classic queue (§4.2.3, appendix A.2).
    if (coupled >= 1) {
      this.#lowDropCount += this.#base ** 2
      if (this.#lowDropCount > 1) {
        this.#lowDropCount--
        return false
      }
    }
    const own = now - packet.queuedAt > STEP && this.#low.length > 0 ? 1 : 0
    this.#lowCount += Math.max(own, coupled)
    if (this.#lowCount >= 1) {
      this.#lowCount--
      this.#events.mark(packet)
    }
    return true
  }

  /** The squared probability: what halves the window of a classic flow is as rare as that (§2.1). */
  #passesClassic(packet: Transit): boolean {
    if (this.#low.length > 0) this.#credit -= (1 - CLASSIC_PART) * packet.length
    const probability = this.#base ** 2
    this.#classicCount += probability
    if (this.#classicCount <= 1) return true
    this.#classicCount--
    if (probability >= MOST_MARKED || ecnOf(packet.buffer, packet.start) === NOT_ECT) return false
    this.#events.mark(packet)
    return true
  }

  /** Makes the steps of the PI controller that are due at `now`; nothing has come or gone since the last of them. */
  #update(now: number): void {
    while (this.#nextUpdate <= now) {
      const at = this.#nextUpdate
      const delay = Math.max(this.#classic.delay(at), this.#low.delay(at))
      const step = INTEGRAL * (delay - TARGET) + PROPORTIONAL * (delay - this.#previousDelay)
      this.#base = Math.min(1, Math.max(0, this.#base + step))
      this.#previousDelay = delay
      // An empty queue stays as it is.
      const idle = this.#base === 0 && delay === 0
      this.#nextUpdate = idle ? Math.max(at, now) + UPDATE : at + UPDATE
    }
  }
}
