/** Sorts the segments of a capture into connections. */
import type { ObservedSegment } from '../../trace/observed-segment.ts'
import { ACK, SYN } from '../../wire/tcp.ts'

/** One connection as it was captured. The first end is who opened it, or who was seen first. */
export interface Conversation {
  readonly ends: readonly [string, string]
  readonly segments: readonly ObservedSegment[]
  /** The capture begins in the middle of it: no SYN was seen. */
  readonly joined: boolean
}

interface Open {
  ends: [string, string]
  readonly segments: ObservedSegment[]
  joined: boolean
  /** The SYN's sequence number, by source. */
  readonly iss: Map<string, number>
}

/** Collects connections; a SYN with another sequence number begins the next one of the same four numbers. */
export class Conversations {
  readonly #current = new Map<string, Open>()
  readonly #all: Open[] = []

  add(s: ObservedSegment): void {
    const key = s.source < s.destination ? `${s.source} ${s.destination}` : `${s.destination} ${s.source}`
    let open = this.#current.get(key)
    if (open === undefined || beginsAnew(open, s)) {
      open = { ends: [s.source, s.destination], segments: [], joined: !(s.flags & SYN), iss: new Map() }
      // The sender of a SYN,ACK did not open the connection.
      if (s.flags & SYN && s.flags & ACK) open.ends = [s.destination, s.source]
      this.#current.set(key, open)
      this.#all.push(open)
    }
    if (s.flags & SYN && !open.iss.has(s.source)) open.iss.set(s.source, s.seq)
    open.segments.push(s)
  }

  /** In the order in which they began. */
  get all(): readonly Conversation[] {
    return this.#all
  }
}

const beginsAnew = (open: Open, s: ObservedSegment): boolean => {
  if (!(s.flags & SYN) || s.flags & ACK) return false
  const iss = open.iss.get(s.source)
  // SYNs may cross; a second SYN with another number is another connection.
  return iss === undefined ? open.joined || open.segments.length > 1 : iss !== s.seq
}
