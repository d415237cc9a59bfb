import { type Seq, seqAdd, seqGeq } from '../../wire/sequence.ts'
import type { Connection } from '../block/connection.ts'
import { PLENTY } from '../block/memory.ts'
import { receiveWindow } from './receive-window.ts'

/** A segment that is too small for Linux to grow the window (tcp_grow_window()). */
const SMALL = 128
/** One whose text is more than half of the memory that it takes: the window grows for it by more. */
const LARGE = 1152

/** Longer than a round trip takes, ms. */
const LONG_ROUND = 3000

/** More than any buffer has. */
const WHOLE = 2 ** 30

/** The beginning of connections like the last one. */
let beginning: ReceiveBuffer | null = null

/**
 * The receive buffer grows with what the user takes, as far as the option maxReceiveBuffer lets it: dynamic right-sizing
 * (Fisk and Feng, 2001; as Linux does). A window of twice what was read in the last round trip leaves a sender in slow
 * start, whose rate doubles each round trip, just enough room.
 */
export class ReceiveBuffer {
  /** Bytes: the largest window offered at the moment. */
  size: number
  /** The part of it that is offered, where the window grows with what comes (Linux's rcv_ssthresh). */
  #offered: number
  /** Read by the user since the round trip began. */
  #read = 0
  #since = -1
  /** Read in the round trip before. */
  #before = 0
  /** A round trip measured without timestamps: what it took until a window's worth had come; -1 before the first. */
  #rtt = -1
  #mark: Seq = 0
  #markedAt = -1

  /** It is of all connections to which nothing has come: {@link own} makes one of it that may change. */
  readonly shared: boolean

  private constructor(size: number, offered: number, shared: boolean) {
    this.size = size
    this.#offered = offered
    this.shared = shared
  }

  /** As a connection begins: a window that grows from what is offered first, or is the whole buffer from the beginning. */
  static beginning(size: number, offered = WHOLE): ReceiveBuffer {
    if (beginning === null || beginning.size !== size || beginning.#offered !== offered)
      beginning = new ReceiveBuffer(size, offered, true)
    return beginning
  }

  /** One as large, whose window grows from what is offered first. */
  offering(first: number): ReceiveBuffer {
    return ReceiveBuffer.beginning(this.size, first)
  }

  /** This, or, if it is shared, its like that is not. */
  own(): ReceiveBuffer {
    return this.shared ? new ReceiveBuffer(this.size, this.#offered, false) : this
  }

  /** The window that may be offered while `unread` bytes wait. */
  room(unread: number): number {
    return Math.min(this.#offered, this.size - unread)
  }

  /** A round trip as the receiver has measured it, ms; -1 before the first. */
  get roundTrip(): number {
    return this.#rtt
  }

  /** Bytes that the user has read in the best of round trips. */
  get readPerRoundTrip(): number {
    return this.#before
  }

  /** RCV.NXT has moved, with text: `length` bytes in one segment. */
  received(c: Connection, length: number): void {
    if (this.#offered < this.size && length >= SMALL && c.env.memory.level === PLENTY)
      this.#offered += 2 * (length >= LARGE ? c.advertisedMss : c.rcv.mss)
    if (this.#markedAt >= 0 && !seqGeq(c.rcv.nxt, this.#mark)) return
    const { now } = c.env
    if (this.#markedAt >= 0) {
      const taken = now - this.#markedAt
      if (this.#rtt < 0 || taken < this.#rtt) this.#rtt = taken
    }
    this.#mark = seqAdd(c.rcv.nxt, receiveWindow(c))
    this.#markedAt = now
  }

  /** The user has taken `bytes`. */
  read(c: Connection, bytes: number): void {
    const { maxReceiveBuffer } = c.options
    if (this.size >= maxReceiveBuffer || c.env.memory.level !== PLENTY) return
    const { now } = c.env
    if (this.#since < 0) this.#since = now
    this.#read += bytes
    // Read seldom, and no more than before: the round is over, whatever the round trip is, which need not be looked up.
    if (this.#read <= this.#before && now - this.#since > LONG_ROUND) {
      this.#read = 0
      this.#since = now
      return
    }
    // Our own measure is of the handshake at least; without one (Karn) a window's worth has to do.
    const rtt = c.rto.srtt >= 0 ? c.rto.srtt : this.#rtt
    if (rtt < 0 || now - this.#since < rtt) return
    if (this.#read > this.#before) {
      // If it has grown, it will grow as much again before the peer hears of the new window.
      const growth = this.#before > 0 ? Math.min(2, this.#read / this.#before) : 2
      const wanted = 2 * this.#read * growth
      if (wanted > this.size) this.size = Math.min(maxReceiveBuffer, Math.ceil(wanted))
      this.#before = this.#read
    }
    this.#read = 0
    this.#since = now
  }
}
