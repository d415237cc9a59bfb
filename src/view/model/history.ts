/**
 * The history that a viewer keeps: the last events, all connections that they tell of, and the moment that is shown.
 * It reads the event stream and nothing else.
 */
import type { State } from '../../tcp/state.ts'
import { observeError } from '../../trace/icmp-error.ts'
import { type NoSegment, type ObservedSegment, observeSegment } from '../../trace/observed-segment.ts'
import { endpointText } from '../../trace/transition-text.ts'
import { ACK, SYN } from '../../wire/tcp.ts'
import { Deque } from './deque.ts'
import { type Facts, factsAfter, NOTHING_KNOWN } from './facts.ts'
import type { Ends, ViewEvent, ViewLoss, ViewPacket } from './view-event.ts'

/** One connection, or one listener, from its beginning to its end. */
export interface ViewConnection {
  /** Another one for each time that the same two ends meet. */
  readonly id: number
  readonly host: number
  /** Such as '192.0.2.2:80'; the other end of a listener is '*'. */
  readonly local: string
  readonly remote: string
  /** True when its owner opened it; false until that is told. */
  readonly active: boolean
  readonly ends: Ends | null
  /** The facts at the moment that is shown; null when it did not exist then. */
  readonly shown: Facts | null
  /** The facts after everything. */
  readonly latest: Facts
  /** Its events, as far as they are kept. */
  readonly entries: Deque<Entry>
}

/** An event that is kept, and what it changed. */
export interface Entry {
  /** Its number among all events that there were. */
  readonly number: number
  readonly event: ViewEvent
  readonly connection: ViewConnection | null
  /** The segment of a packet, when it is one of TCP. */
  readonly segment: ObservedSegment | null
  /** The packet that a loss or a drop is about. */
  readonly about: Entry | null
  readonly before: Facts | null
  readonly after: Facts | null
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

const segmentOf = (e: ViewEvent): ObservedSegment | NoSegment =>
  e.kind === 'packet' || e.kind === 'loss' ? observeSegment(e.bytes, e.time) : 'not TCP'

/** Routers change this byte of every packet: the hops that are left to it, and their part in a checksum. */
const isChangedOnTheWay = (packet: Uint8Array, i: number): boolean =>
  packet[0]! >>> 4 === 4 ? i === 8 || i === 10 || i === 11 : i === 7

/** More may have been seen of one packet than of the other: where its text lay apart, only its headers. */
const samePacket = (a: Uint8Array, b: Uint8Array): boolean => {
  const [less, more] = a.length <= b.length ? [a, b] : [b, a]
  return less.every((byte, i) => byte === more[i] || isChangedOnTheWay(less, i))
}

/** The number of entries of its connection in which the packet of a loss is looked for. */
const LOOK_BACK = 200

export class History {
  /** Events that are kept. */
  readonly limit: number
  readonly #entries = new Deque<Entry>()
  readonly #connections = new Map<number, Mutable<ViewConnection>>()
  /** The latest connection of two ends. */
  readonly #current = new Map<string, Mutable<ViewConnection>>()
  /** The packet that each host has taken in last. */
  readonly #lastIn = new Map<number, Entry>()
  #nextId = 1
  #added = 0
  #shown = 0
  #following = true
  #missed = 0
  #now = 0

  constructor(limit: number) {
    this.limit = limit
  }

  /** All connections, those that have not begun at the moment that is shown too. */
  get connections(): Iterable<ViewConnection> {
    return this.#connections.values()
  }

  connection(id: number): ViewConnection | null {
    return this.#connections.get(id) ?? null
  }

  /** The connection of two ends that began last. */
  find(host: number, local: string, remote: string): ViewConnection | null {
    return this.#current.get(keyOf(host, local, remote)) ?? null
  }

  /** The number of the oldest entry that is kept, and that of the next one to come. */
  get oldest(): number {
    return this.#added - this.#entries.length
  }
  get end(): number {
    return this.#added
  }

  /** The moment that is shown: the number of the entry after it. */
  get shown(): number {
    return this.#shown
  }

  /** True when the moment shown is always the last. */
  get following(): boolean {
    return this.#following
  }

