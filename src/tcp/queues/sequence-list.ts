import { type Seq, seqLeq } from '../../wire/sequence.ts'

/** Members of a group, at most. */
const MOST = 32

/** Steps from one member to a marked one before the groups are asked. */
const NEAR = 8

/** Groups that are kept for reuse, by all lists together. */
const POOL = 1024
const pool: Group[] = []

/** A member of a list: a range of sequence numbers that begins at {@link seq}. Only the list changes the links. */
export abstract class Member {
  seq: Seq = 0
  previous: this | null = null
  next: this | null = null
  /** The group that it stands in. */
  group: Group | null = null
  /** The {@link Mark}s that it bears; of a group, how many in it bear each. */
  marks = 0
}

/**
 * One of the two marks that a list counts: its unit in {@link Member.marks}, which has 16 bits for each. So 65,535 members
 * may bear it.
 */
export type Mark = 0x1 | 0x1_0000

const BITS = 0xffff

/** Neighbours, {@link MOST} of them or less. Groups are members of larger groups, up to the one that holds them all. */
class Group extends Member {
  /** True when it holds members of the list, not groups. */
  leaf = true
  first: Member | null = null
  count = 0
}

/**
 * Ranges in the order of their sequence numbers: a linked list, with a B-tree over it. A member is added at either end in
 * constant time; found by number, added or removed anywhere, in time that grows with the logarithm of how many there are.
 * The same holds for the neighbour that bears a mark, see {@link SequenceList.mark}.
 *
 * Members that are added at the end, or among such, join the tree when it is needed first. What is near, or at either end, is
 * found without it, so that few lists ever have one. Until then members stand in no group: they are loose.
 *
 * A group's own number is that of its first member, but in the first group of a level, where nobody looks at it.
 */
export class SequenceList<T extends Member> {
  first: T | null = null
  last: T | null = null
  size = 0
  #root: Group
  /** The group that the last member in the tree stands in. */
  #tail: Group

  constructor() {
    this.#root = this.#tail = takeGroup(true)
  }

  /** Adds a member, which bears no mark, after all others. */
  append(t: T): void {
    const { last } = this
    t.previous = last
    t.next = null
    t.group = null
    if (last === null) this.first = t
    else last.next = t
    this.last = t
    this.size++
  }

