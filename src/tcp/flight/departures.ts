import { type Seq, seqLt } from '../../wire/sequence.ts'
import type { Transmission } from './transmission.ts'

/**
 * RFC 8985 §5.2: whether `t` left before what left at `sentAt` and ends at `end`; the end tells apart what left
 * together.
 */
const leftBefore = (t: Transmission, sentAt: number, end: Seq): boolean =>
  t.sentAt < sentAt || (t.sentAt === sentAt && seqLt(t.end, end))

/**
 * Transmissions under way in the order in which they left (RFC 8985 §6.2). Most are added as they leave: a linked list keeps
 * those. Others were taken for lost or SACKed and are under way after all, since long before: a pairing heap keeps these,
 * which finds a place in logarithmic time.
 */
export class Departures {
  #oldest: Transmission | null = null
  #newest: Transmission | null = null
  /** The root of the heap. */
  #restored: Transmission | null = null
  /** The list up to this one left before the moment that was asked for last; null when nothing did. */
  #passed: Transmission | null = null

  /** The transmission that left first, or null. */
  get oldest(): Transmission | null {
    const a = this.#oldest
    const b = this.#restored
    if (a === null || b === null) return a ?? b
    return leftBefore(b, a.sentAt, a.end) ? b : a
  }

  /** `t` has just left. */
  add(t: Transmission): void {
    t.older = this.#newest
    t.newer = null
    if (this.#newest === null) this.#oldest = t
    else this.#newest.newer = t
    this.#newest = t
  }

  /** `t` is under way again since it left. */
  restore(t: Transmission): void {
    t.restored = true
    t.older = t.newer = t.child = null
    this.#restored = this.#restored === null ? t : meld(this.#restored, t)
  }

  /** `t` is no longer under way. */
  remove(t: Transmission): void {
    if (t.restored) {
      this.#removeRestored(t)
      return
    }
    const { older, newer } = t
    if (this.#passed === t) this.#passed = older
    if (older === null) this.#oldest = newer
    else older.newer = newer
    if (newer === null) this.#newest = older
    else newer.older = older
    t.older = t.newer = null
  }

  /** `t` was cut in two; `rest` is the second part, and as old. */
  split(t: Transmission, rest: Transmission): void {
    if (t.restored) {
      // Its place goes by where it ends.
      this.#removeRestored(t)
      this.restore(t)
      this.restore(rest)
      return
    }
    rest.older = t
    rest.newer = t.newer
    if (t.newer === null) this.#newest = rest
    else t.newer.older = rest
    t.newer = rest
  }

  /**
   * The last transmission to leave before a certain one, see {@link leftBefore}; null when none did. Callers ask for ever
   * later times, so that each transmission is passed once. Of the restored only the oldest is looked at.
   */
  lastBefore(sentAt: number, end: Seq): Transmission | null {
    let last = this.#passed
    let next = last === null ? this.#oldest : last.newer
    while (next !== null && leftBefore(next, sentAt, end)) {
      last = next
      next = next.newer
    }
    this.#passed = last
    const r = this.#restored
    if (r === null || !leftBefore(r, sentAt, end)) return last
    return last === null || leftBefore(last, r.sentAt, r.end) ? r : last
  }

  #removeRestored(t: Transmission): void {
    const children = merge(t.child)
    if (t === this.#restored) {
      this.#restored = children
    } else {
      const before = t.older!
      if (before.child === t) before.child = t.newer
      else before.newer = t.newer
      if (t.newer !== null) t.newer.older = before
      if (children !== null) this.#restored = meld(this.#restored!, children)
    }
    t.restored = false
    t.older = t.newer = t.child = null
  }
}

// A pairing heap (Fredman and others, 1986). Children are a list by `newer`; `older` leads back, from the first to its parent.

/** Joins two heaps: the root that left later becomes the first child of the other, which is returned. */
const meld = (a: Transmission, b: Transmission): Transmission => {
  if (leftBefore(b, a.sentAt, a.end)) return meld(b, a)
  b.older = a
  b.newer = a.child
  if (a.child !== null) a.child.older = b
  a.child = b
  return a
}

/** One heap of siblings: in pairs from the first to the last, then all from the last to the first. */
const merge = (first: Transmission | null): Transmission | null => {
  let pairs: Transmission | null = null
  while (first !== null) {
    const second: Transmission | null = first.newer
    const next: Transmission | null = second === null ? null : second.newer
    first.older = first.newer = null
    let pair: Transmission = first
    if (second !== null) {
      second.older = second.newer = null
      pair = meld(first, second)
    }
    pair.newer = pairs
    pairs = pair
    first = next
  }
  let root: Transmission | null = null
  while (pairs !== null) {
    const next: Transmission | null = pairs.newer
    pairs.newer = null
    root = root === null ? pairs : meld(root, pairs)
    pairs = next
  }
  return root
}
