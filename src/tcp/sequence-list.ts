import { type Seq, seqLeq } from '../wire/sequence.ts'

/** Members of a group, at most. */
const MOST = 16

/** Groups that are kept for reuse, by all lists together. */
const POOL = 1024
const pool: Group[] = []

/** What a list holds: a range of sequence numbers that begins at {@link seq}. The links are the list's to change. */
export abstract class Member {
  seq: Seq = 0
  previous: this | null = null
  next: this | null = null
  /** The group that it stands in. */
  group: Group | null = null
}

/** Up to sixteen neighbours. Groups are members of larger groups, up to the one that holds them all. */
class Group extends Member {
  /** Whether it holds members of the list, not groups. */
  leaf = true
  first: Member | null = null
  count = 0
  /** For each mark of the list: members that bear it, those of the groups within counted too. */
  readonly marked: number[] = []
}

/** Whether a member bears a mark. */
export type Mark<T> = (member: T) => boolean

/**
 * Ranges in the order of their sequence numbers: a linked list, with a B-tree over it. A member is added at either end in
 * constant time; found by number, added or removed anywhere, in time that grows with the logarithm of how many there are.
 * The same holds for the neighbour that bears a mark: a property that the list counts, and is told of when it changes.
 *
 * A group's own number is a lower bound of those in it, and none in the groups before it reaches that bound. (That of the
 * first group of a level says nothing.)
 */
export class SequenceList<T extends Member> {
  first: T | null = null
  last: T | null = null
  size = 0
  readonly #marks: readonly Mark<T>[]
  #root: Group
  /** The group that {@link last} stands in. */
  #tail: Group

  /** @param marks what is counted; a member is added without any, but by {@link insertAfter} */
  constructor(marks: readonly Mark<T>[] = []) {
    this.#marks = marks
    this.#root = this.#tail = this.#newGroup(true)
  }

  /** Adds a member after all others. */
  append(t: T): void {
    const { last } = this
    const tail = this.#tail
    t.previous = last
    t.next = null
    if (last === null) this.first = t
    else last.next = t
    this.last = t
    this.size++
    if (tail.count < MOST) {
      if (tail.count++ === 0) tail.first = t
      t.group = tail
    } else this.#enter(last!, t)
  }

  /** Adds a member before all others. */
  prepend(t: T): void {
    const { first } = this
    if (first === null) {
      this.append(t)
      return
    }
    t.previous = null
    t.next = first
    first.previous = t
    this.first = t
    this.size++
    const group = first.group!
    group.first = t
    t.group = group
    if (++group.count > MOST) this.#split(group, MOST >> 1)
  }

  /** Adds a member right after another. It may bear marks. */
  insertAfter(before: T, t: T): void {
    link(before, t)
    if (before === this.last) this.last = t
    this.size++
    this.#enter(before, t)
  }

  /** Takes out a member, which bears no mark any more. */
  remove(t: T): void {
    if (t.next === null) this.last = t.previous
    if (t.previous === null) this.first = t.next
    this.size--
    this.#leave(t)
  }

  /** The last member that begins at `seq` or before, or null. */
  find(seq: Seq): T | null {
    if (this.size === 0) return null
    for (let group = this.#root; ; ) {
      let member = group.first!
      for (let n = group.count; n > 1 && seqLeq(member.next!.seq, seq); n--) member = member.next!
      if (!group.leaf) group = member as Group
      else return (seqLeq(member.seq, seq) ? member : member.previous) as T | null
    }
  }

  /** A member bears a mark that it did not bear, or (`by` -1) no longer bears it. */
  note(t: T, mark: number, by: 1 | -1): void {
    for (let group = t.group; group !== null; group = group.group) group.marked[mark]! += by
  }

