import { type Seq, seqAdd, seqDiff, seqGeq, seqGt, seqLeq, seqLt } from '../../wire/sequence.ts'
import { PIECE_WEIGHT, QUEUE_WEIGHT, RUN_WEIGHT } from '../block/memory.ts'
import { Member, SequenceList } from './sequence-list.ts'

/** Gives memory of exactly so many bytes, which need not be zero. */
export type Allocate = (bytes: number) => Uint8Array

/** The outcome for a segment's text. The object is reused: read it before the next call. */
export interface Insertion {
  /** Some of it was there already: the first such part (RFC 2883 §4.2), as sequence numbers. */
  overlapped: boolean
  left: Seq
  right: Seq
  /** There were too many pieces: the highest went. */
  evicted: boolean
}

const insertion: Insertion = { overlapped: false, left: 0, right: 0, evicted: false }

const overlap = (left: Seq, right: Seq): void => {
  if (insertion.overlapped) return
  insertion.overlapped = true
  insertion.left = left
  insertion.right = right
}

/** The memory of a piece that more follows: bytes, at least and at most. */
const LEAST_MEMORY = 128
const MOST_MEMORY = 65_536

/**
 * Text that came in one segment, or what was new of it; or in several, one right after another, as far as there was
 * room.
 */
interface Piece {
  bytes: Uint8Array
  /** The memory that it lies in, which is the piece's alone; bytes. */
  memory: number
  previous: Piece | null
  next: Piece | null
}

/** Adds text to the end of a piece, if there is room for all of it. */
const append = (piece: Piece, bytes: Uint8Array): boolean => {
  const { length } = piece.bytes
  if (piece.memory - length < bytes.length) return false
  piece.bytes = new Uint8Array(piece.bytes.buffer, piece.bytes.byteOffset, length + bytes.length)
  piece.bytes.set(bytes, length)
  return true
}

/** The memory for text right behind a piece: twice as much as before, so that a run takes few pieces, and little in vain. */
const roomBehind = ({ memory }: Piece, length: number): number =>
  Math.max(length, Math.min(MOST_MEMORY, Math.max(LEAST_MEMORY, 2 * memory)))

/** Text without a gap in it: what a SACK block reports. */
class Run extends Member {
  end: Seq
  firstPiece: Piece
  lastPiece: Piece

  constructor(seq: Seq, piece: Piece) {
    super()
    this.seq = seq
    this.end = seqAdd(seq, piece.bytes.length)
    this.firstPiece = piece
    this.lastPiece = piece
  }
}

/** Text above a gap (SHLD-31). A segment finds its place in time that grows with the logarithm of the number of gaps. */
export class TextAbove {
  /** Bytes in it, and the pieces that they came in. */
  bytes = 0
  pieces = 0
  /** The memory that the pieces lie in, bytes. */
  #memory = 0
  readonly #runs = new SequenceList<Run>()

  /** The memory that all of it takes, bytes. */
  get weight(): number {
    return QUEUE_WEIGHT + this.#memory + this.pieces * PIECE_WEIGHT + this.#runs.size * RUN_WEIGHT
  }

  /** The end of the highest text; meaningful when there is some. */
  get end(): Seq {
    return this.#runs.last?.end ?? 0
  }

  /** The start of the lowest text; meaningful when there is some. */
  get start(): Seq {
    return this.#runs.first?.seq ?? 0
  }

  /** All pieces, lowest first. */
  list(): { readonly seq: Seq; readonly bytes: Uint8Array }[] {
    const list = []
    for (let run = this.#runs.first; run !== null; run = run.next) {
      let { seq } = run
      for (let piece: Piece | null = run.firstPiece; piece !== null; piece = piece.next) {
        list.push({ seq, bytes: piece.bytes })
        seq = seqAdd(seq, piece.bytes.length)
      }
    }
    return list
  }

