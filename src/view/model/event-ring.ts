/** The last events of some hosts, kept in memory of a fixed size until somebody looks. */
import { joinedBytes } from '../../base/joined-bytes.ts'
import type { PathObserver, Ticket } from '../../link/path/transit.ts'
import { Connection } from '../../tcp/block/connection.ts'
import type {
  ConnectionId,
  PacketEvent,
  SegmentOutEvent,
  TraceEvent,
  TraceSink,
} from '../../tcp/block/events.ts'
import { kindAt, MOST_HEADERS, RecordWriter, SLOT } from './record.ts'

/** Events that are kept unless something else is said. */
export const DEFAULT_EVENTS = 20_000
/** The bounds of what may be said. */
export const LEAST_EVENTS = 100
export const MOST_EVENTS = 5_000_000

const DIRECTIONS = { in: 0, out: 1 } as const
const ACTIONS = { armed: 0, fired: 1, stopped: 2 } as const
const CAUSES = { segment: 0, call: 1, timeout: 2 } as const

const NOTHING = new Uint8Array(0)

export interface ReadEvents {
  /** The number of the event after the last one read, among all that there ever were. */
  readonly next: number
  readonly bytes: Uint8Array
}

/** A row of events, or as much of it as there was room for. */
interface ReadRow extends ReadEvents {
  /** The number of its first event; above the one asked for when others are gone. */
  readonly first: number
}

export class EventRing {
  readonly slots: number
  readonly #bytes: Uint8Array
  readonly #writer: RecordWriter
  #count = 0

  /** @param slots events that are kept */
  constructor(slots: number = DEFAULT_EVENTS) {
    this.slots = slots
    this.#bytes = new Uint8Array(slots * SLOT)
    this.#writer = new RecordWriter(this.#bytes)
  }

  /** Events so far: the number of the next one. */
  get end(): number {
    return this.#count
  }

