import type { PacketView } from '../link/path/packet-view.ts'
import { ACK, SYN } from '../wire/tcp.ts'
import { flowOf } from './flow.ts'

/** Flows that it knows, at most; the ones known longest are forgotten, and admitted anew. */
const FLOWS = 65_536

/**
 * A stateful firewall, NAT or load balancer that forgets connections on which nothing has passed for a while, and from
 * then on drops what belongs to them without a word. A new SYN is a new flow; what was there before it counts as known.
 */
export class IdleFirewall {
  /** Packets dropped so far. */
  dropped = 0
  readonly #idle: number
  /** When each flow was last let through (ms). */
  readonly #flows = new Map<string, number>()

  /** @param idle milliseconds */
  constructor(idle: number) {
    this.#idle = idle
  }

  /** Sees a packet, of either direction; whether it drops it. */
  drops(p: PacketView): boolean {
    const flow = flowOf(p)
    if (flow === null) return false
    const last = this.#flows.get(flow) ?? p.time
    const opens = (p.flags & (SYN | ACK)) === SYN
    if (!opens && p.time - last > this.#idle) {
      this.dropped++
      return true
    }
    this.#flows.set(flow, p.time)
    if (this.#flows.size > FLOWS) this.#flows.delete(this.#flows.keys().next().value!)
    return false
  }
}