  /** Events that are not kept: those given up for newer ones, and those that never came. */
  get leftOut(): { readonly givenUp: number; readonly missed: number } {
    return { givenUp: this.oldest, missed: this.#missed }
  }

  /** The time of the moment that is shown, ms. */
  get time(): number {
    return this.#following ? this.#now : (this.entry(this.#shown - 1)?.event.time ?? 0)
  }

  entry(number: number): Entry | null {
    return this.#entries.at(number - this.oldest) ?? null
  }

  /** The entries that are kept, up to the moment that is shown. */
  until(most: number): Entry[] {
    const to = this.#shown - this.oldest
    return this.#entries.slice(to - most, to)
  }

  /** Events have been lost on their way to this viewer. */
  miss(count: number): void {
    this.#missed += count
  }

  /** Time has gone on, and nothing has happened. */
  pass(time: number): void {
    if (time > this.#now) this.#now = time
  }

  add(event: ViewEvent): void {
    const seen = segmentOf(event)
    const segment = typeof seen === 'string' ? null : seen
    const about = event.kind === 'drop' ? this.#dropped(event) : null
    const connection = (about?.connection ??
      this.#connectionOf(event, segment)) as Mutable<ViewConnection> | null
    const before = connection === null || isNew(connection) ? null : connection.latest
    const entry: Mutable<Entry> = {
      number: this.#added,
      event,
      connection,
      segment,
      about: event.kind === 'loss' && connection !== null ? lostPacket(connection, event) : about,
      before,
      after: connection === null ? null : factsAfter(connection.latest, event, segment),
    }
    this.#entries.push(entry)
    this.#added++
    if (event.kind === 'packet' && event.direction === 'in') this.#lastIn.set(event.host, entry)
    if (connection !== null) {
      connection.entries.push(entry)
      connection.latest = entry.after!
    }
    this.pass(event.time)
    if (this.#following) {
      if (connection !== null) connection.shown = entry.after
      this.#shown = this.#added
    }
    while (this.#entries.length > this.limit) this.#giveUp()
  }

  /** The packet that was not used: a drop without one, such as that of a fragment that waited in vain, has a time of its own. */
  #dropped(drop: ViewEvent): Entry | null {
    const last = this.#lastIn.get(drop.host)
    return last?.event.time === drop.time ? last : null
  }

  /**
   * A connection as its host tells of it now: what happened before the first event that is kept is unknown otherwise.
   * An end is an address with its port; the remote end of a listener is '*'.
   */
  know(host: number, ends: Ends, facts: Pick<Facts, 'state' | 'since'> & Partial<Facts>): void {
    const [local, remote] = endsText(ends)
    const known = this.#current.get(keyOf(host, local, remote))
    if (known !== undefined && known.latest.state !== null) return
    const c = known ?? this.#begin(host, local, remote, ends)
    c.ends = ends
    c.active = ends.active
    const add = (before: Facts | null): Facts => ({ ...(before ?? NOTHING_KNOWN), ...facts })
    c.latest = add(c.latest)
    c.shown = add(c.shown)
  }

  /**
   * All that hosts have now, told after events were missed: a state that has changed unseen is what it is, and a connection that no
   * host has any more is CLOSED.
   * @param began when the list was begun, ms; what has entered its state since is known better
   */
  settle(
    present: Iterable<{
      readonly host: number
      readonly ends: Ends
      readonly state: State
      readonly since: number
    }>,
    began: number,
  ): void {
    const told = new Map([...present].map(each => [keyOf(each.host, ...endsText(each.ends)), each]))
    for (const [key, c] of this.#current) {
      const { state, since } = c.latest
      if (state === null || state === 'CLOSED' || since >= began) continue
      const now = told.get(key) ?? { state: 'CLOSED', since: began }
      if (now.state === state) continue
      if (c.entries.length === 0 && now.state === 'CLOSED') this.#forget(key, c)
      else this.#settle(c, { ...c.latest, state: now.state, since: now.since })
    }
  }

  #settle(c: Mutable<ViewConnection>, facts: Facts): void {
    const last = c.entries.at(c.entries.length - 1)
    if (last === undefined || last.number < this.#shown) c.shown = facts
    if (last !== undefined) (last as Mutable<Entry>).after = facts
    c.latest = facts
  }

  #forget(key: string, c: ViewConnection): void {
    this.#connections.delete(c.id)
    if (this.#current.get(key) === c) this.#current.delete(key)
  }

  /** Goes to a moment: the number of the first entry that has not happened yet. It is no longer followed. */
  goTo(moment: number): void {
    this.#following = false
    this.#move(moment)
  }

  /** Goes on with what happens. */
  follow(): void {
    this.#move(this.#added)
    this.#following = true
  }

  #move(moment: number): void {
    const to = Math.min(Math.max(moment, this.oldest), this.#added)
    while (this.#shown > to) {
      this.#shown--
      const { connection, before } = this.entry(this.#shown)!
      if (connection !== null) (connection as Mutable<ViewConnection>).shown = before
    }
    while (this.#shown < to) {
      const { connection, after } = this.entry(this.#shown)!
      if (connection !== null) (connection as Mutable<ViewConnection>).shown = after
      this.#shown++
    }
  }

  #giveUp(): void {
    const { connection, after } = this.#entries.shift()!
    if (this.#shown < this.oldest) {
      // The moment that was shown is no longer kept.
      if (connection !== null) (connection as Mutable<ViewConnection>).shown = after
      this.#shown = this.oldest
    }
    if (connection === null) return
    connection.entries.shift()
    const over = connection.latest.state === 'CLOSED' || connection.latest.state === null
    if (connection.entries.length > 0 || !over) return
    this.#forget(keyOf(connection.host, connection.local, connection.remote), connection)
  }

  #connectionOf(e: ViewEvent, segment: ObservedSegment | null): Mutable<ViewConnection> | null {
    if (e.kind === 'packet' || e.kind === 'loss') {
      if (segment === null) return this.#concernedBy(e)
      const [local, remote] =
        e.direction === 'in' ? [segment.destination, segment.source] : [segment.source, segment.destination]
      const known = this.#current.get(keyOf(e.host, local, remote))
      const opens = (segment.flags & (SYN | ACK)) === SYN
      const anew = known === undefined || (opens && known.latest.state === 'CLOSED')
      return anew ? this.#begin(e.host, local, remote, null) : known
    }
    if (e.kind === 'drop') return null
    const [local, remote] = endsText(e.ends)
    const known = this.#current.get(keyOf(e.host, local, remote))
    const anew = e.kind === 'transition' && e.from === 'CLOSED' && known?.latest.state === 'CLOSED'
    if (known === undefined || anew) return this.#begin(e.host, local, remote, e.ends)
    known.ends ??= e.ends
    if (e.ends.active) known.active = true
    return known
  }

  /** The connection that an ICMP error is about. */
  #concernedBy({ host, direction, bytes, length }: ViewPacket | ViewLoss): Mutable<ViewConnection> | null {
    const about = observeError(bytes, length)
    if (about === null) return null
    const { source, destination } = about
    const [local, remote] = direction === 'in' ? [source, destination] : [destination, source]
    return this.#current.get(keyOf(host, local, remote)) ?? null
  }

  #begin(host: number, local: string, remote: string, ends: Ends | null): Mutable<ViewConnection> {
    const c: Mutable<ViewConnection> = {
      id: this.#nextId++,
      host,
      local,
      remote,
      active: ends?.active ?? false,
      ends,
      shown: null,
      latest: NOTHING_KNOWN,
      entries: new Deque<Entry>(),
    }
    this.#connections.set(c.id, c)
    this.#current.set(keyOf(host, local, remote), c)
    return c
  }
}

const isNew = (c: ViewConnection): boolean => c.latest === NOTHING_KNOWN

const keyOf = (host: number, local: string, remote: string): string => `${host} ${local} ${remote}`

const endsText = (ends: Ends): readonly [string, string] => [
  endpointText(ends.localAddress, ends.localPort),
  ends.remotePort === 0 ? '*' : endpointText(ends.remoteAddress, ends.remotePort),
]

/** The packet that a path says it has lost: the host has told of it before when it was the host's own. */
const lostPacket = (c: ViewConnection, loss: ViewEvent & { readonly kind: 'loss' }): Entry | null => {
  if (loss.direction === 'in') return null
  for (let i = c.entries.length - 1; i >= Math.max(0, c.entries.length - LOOK_BACK); i--) {
    const entry = c.entries.at(i)!
    if (entry.event.kind === 'packet' && samePacket(entry.event.bytes, loss.bytes)) return entry
  }
  return null
}