  /** Adds a member, which bears no mark, before all others. */
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
    const { group } = first
    t.group = group
    if (group === null) return
    group.first = t
    if (++group.count > MOST) this.#split(group, MOST >> 1)
  }

  /** Adds a member right after another. It may bear marks. */
  insertAfter(before: T, t: T): void {
    const group = before === this.last ? null : before.group
    link(before, t)
    if (before === this.last) this.last = t
    this.size++
    t.group = group
    if (group === null) return
    group.count++
    if (t.marks !== 0) count(group, t.marks)
    if (group.count > MOST) this.#split(group, MOST >> 1)
  }

  /** Takes out the first member, as {@link remove} does. */
  removeFirst(): void {
    const t = this.first!
    const { next } = t
    const { group } = t
    this.first = next
    if (next === null) this.last = null
    else next.previous = null
    this.size--
    if (group !== null) this.#loseFirst(group, next)
  }

  /** Takes out a member, which bears no mark any more. Its own links are left as they are. */
  remove(t: T): void {
    const { previous, next } = t
    if (next === null) this.last = previous
    else next.previous = previous
    if (previous === null) this.first = next
    else previous.next = next
    this.size--
    const { group } = t
    if (group === null) return
    if (group.first === t && group.count > 1) begin(group, next!)
    if (--group.count <= 1) this.#thin(group)
  }

  /** The last member that begins at `seq` or before, or null. */
  find(seq: Seq): T | null {
    const { first, last } = this
    if (first === null || !seqLeq(first.seq, seq)) return null
    if (seqLeq(last!.seq, seq)) return last
    this.#settle()
    for (let group = this.#root; ; ) {
      let member = group.first!
      for (let n = group.count; n > 1 && seqLeq(member.next!.seq, seq); n--) member = member.next!
      if (!group.leaf) group = member as Group
      else return seqLeq(member.seq, seq) ? (member as T) : null
    }
  }

  /** A member bears a mark that it did not bear. */
  mark(t: T, mark: Mark): void {
    t.marks += mark
    // Few members stand in a group: most losses are repaired before anybody looks far.
    if (t.group !== null) countAround(t, mark)
  }

  /** A member no longer bears a mark. */
  unmark(t: T, mark: Mark): void {
    t.marks -= mark
    if (t.group !== null) countAround(t, -mark)
  }

  /** The next member after `t` that bears a mark, or null. */
  nextMarked(t: T, mark: Mark): T | null {
    let near: T = t
    for (let steps = 0; steps < NEAR; steps++) {
      if (near.next === null) return null
      near = near.next
      if (bears(near, mark)) return near
    }
    this.#settle()
    let member: Member = near
    for (let group = near.group; group !== null; group = group.group) {
      for (let m = member.next; m !== null && m.group === group; m = m.next)
        if (bears(m, mark)) return firstMarked<T>(group, m, mark)
      member = group
    }
    return null
  }

  /** The last member before `t` that bears a mark, or null. */
  previousMarked(t: T, mark: Mark): T | null {
    let near: T = t
    for (let steps = 0; steps < NEAR; steps++) {
      if (near.previous === null) return null
      near = near.previous
      if (bears(near, mark)) return near
    }
    this.#settle()
    let member: Member = near
    for (let group = near.group; group !== null; group = group.group) {
      for (let m = member.previous; m !== null && m.group === group; m = m.previous)
        if (bears(m, mark)) return lastMarked<T>(group, m, mark)
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
    this.#root = this.#tail = takeGroup(true)
  }

  /** All members join the tree, which those at the end may not have done yet. */
  #settle(): void {
    if (this.last?.group === null) this.#settleFrom(this.#firstLoose())
  }

  /** The first member that is not in the tree, as is no one after it: there is one. */
  #firstLoose(): T {
    let { first: m, count: n } = this.#tail
    if (n === 0) return this.first!
    for (; n > 0; n--) m = m!.next
    return m as T
  }

  #settleFrom(first: T): void {
    for (let t: T | null = first; t !== null; t = t.next) {
      const tail = this.#tail
      if (tail.count < MOST) {
        if (tail.count++ === 0) tail.first = t
        t.group = tail
      } else {
        const group = takeGroup(true)
        group.first = t
        group.seq = t.seq
        group.count = 1
        t.group = group
        this.#addGroup(tail, group)
      }
      if (t.marks !== 0) countAround(t, t.marks)
    }
  }

  /** All but the first `keep` members of a group go to a group of their own. */
  #split(group: Group, keep: number): void {
    const upper = takeGroup(group.leaf)
    let m = group.first!
    for (let n = 0; n < keep; n++) m = m.next!
    upper.first = m
    upper.seq = m.seq
    upper.count = group.count - keep
    group.count = keep
    for (let n = upper.count; ; m = m.next!) {
      m.group = upper
      upper.marks += m.marks
      if (--n === 0) break
    }
    group.marks -= upper.marks
    this.#addGroup(group, upper)
  }

  /** Adds a group right after another. Members with marks in it are counted around it already. */
  #addGroup(before: Group, group: Group): void {
    link(before, group)
    if (before === this.#tail) this.#tail = group
    if (before.group === null) {
      const root = takeGroup(false)
      root.first = before
      root.count = 1
      root.marks = before.marks + group.marks
      before.group = root
      this.#root = root
    }
    const around = before.group!
    group.group = around
    // Members added at the end leave full groups behind.
    if (++around.count > MOST) this.#split(around, group.next === null ? MOST : MOST >> 1)
  }

  /** The first member of a group is out, and `next` follows it. */
  #loseFirst(group: Group, next: T | null): void {
    group.first = next
    if (--group.count <= 1) this.#thin(group)
  }

  /** A group has few members left: with none it goes, and a root with a single group is one too many. */
  #thin(group: Group): void {
    const { group: around } = group
    if (around === null) {
      if (group.leaf || group.count !== 1) return
      this.#root = group.first as Group
      this.#root.group = null
      recycle(group)
      this.#thin(this.#root)
      return
    }
    if (group.count > 0) return
    if (group === this.#tail) this.#tail = group.previous!
    if (around.first === group && around.count > 1) begin(around, group.next!)
    if (group.previous !== null) group.previous.next = group.next
    if (group.next !== null) group.next.previous = group.previous
    around.count--
    recycle(group)
    this.#thin(around)
  }
}

/** A member and the groups around it bear so much more. */
const count = (m: Member, marks: number): void => {
  m.marks += marks
  countAround(m, marks)
}

const countAround = (m: Member, marks: number): void => {
  // A loop over groups alone has one kind of object to deal with, which V8 makes use of.
  for (let { group } = m; group !== null; group = group.group) group.marks += marks
}

/** Returns whether a member bears a mark, or one in it. */
const bears = (m: Member, mark: Mark): boolean => (m.marks & (mark * BITS)) !== 0

/** `m`, a member of `group` that bears a mark, or the first one in it that does. */
const firstMarked = <T extends Member>(group: Group, m: Member, mark: Mark): T => {
  while (!group.leaf) {
    group = m as Group
    m = group.first!
    while (!bears(m, mark)) m = m.next!
  }
  return m as T
}

const lastMarked = <T extends Member>(group: Group, m: Member, mark: Mark): T => {
  while (!group.leaf) {
    group = m as Group
    let found = m
    m = group.first!
    for (let n = group.count; n > 0; n--) {
      if (bears(m, mark)) found = m
      if (n > 1) m = m.next!
    }
    m = found
  }
  return m as T
}

/** The first member of a group is another one now. */
const begin = (group: Group, first: Member): void => {
  group.first = first
  for (let g: Group = group; ; g = g.group) {
    g.seq = first.seq
    if (g.group?.first !== g) break
  }
}

/** Puts a member, or a group, right after another of the same level. */
const link = <M extends Member>(before: M, m: M): void => {
  m.previous = before
  m.next = before.next
  if (before.next !== null) before.next.previous = m
  before.next = m
}

const takeGroup = (leaf: boolean): Group => {
  const group = pool.pop() ?? new Group()
  group.leaf = leaf
  return group
}

const recycle = (group: Group): void => {
  group.previous = group.next = group.group = null
  group.first = null
  group.count = group.marks = 0
  if (pool.length < POOL) pool.push(group)
}