  /** The next member after `t` that bears a mark, or null. */
  nextMarked(t: T, mark: number): T | null {
    let member: Member = t
    for (let group = t.group; group !== null; group = group.group) {
      for (let m = member.next; m !== null && m.group === group; m = m.next)
        if (this.#bears(group, m, mark)) return this.#firstMarked(group, m, mark)
      member = group
    }
    return null
  }

  /** The last member before `t` that bears a mark, or null. */
  previousMarked(t: T, mark: number): T | null {
    let member: Member = t
    for (let group = t.group; group !== null; group = group.group) {
      for (let m = member.previous; m !== null && m.group === group; m = m.previous)
        if (this.#bears(group, m, mark)) return this.#lastMarked(group, m, mark)
      member = group
    }
    return null
  }

  /** Forgets all members. Their own links are left as they are. */
  clear(): void {
    for (let level: Group | null = this.#root; level !== null; ) {
      const below: Group | null = level.leaf ? null : (level.first as Group)
      for (let group: Group | null = level; group !== null; ) {
        const { next }: Group = group
        recycle(group)
        group = next
      }
      level = below
    }
    this.first = this.last = null
    this.size = 0
    this.#root = this.#tail = this.#newGroup(true)
  }

  /** Whether a member of `group` bears a mark, or one in it. */
  #bears(group: Group, m: Member, mark: number): boolean {
    return group.leaf ? this.#marks[mark]!(m as T) : (m as Group).marked[mark]! > 0
  }

  /** `m`, a member of `group` that bears a mark, or the first one in it that does. */
  #firstMarked(group: Group, m: Member, mark: number): T {
    while (!group.leaf) {
      group = m as Group
      m = group.first!
      while (!this.#bears(group, m, mark)) m = m.next!
    }
    return m as T
  }

  #lastMarked(group: Group, m: Member, mark: number): T {
    while (!group.leaf) {
      group = m as Group
      let found = m
      m = group.first!
      for (let n = group.count; n > 0; n--) {
        if (this.#bears(group, m, mark)) found = m
        if (n > 1) m = m.next!
      }
      m = found
    }
    return m as T
  }

  #newGroup(leaf: boolean): Group {
    const group = pool.pop() ?? new Group()
    group.leaf = leaf
    const { marked } = group
    marked.length = this.#marks.length
    marked.fill(0)
    return group
  }

  /** `m`, linked after `before` already, becomes a member of its group. */
  #enter(before: Member, m: Member): void {
    const group = before.group!
    m.group = group
    group.count++
    if (group.leaf) {
      for (let mark = 0; mark < this.#marks.length; mark++)
        if (this.#marks[mark]!(m as T)) this.note(m as T, mark, 1)
    }
    if (group.count <= MOST) return
    // Those that are added at the end leave full groups behind.
    this.#split(group, m.next === null || m.next.group !== group ? MOST : MOST >> 1)
  }

  /** All but the first `keep` members of a group go to a group of their own. */
  #split(group: Group, keep: number): void {
    const upper = this.#newGroup(group.leaf)
    let m = group.first!
    for (let n = 0; n < keep; n++) m = m.next!
    upper.first = m
    upper.seq = m.seq
    upper.count = group.count - keep
    group.count = keep
    for (let n = upper.count; ; ) {
      m.group = upper
      for (let mark = 0; mark < this.#marks.length; mark++) {
        const marked = group.leaf ? Number(this.#marks[mark]!(m as T)) : (m as Group).marked[mark]!
        upper.marked[mark]! += marked
        group.marked[mark]! -= marked
      }
      if (--n === 0) break
      m = m.next!
    }
    link(group, upper)
    if (group === this.#tail) this.#tail = upper
    if (group.group === null) {
      const root = this.#newGroup(false)
      root.first = group
      root.count = 1
      for (let mark = 0; mark < this.#marks.length; mark++)
        root.marked[mark] = group.marked[mark]! + upper.marked[mark]!
      group.group = root
      this.#root = root
    }
    this.#enter(group, upper)
  }

  #leave(m: Member): void {
    const group = m.group!
    if (group.first === m) group.first = m.next
    group.count--
    m.group = null
    if (m.previous !== null) m.previous.next = m.next
    if (m.next !== null) m.next.previous = m.previous
    m.previous = m.next = null
    if (group === this.#root) {
      this.#lowerRoot()
    } else if (group.count === 0) {
      if (group === this.#tail) this.#tail = group.previous!
      this.#leave(group)
      recycle(group)
    }
  }

  /** A root with a single group is one too many. */
  #lowerRoot(): void {
    while (!this.#root.leaf && this.#root.count === 1) {
      const root = this.#root
      this.#root = root.first as Group
      this.#root.group = null
      recycle(root)
    }
  }
}

/** Puts a member, or a group, right after another of the same level. */
const link = <M extends Member>(before: M, m: M): void => {
  m.previous = before
  m.next = before.next
  if (before.next !== null) before.next.previous = m
  before.next = m
}

const recycle = (group: Group): void => {
  group.previous = group.next = group.group = null
  group.first = null
  group.count = 0
  if (pool.length < POOL) pool.push(group)
}