  /** The number of the oldest event that is still here. */
  get oldest(): number {
    return Math.max(0, this.#count - this.slots)
  }

  /** A reader of the event stream of one host. @param host its number, from 0 to 255 */
  sink(host = 0): TraceSink {
    /** The segment whose packet comes next. */
    let leaving: SegmentOutEvent | null = null
    return event => {
      // The event is reused by the host, but its packet comes before the next segment.
      if (event.type === 'segment-out') leaving = event
      else if (event.type === 'packet') {
        this.#packet(event, host, event.direction === 'out' ? leaving : null)
        leaving = null
      } else this.#other(event, host)
    }
  }

  /**
   * Told by a path of what it loses: a path decides that while a packet enters it.
   * @param host the number of the host on whose link it is
   */
  observer(host = 0): PathObserver {
    const entering = { direction: '', time: 0, bytes: NOTHING, start: 0, length: 0 }
    // One for all: nothing is asked of it once the packet is under way.
    const ticket: Ticket = {
      note: what => {
        const { direction, time, bytes, start, length } = entering
        if (what.startsWith('lost')) this.#loss(host, direction, time, bytes, start, length, what)
      },
      delivered() {},
    }
    return {
      entered(direction, time, bytes, start, length) {
        Object.assign(entering, { direction, time, bytes, start, length })
        return ticket
      },
    }
  }

  /** The events from a number on, `most` of them at most. */
  read(from: number, most = Number.POSITIVE_INFINITY): ReadRow {
    const first = Math.min(Math.max(from, this.oldest), this.#count)
    const next = Math.min(this.#count, first + most)
    return { first, next, bytes: joinedBytes(this.#records(first, next)) }
  }

  /**
   * As {@link read}, of more than `most` events the last ones; of those before them the last that are neither packets nor
   * timers, which are by far the most, and as many again at most: what happened to connections is there.
   */
  readThinned(from: number, most: number): ReadEvents {
    const begin = Math.max(from, this.oldest)
    const full = Math.max(begin, this.#count - most)
    const rare: Uint8Array[] = []
    for (let n = full - 1; n >= begin && rare.length < most; n--) {
      const kind = kindAt(this.#bytes, (n % this.slots) * SLOT)
      if (kind !== 'packet' && kind !== 'timer') rare.push(this.#record(n))
    }
    return {
      next: this.#count,
      bytes: joinedBytes([...rare.reverse(), ...this.#records(full, this.#count)]),
    }
  }

  #records(from: number, to: number): Uint8Array[] {
    const records: Uint8Array[] = []
    for (let n = from; n < to; n++) records.push(this.#record(n))
    return records
  }

  #record(n: number): Uint8Array {
    const slot = (n % this.slots) * SLOT
    const size = this.#bytes[slot]! | (this.#bytes[slot + 1]! << 8)
    return this.#bytes.subarray(slot, slot + size)
  }

  #begin(kind: Parameters<RecordWriter['begin']>[1], host: number, time: number): RecordWriter {
    this.#writer.begin((this.#count % this.slots) * SLOT, kind, host, time)
    return this.#writer
  }

  #end(): void {
    this.#writer.end()
    this.#count++
  }

  #packet(e: PacketEvent, host: number, leaving: SegmentOutEvent | null): void {
    const { batch, index } = e
    const w = this.#begin('packet', host, e.time)
    w.u8(DIRECTIONS[e.direction])
    w.u32(batch.packetLength(index))
    w.text(leaving?.reason ?? '')
    w.text(e.link.slice(0, 16))
    // The head of a packet lies together; its text may lie elsewhere.
    w.bytes(batch.buffers[index]!, batch.starts[index]!, Math.min(batch.lengths[index]!, MOST_HEADERS))
    this.#sample(w, leaving?.connection ?? null)
    this.#end()
  }

  #sample(w: RecordWriter, c: ConnectionId | null): void {
    if (!(c instanceof Connection)) return
    w.u32(c.congestion.cwnd)
    w.u32(c.congestion.ssthresh)
    w.f32(c.rto.srtt)
    w.f32(c.rto.value)
    w.u32(c.flight.underWay)
    w.u32(c.snd.wnd)
    w.u32(c.sendQueue.length)
    w.u32(c.receiveQueue.length)
  }

  #loss(
    host: number,
    direction: string,
    time: number,
    b: Uint8Array,
    start: number,
    length: number,
    fate: string,
  ): void {
    const w = this.#begin('loss', host, time)
    w.u8(direction === 'in' ? DIRECTIONS.in : DIRECTIONS.out)
    w.u32(length)
    w.text(fate.slice(0, 60))
    w.bytes(b, start, Math.min(length, MOST_HEADERS, Math.max(0, b.length - start)))
    this.#end()
  }

  #other(e: TraceEvent, host: number): void {
    switch (e.type) {
      case 'transition': {
        const w = this.#begin('transition', host, e.time)
        w.ends(e.connection)
        w.state(e.from)
        w.state(e.to)
        w.u8(CAUSES[e.cause])
        w.text(e.event)
        w.text(e.section)
        break
      }
      case 'timer': {
        // Armed for every segment that leaves, and of no use to anybody who looks.
        if (e.timer === 'pacing') return
        const w = this.#begin('timer', host, e.time)
        w.ends(e.connection)
        w.u8(ACTIONS[e.action])
        w.f64(e.at ?? 0)
        w.text(e.timer)
        break
      }
      case 'drop':
        this.#begin('drop', host, e.time).text(e.reason)
        break
      case 'recovery': {
        const w = this.#begin('recovery', host, e.time)
        w.ends(e.connection)
        w.u8(e.undone ? 1 : 0)
        w.u32(e.cwnd)
        w.u32(e.ssthresh)
        w.u32(e.lost)
        w.text(e.phase)
        w.text(e.cause)
        break
      }
      case 'path-mtu': {
        const w = this.#begin('path-mtu', host, e.time)
        w.ends(e.connection)
        w.u32(e.from)
        w.u32(e.to)
        w.text(e.cause)
        break
      }
      case 'soft-error':
        this.#note(host, e.time, e.connection, `${e.code}: ${e.text}`)
        break
      case 'syn-cookie':
        this.#note(host, e.time, e.connection, `SYN cookie ${e.action}`)
        break
      case 'user-timeout':
        this.#note(host, e.time, e.connection, `the peer's user timeout is ${e.remote} ms`)
        break
      default:
        return
    }
    this.#end()
  }

  #note(host: number, time: number, c: ConnectionId, text: string): void {
    const w = this.#begin('note', host, time)
    w.ends(c)
    w.text(text)
  }
}
