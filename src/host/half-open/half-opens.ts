import { Flow } from '../../ip/flow.ts'
import { Connection } from '../../tcp/block/connection.ts'
import type { Environment } from '../../tcp/block/environment.ts'
import { NO_TIMER } from '../../tcp/block/timer.ts'
import { HalfOpenState, restore, takeDown } from '../../tcp/half-open.ts'
import type { TimeWait } from '../../tcp/time-wait.ts'
import { ANY_IPV4 } from '../../wire/address.ts'
import type { ConnectionTable } from '../connection-table.ts'
import type { Listener } from '../listener.ts'
import type { MemoryBudget } from '../memory/budget.ts'
import type { HostTimer, Scheduler } from '../scheduler.ts'
import type { Secret } from '../secret.ts'
import { HalfOpen } from './half-open.ts'
import { HalfOpenRows } from './rows.ts'
import { PendingConnection, type SynQueue } from './syn-queue.ts'

/** An entry of a host's table. */
export type TableEntry = Connection | TimeWait | HalfOpen

/** The part of the host that half-open connections need. */
interface HalfOpensHost extends Environment {
  readonly memory: MemoryBudget
}

/**
 * So many half-open connections of a listener stay whole, the latest: a peer that lives answers soon, and nothing is packed
 * for it. In a flood all others are packed (RFC 4987 §3.5).
 */
const WHOLE = 128

/**
 * Packs half-open connections, and makes control blocks of them again for whatever happens to them: a segment, a timeout, an
 * error, the end of their listener. So no rule of SYN-RECEIVED is written twice.
 */
export class HalfOpens {
  /** As many of a listener stay whole. Tests have none stay so, or all. */
  whole = WHOLE
  readonly #host: HalfOpensHost
  readonly #table: ConnectionTable<TableEntry>
  readonly #scheduler: Scheduler
  readonly #secret: Secret
  readonly #rows = new HalfOpenRows()
  readonly #state = new HalfOpenState()
  readonly #flow = new Flow(ANY_IPV4, 0, ANY_IPV4, 0)
  /** Those with too many whole ones. */
  #crowded: SynQueue[] = []

  constructor(host: HalfOpensHost, table: ConnectionTable<TableEntry>, scheduler: Scheduler, secret: Secret) {
    this.#host = host
    this.#table = table
    this.#scheduler = scheduler
    this.#secret = secret
  }

  /** A queue has one whole connection more. */
  grown(queue: SynQueue): void {
    if (queue.crowded || queue.fresh.size <= this.whole) return
    queue.crowded = true
    this.#crowded.push(queue)
  }

  /**
   * Packs the oldest where there are too many whole ones. Only at the end of a beat: until then somebody may be at work on
   * one of them.
   */
  pack(): void {
    if (this.#crowded.length === 0) return
    const crowded = this.#crowded
    this.#crowded = []
    for (const queue of crowded) {
      queue.crowded = false
      for (let n = queue.fresh.size - this.whole; n > 0; n--) this.#packOne(queue, queue.fresh.first!)
      this.grown(queue)
    }
  }

  #packOne(queue: SynQueue, c: Connection): void {
    const pending = c.parent as PendingConnection
    // It has yet to send something: the next beat sees to that. Those of a listener that closes are being reset.
    if (c.awake || pending.listener.closed) {
      pending.requeue(c)
      return
    }
    if (!takeDown(c, this.#state)) {
      pending.keepWhole(c)
      return
    }
    const record = new HalfOpen(c, queue.termsOf(c.options), this.#rows.add(this.#state))
    this.#table.replace(c, record)
    const timer = c.retransmitTimer
    this.#scheduler.replace(timer as HostTimer, record)
    this.#host.freeTimer(timer)
    c.retransmitTimer = NO_TIMER
    pending.delist()
    c.parent = null
    queue.packed++
  }

  /** Makes it a whole connection again, in the same place. */
  unpack(record: HalfOpen): Connection {
    const { listener } = record.terms
    const { synQueue } = listener
    const c = this.#blockOf(record)
    this.#rows.free(record.row)
    this.#table.replace(record, c)
    c.timeoutAt = record.deadline
    if (record.armed) {
      const timer = this.#host.newTimer(c, 'retransmission')
      this.#scheduler.replace(record, timer as HostTimer)
      c.retransmitTimer = timer
    }
    const pending = new PendingConnection(listener, this.#host.memory.peers)
    c.parent = pending
    synQueue.packed--
    pending.enlist(c)
    this.grown(synQueue)
    return c
  }

  /** The same, to be read now and forgotten: it stays packed. */
  copyOf(record: HalfOpen): Connection {
    const c = this.#blockOf(record)
    c.retransmitTimer = { kind: 'retransmission', deadline: record.deadline, armed: record.armed }
    return c
  }

  /**
   * Those of a listener that are packed, each made whole when it is its turn; the oldest first. Those that somebody else has made
   * whole meanwhile are left out.
   */
  *unpackAll({ synQueue }: Listener): IterableIterator<Connection> {
    if (synQueue.packed === 0) return
    const records: HalfOpen[] = []
    for (const entry of this.#table)
      if (entry instanceof HalfOpen && entry.terms.listener.synQueue === synQueue) records.push(entry)
    records.sort((a, b) => this.#rows.createdAt(a.row) - this.#rows.createdAt(b.row))
    for (const record of records) if (this.#table.of(record) === record) yield this.unpack(record)
  }

  #blockOf({ localAddress, localPort, remoteAddress, remotePort, terms, row }: HalfOpen): Connection {
    const flow = this.#flow.become(localAddress, localPort, remoteAddress, remotePort)
    const s = this.#rows.read(row, this.#state)
    const c = new Connection(this.#host, flow, false, s.iss, terms.options)
    c.tsOffset = this.#secret.of(c, 0).tsOffset
    restore(c, s)
    return c
  }
}