  /**
   * Keeps a copy of what is new of a segment's text, in memory from `allocate`. Of what overlaps, the bytes that came first
   * stay. Beyond `limit` pieces the highest go: the peer sends them again last.
   */
  insert(seq: Seq, bytes: Uint8Array, limit: number, allocate: Allocate): Insertion {
    insertion.overlapped = false
    insertion.evicted = false
    const end = seqAdd(seq, bytes.length)
    const before = this.#runs.find(seq)
    let run = before !== null && seqGeq(before.end, seq) ? before : null
    let next = before === null ? this.#runs.first : before.next
    let from = seq
    if (run !== null) {
      if (seqGt(run.end, seq)) overlap(seq, seqLt(run.end, end) ? run.end : end)
      from = run.end
    }
    while (seqLt(from, end)) {
      const to: Seq = next !== null && seqLt(next.seq, end) ? next.seq : end
      if (seqLt(from, to))
        run = this.#put(
          run,
          before,
          from,
          from === seq && to === end ? bytes : bytes.subarray(seqDiff(from, seq), seqDiff(to, seq)),
          to === end,
          allocate,
        )
      if (next === null || seqLt(end, next.seq)) break
      if (seqGt(end, next.seq)) overlap(next.seq, seqLt(next.end, end) ? next.end : end)
      this.#join(run!, next)
      from = run!.end
      next = run!.next
    }
    while (this.pieces > limit) this.#evict()
    return insertion
  }

  /** The ends of the run that text at `seq` is part of; [seq, end) when there is none. */
  runAround(seq: Seq, end: Seq): readonly [Seq, Seq] {
    const run = this.#runs.find(seq)
    if (run === null || seqLt(run.end, seq)) return [seq, end]
    return [run.seq, seqLt(run.end, end) ? end : run.end]
  }

  /** Hands what is in order at `next` to `take`, piece by piece, each with its memory. Returns where it ends. */
  collect(next: Seq, take: (bytes: Uint8Array, memory: number) => void): Seq {
    for (let run = this.#runs.first; run !== null && seqLeq(run.seq, next); run = this.#runs.first) {
      let { seq } = run
      for (let piece: Piece | null = run.firstPiece; piece !== null; piece = piece.next) {
        const { bytes, memory } = piece
        const old = seqDiff(next, seq)
        this.pieces--
        this.bytes -= bytes.length
        this.#memory -= memory
        seq = seqAdd(seq, bytes.length)
        if (old >= bytes.length) continue
        take(old > 0 ? bytes.subarray(old) : bytes, memory)
        next = seq
      }
      this.#runs.remove(run)
    }
    return next
  }

  /** Lets go of all from `seq` on: there is no stream there. */
  cutAt(seq: Seq): void {
    for (let run = this.#runs.last; run !== null && seqGt(run.end, seq); run = this.#runs.last) {
      const over = seqDiff(run.end, seq)
      const { lastPiece } = run
      if (over >= lastPiece.bytes.length) {
        this.#evict()
        continue
      }
      lastPiece.bytes = lastPiece.bytes.subarray(0, -over)
      this.bytes -= over
      run.end = seq
    }
  }

  /** Adds a copy at the end of a run, or, where there is none, as a run right after another. Returns its run. */
  #put(
    run: Run | null,
    before: Run | null,
    seq: Seq,
    bytes: Uint8Array,
    grows: boolean,
    allocate: Allocate,
  ): Run {
    this.bytes += bytes.length
    if (run !== null && append(run.lastPiece, bytes)) {
      run.end = seqAdd(run.end, bytes.length)
      return run
    }
    const memory = run === null || !grows ? bytes.length : roomBehind(run.lastPiece, bytes.length)
    const copy = allocate(memory)
    copy.set(bytes)
    const piece: Piece = {
      bytes: memory === bytes.length ? copy : copy.subarray(0, bytes.length),
      memory,
      previous: run?.lastPiece ?? null,
      next: null,
    }
    this.pieces++
    this.#memory += memory
    if (run === null) {
      const added = new Run(seq, piece)
      if (before === null) this.#runs.prepend(added)
      else this.#runs.insertAfter(before, added)
      return added
    }
    run.lastPiece.next = piece
    run.lastPiece = piece
    run.end = seqAdd(run.end, bytes.length)
    return run
  }

  /** The gap between a run and the next one is closed. */
  #join(run: Run, next: Run): void {
    this.#runs.remove(next)
    run.lastPiece.next = next.firstPiece
    next.firstPiece.previous = run.lastPiece
    run.lastPiece = next.lastPiece
    run.end = next.end
  }

  #evict(): void {
    const run = this.#runs.last!
    const piece = run.lastPiece
    insertion.evicted = true
    this.pieces--
    this.bytes -= piece.bytes.length
    this.#memory -= piece.memory
    if (piece.previous === null) {
      this.#runs.remove(run)
      return
    }
    run.lastPiece = piece.previous
    run.lastPiece.next = null
    run.end = seqAdd(run.end, -piece.bytes.length)
  }
}
