import type { PacketView } from './packet-view.ts'

/** Connections that it knows, at most; those known longest begin anew. */
const FLOWS = 65_536

/** A rate for each connection by itself: the time at which the line of each is free again. */
export class ConnectionRate {
  readonly #free = new Map<string, number>()

  /**
   * The time (ms) that a packet waits, its own time on the line included; null when the queue of its connection is full. What is
   * no TCP does not wait.
   * @param rate bits a second
   * @param queue bytes that may wait
   */
  wait(p: PacketView, rate: number, queue: number): number | null {
    if (!p.tcp) return 0
    const flow = `${p.source}:${p.sourcePort}>${p.destination}:${p.destinationPort}`
    const waiting = Math.max(0, (this.#free.get(flow) ?? 0) - p.time)
    if ((waiting * rate) / 8000 > queue) return null
    const wait = waiting + (p.packetLength * 8000) / rate
    this.#free.delete(flow)
    this.#free.set(flow, p.time + wait)
    if (this.#free.size > FLOWS) this.#free.delete(this.#free.keys().next().value!)
    return wait
  }
}
