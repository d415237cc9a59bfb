/**
 * Facts of a captured connection that only hindsight tells. A capture shows what passed one place, not what arrived: that a
 * SYN or FIN has arrived is known by its acknowledgment, that this has arrived by the silence of who would otherwise
 * send it again.
 */
import { isLost, type ObservedSegment } from '../../trace/observed-segment.ts'
import { ACK, FIN, RST, SYN } from '../../wire/tcp.ts'
import type { Conversation } from './conversations.ts'

/** A segment with its numbers relative to its connection's beginnings, counted on past 2^32. */
export interface Placed {
  readonly segment: ObservedSegment
  readonly index: number
  readonly from: 0 | 1
  /** The first number is 0, the SYN's. */
  readonly seq: number
  /** The number after its last one. */
  readonly end: number
  /** Its acknowledgment number; -1 without ACK. */
  readonly ack: number
}

/**
 * One direction: the times at which its SYN and FIN arrived, and when their sender learned of it. Each is the index of the segment
 * after which it must have been so.
 */
export interface Milestones {
  /** Sequence number of the FIN; infinite when there was none. */
  readonly fin: number
  readonly synArrives: number
  readonly synAcked: number
  readonly finArrives: number
  readonly finAcked: number
}

const NEVER = Number.POSITIVE_INFINITY

/** Gives each segment its place. What is far out of place (resets, garbage) keeps the nearest number. */
export const place = (c: Conversation): Placed[] => {
  const base: [number | null, number | null] = [null, null]
  const nxt: [number, number] = [0, 0]
  return c.segments.map((segment, index): Placed => {
    const from = segment.source === c.ends[0] ? 0 : 1
    const to = from === 0 ? 1 : 0
    const { flags } = segment
    if (flags & SYN) base[from] ??= segment.seq
    else if (!(flags & RST)) {
      // Joined in the middle: as if the byte before were the SYN.
      base[from] ??= (segment.seq - 1) >>> 0
      if (flags & ACK) base[to] ??= (segment.ack - 1) >>> 0
    }
    const near = (value: number, of: 0 | 1): number => {
      const first = base[of]
      if (first === null) return 0
      return nxt[of] + ((value - first - nxt[of]) | 0)
    }
    const seq = near(segment.seq, from)
    const end = seq + segment.length + (flags & SYN ? 1 : 0) + (flags & FIN ? 1 : 0)
    if (!(flags & RST) && end > nxt[from]) nxt[from] = end
    return { segment, index, from, seq, end, ack: flags & ACK ? near(segment.ack, to) : -1 }
  })
}

export const milestones = (placed: readonly Placed[], of: 0 | 1): Milestones => {
  const mine = placed.filter(p => p.from === of)
  const syn = lifeOf(
    placed,
    of,
    mine.filter(p => p.segment.flags & SYN),
    () => 1,
  )
  const fins = mine.filter(p => p.segment.flags & FIN)
  const finEnd = fins.reduce((most, p) => Math.max(most, p.end), 0)
  const fin = lifeOf(placed, of, fins, () => finEnd)
  return {
    fin: fins.length === 0 ? NEVER : finEnd - 1,
    synArrives: syn.arrives,
    synAcked: syn.acked,
    finArrives: fin.arrives,
    finAcked: fin.acked,
  }
}

/** The times at which the text of these copies up to `end` has arrived, and at which its sender knew. */
const lifeOf = (
  placed: readonly Placed[],
  of: 0 | 1,
  copies: readonly Placed[],
  end: () => number,
): { readonly arrives: number; readonly acked: number } => {
  const last = copies.at(-1)
  if (last === undefined) return { arrives: NEVER, acked: NEVER }
  const acks = placed.filter(
    p => p.from !== of && p.ack >= end() && !(p.segment.flags & RST) && p.index > copies[0]!.index,
  )
  const [first] = acks
  if (first === undefined) return { arrives: NEVER, acked: NEVER }
  // A gap before it may have been filled after it: what arrived last before the acknowledgment brought it about.
  const before = placed.filter(
    p => p.from === of && p.index < first.index && p.end > p.seq && !isLost(p.segment),
  )
  const came = before.at(-1)?.index ?? copies[0]!.index
  // Every segment acknowledges all that its sender has: where one does not, the copy was still under way.
  const without = placed.findLast(
    p => p.from !== of && p.index < first.index && p.index > came && p.ack >= 0 && !(p.segment.flags & RST),
  )
  const arrives = without?.index ?? came
  // A sender that repeats it has not heard of the acknowledgment.
  const heard = acks.find(p => p.index > last.index && !isLost(p.segment))
  return { arrives, acked: heard?.index ?? NEVER }
}
