/** The way of packets between two workers: a channel, and how many packets and bytes are on it. */
import type { MessagePort } from 'node:worker_threads'
import type { HandedOver } from '../ip/pool.ts'

/** Packets on their way to one worker from another at most; more are lost, as on any queue. */
const MOST_UNDER_WAY = 4096
/** Their bytes: a super-segment has 64 KB, and so many of those would be a quarter of a gigabyte. Two batches of a device's. */
const MOST_BYTES = 8 << 20

/** For each direction the packets that are under way, and then the bytes. */
const COUNTS = 4
const BYTES = 2

/** One end of a way; it can be sent to a thread as it is, with its port transferred. */
export interface WayEnd {
  readonly port: MessagePort
  /**
   * Numbers for each direction, of this way alone: what is on its way to a worker that dies is lost with the way, and
   * does not count against its successor.
   */
  readonly underWay: SharedArrayBuffer
  /** The direction that this end sends in. */
  readonly direction: 0 | 1
}

/** @returns the two ends of a way over a channel */
export const wayOver = ({
  port1,
  port2,
}: {
  readonly port1: MessagePort
  readonly port2: MessagePort
}): readonly [WayEnd, WayEnd] => {
  const underWay = new SharedArrayBuffer(COUNTS * Int32Array.BYTES_PER_ELEMENT)
  return [
    { port: port1, underWay, direction: 0 },
    { port: port2, underWay, direction: 1 },
  ]
}

export class Way {
  readonly #port: MessagePort
  readonly #underWay: Int32Array
  readonly #direction: 0 | 1

  /** @param take takes what the other worker hands over */
  constructor(end: WayEnd, take: (packets: readonly HandedOver[]) => void) {
    this.#port = end.port
    this.#underWay = new Int32Array(end.underWay)
    this.#direction = end.direction
    this.#port.on('message', (packets: readonly HandedOver[]) => {
      this.#leave(1 - this.#direction, packets.length, bytesOf(packets))
      take(packets)
    })
    this.#port.unref()
  }

  /** Hands packets over; false when there is no room for them. Their memory is the other worker's then. */
  send(packets: readonly HandedOver[]): boolean {
    const bytes = bytesOf(packets)
    const others = Atomics.add(this.#underWay, this.#direction, packets.length)
    const theirBytes = Atomics.add(this.#underWay, this.#direction + BYTES, bytes)
    if (others >= MOST_UNDER_WAY || theirBytes >= MOST_BYTES) {
      this.#leave(this.#direction, packets.length, bytes)
      return false
    }
    this.#port.postMessage(
      packets,
      packets.map(({ bytes }) => bytes.buffer as ArrayBuffer),
    )
    return true
  }

  /** So many are under way no longer. */
  #leave(direction: number, packets: number, bytes: number): void {
    Atomics.sub(this.#underWay, direction, packets)
    Atomics.sub(this.#underWay, direction + BYTES, bytes)
  }

  close(): void {
    this.#port.close()
  }
}

const bytesOf = (packets: readonly HandedOver[]): number =>
  packets.reduce((sum, { bytes }) => sum + bytes.length, 0)
