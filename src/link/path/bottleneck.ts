import { CE, ecnOf, NOT_ECT, setEcn } from '../../wire/ecn.ts'
import type { Settings } from './options.ts'
import type { Transit } from './transit.ts'

/** Entries of the queue that are done with are cleared out when there are so many. */
const CLEAR_FROM = 256

/**
 * A transmitter of a rate with a queue before it: first in, first out, tail drop. When each packet leaves is known
 * when it comes, so nothing needs to be woken for it, and a late timer delays none.
 */
export class Bottleneck {
  /** Packets that wait or have waited, from {@link #head} on those that may still. */
  readonly #queue: Transit[] = []
  #head = 0
  /** The packet that was sent last or is being sent. */
  #sending: Transit | null = null
  #busyUntil = Number.NEGATIVE_INFINITY
  #waiting = 0

  /** Bytes that wait at `now` (ms), without the packet that is being sent. */
  waiting(now: number): number {
    const queue = this.#queue
    while (this.#head < queue.length && queue[this.#head]!.startAt <= now) {
      const started = queue[this.#head++]!
      this.#waiting -= started.length
      this.#sending = started
    }
    if (this.#head === queue.length) {
      if (this.#head > 0) queue.length = 0
      this.#head = 0
    } else if (this.#head >= CLEAR_FROM && this.#head * 2 >= queue.length) {
      queue.splice(0, this.#head)
      this.#head = 0
    }
    return this.#waiting
  }

  /** Takes a packet and says when it leaves; false when there is no room for it. */
  admit(packet: Transit, settings: Settings, now: number): boolean {
    const { rate, queue } = settings
    const waiting = this.waiting(now)
    const startAt = Math.max(now, this.#busyUntil)
    if (startAt > now) {
      if (waiting + packet.length > queue) return false
      this.#waiting = waiting + packet.length
      this.#queue.push(packet)
    } else {
      this.#sending = packet
    }
    packet.startAt = startAt
    packet.departAt = startAt + milliseconds(packet.length, rate)
    this.#busyUntil = packet.departAt
    return true
  }

  /** The time (ms) at which the line is free. */
  get busyUntil(): number {
    return this.#busyUntil
  }
  /** Another transmitter has the line until then. */
  set busyUntil(time: number) {
    this.#busyUntil = time
  }

  /** Returns whether what waits now, the packet just admitted included, is more than `bytes`. */
  exceeds(bytes: number): boolean {
    return this.#waiting > bytes
  }

  /** The rate changes at `now` (ms): the rest of the packet that is being sent, and all that waits, goes at the new one. */
  changeRate(before: number, rate: number, now: number): void {
    this.waiting(now)
    const sending = this.#sending
    let at = now
    if (sending !== null && sending.departAt > now) {
      // The time that is left at the old rate is that many bits.
      const left = before === Number.POSITIVE_INFINITY ? 0 : (sending.departAt - now) * before
      at = sending.departAt = now + (rate === Number.POSITIVE_INFINITY ? 0 : left / rate)
    }
    for (let i = this.#head; i < this.#queue.length; i++) {
      const packet = this.#queue[i]!
      packet.startAt = at
      at = packet.departAt = at + milliseconds(packet.length, rate)
    }
    this.#busyUntil = at
  }
}

/** The time (ms) that so many bytes take at a rate of bits a second. */
export const milliseconds = (bytes: number, rate: number): number =>
  rate === Number.POSITIVE_INFINITY ? 0 : (bytes * 8000) / rate

/** Marks the packet CE if its transport is ECN-capable and it is not marked yet; whether it was. */
export const markCongestion = (b: Uint8Array, start: number): boolean =>
  ecnOf(b, start) !== NOT_ECT && setEcn(b, start, CE)
