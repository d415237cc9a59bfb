import { type Seq, seqGeq, seqLeq, seqLt, seqMax, seqMin } from '../../wire/sequence.ts'

/** Ranges that are kept apart; a recovery that makes more of them is not one to be undone. */
const MOST = 128

/**
 * The ranges that a recovery has sent again and that no D-SACK has spoken of. A range that was sent again twice is there
 * twice: it takes two D-SACKs to show that neither was needed (RFC 3708 §3; as Linux's undo_retrans counts them).
 */
export class ResentRanges {
  /** The left and the right edge of each, in the order in which they left. */
  #edges: Seq[] = []
  /** True when anything was sent again since the recovery began. */
  any = false
  /** There were too many to remember. */
  overflowed = false

  /** True when D-SACKs have spoken of all that was sent again. */
  get allDuplicate(): boolean {
    return this.any && this.#edges.length === 0 && !this.overflowed
  }

  /** [left, right) leaves again. */
  add(left: Seq, right: Seq): void {
    this.any = true
    if (this.overflowed) return
    const edges = this.#edges
    const last = edges.length - 1
    if (last > 0 && edges[last] === left) edges[last] = right
    else if (edges.length < 2 * MOST) edges.push(left, right)
    else {
      this.overflowed = true
      this.#edges = []
    }
  }

  /**
   * [left, right) was a duplicate: takes it from what was sent again, each octet at most once. Text below a range
   * that it was taken from is not looked for any more: ranges are mostly in order.
   */
  duplicate(left: Seq, right: Seq): void {
    const edges = this.#edges
    for (let n = 0; n < edges.length && seqLt(left, right); ) {
      const from = edges[n]!
      const to = edges[n + 1]!
      if (seqGeq(left, to) || seqLeq(right, from)) {
        n += 2
        continue
      }
      const first = seqMax(left, from)
      const end = seqMin(right, to)
      const rest: Seq[] = []
      if (first !== from) rest.push(from, first)
      if (end !== to) rest.push(end, to)
      edges.splice(n, 2, ...rest)
      n += rest.length
      left = end
    }
  }

  clear(): void {
    this.#edges = []
    this.any = false
    this.overflowed = false
  }
}
