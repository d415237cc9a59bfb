/** Between one connection of the core and the stream that shows it. */
import { AsyncResource } from 'node:async_hooks'
import type { ListEntry } from '../base/linked-list.ts'
import type { Turn } from '../base/turns.ts'
import { throwAlone } from '../link/alone.ts'
import { type ConnectionUser, NOBODY } from '../tcp/block/connection-user.ts'
import type { ConnectionView as Connection } from '../tcp/block/connection-view.ts'
import type { ErrorCode } from '../tcp/block/error.ts'
import { abort, close, putAside, release, retain, setUser } from '../tcp/calls.ts'
import { type ChannelEvents, OPENED, READ, SOFT_ERROR, URGENT, WRITTEN } from './channel-events.ts'
import type { NetStack } from './host-port.ts'
import { IncomingText } from './incoming-text.ts'
import { abortLate, Hold, isDelivered, type Lingerer } from './keeper.ts'
import type { WriteEntry } from './outgoing-writes.ts'
import { allocateRead, LARGEST_READ } from './read-memory.ts'
import { Sending, type WriteCallback } from './sending.ts'
import { inTurn, takeTurn } from './turn.ts'

/** As many bytes as libuv reads in a row, before others have their turn. */
const READ_IN_ROW = 32 * LARGEST_READ

export class Channel implements ConnectionUser {
  /** Set as soon as there is one. */
  connection: Connection | null = null
  /** Its user sees it as a socket of IPv6: IPv4 addresses are mapped ones. */
  ofIpv6 = false
  bytesRead = 0
  readonly sending = new Sending()
  /** Bytes that a turn brings at most. */
  readLimit = LARGEST_READ
  /** True when the process stays for it. */
  readonly hold: Hold
  readonly #stack: NetStack
  readonly #owner: object
  readonly #events: ChannelEvents<object>
  /** Stands for node:net's handle: its user is called in the context in which the channel was made. */
  readonly #context: AsyncResource
  /** The news that wait to be told. */
  #news = 0
  /** A turn has been asked for. */
  #queued = false
  #turn: Turn | null = null
  readonly #aloneTurn: Turn = () => this.#takeTurn(true)
  /** The handshake is over. */
  #established = false
  /** The owner knows that it is, or how it ended. */
  #opened = false
  /** {@link connectAgain} has succeeded. */
  #toldTwice = false
  #wanted = false
  #reading = false
  readonly #text = new IncomingText()
  /** Bytes that were read in this wake-up, and whether that is over. */
  #readInRow = 0
  #readOver = false
  #ended = false
  #released = false
  /** As long as the peer does not have everything. */
  #lingering: ListEntry<Lingerer> | null = null
  /** Among the stack's. */
  #place: ListEntry<object> | null = null
  #failure: ErrorCode | null = null
  #softError: { readonly code: ErrorCode; readonly text: string } | null = null
  #shutDown: WriteCallback | null = null
  #closed: (() => void) | null = null
  constructor(stack: NetStack, owner: object, events: ChannelEvents<never>, referenced: boolean) {
    this.#stack = stack
    this.#owner = owner
    this.#events = events as ChannelEvents<object>
    this.#context = new AsyncResource('TCPWRAP')
    this.hold = new Hold(stack.keeper, referenced)
  }

  /** Calls back as the connection does. */
  inContext(callback: () => void): void {
    this.#context.runInAsyncScope(callback)
  }

  /** Takes the connection on; the stack waits for its end when it is to be closed. */
  attach(connection: Connection): void {
    this.connection = connection
    setUser(connection, this)
    this.#failure = null
    this.#established = this.#opened = !connection.active
    if (connection.state !== 'CLOSED') this.#place ??= this.#stack.channels.add(this)
    // It may have ended before anybody knew of it.
    else this.closed(connection.error)
  }

  /**
   * A connect() of what has a connection, or is about to. Returns how it fails, or null: once after a connection was
   * established in the background it is told again, as by Linux, wherever the call would lead.
   */
  connectAgain(): ErrorCode | null {
    if (!this.#opened) return 'EALREADY'
    if (this.#toldTwice || this.connection?.active !== true) return 'EISCONN'
    this.#toldTwice = true
    this.#announce(OPENED)
    return null
  }

  /** Gives the connection up, to take on another. */
  detach(): void {
    const { connection } = this
    this.connection = null
    this.#news = 0
    this.#failure = null
    if (connection === null) return
    setUser(connection, NOBODY)
    release(connection)
  }

  // Turns.

  /** Has it told in a turn of the event loop. */
  #announce(news: number): void {
    this.#news |= news
    if (this.#queued) return
    this.#queued = true
    this.#turn ??= () => this.#takeTurn()
    takeTurn(this.#stack, this.#turn, 'poll')
  }

  /** Tells one thing. True: there is more that an event loop would tell in the same wake-up. */
  #takeTurn(alone = false): boolean | Turn {
    if (this.#released) {
      this.#queued = false
      return false
    }
    const news = this.#readOver ? this.#news & ~READ : this.#news
    let again = false
    const next = news & -news
    if (alone ? next !== READ : next === READ && this.#readsNatively) return alone || this.#aloneTurn
    switch (next) {
      case OPENED:
        this.#news &= ~OPENED
        this.#call(this.#tellOpened)
        break
      case SOFT_ERROR:
        this.#news &= ~SOFT_ERROR
        this.#call(() => this.#events.softError(this.#owner, this.#softError!.code, this.#softError!.text))
        break
      case URGENT:
        this.#news &= ~URGENT
        this.#call(() => this.#events.urgent(this.#owner))
        break
      case READ:
        again = this.#readOnce(alone)
        if (again || (this.#news & WRITTEN) === 0) break
        // One wake-up is for both directions.
        this.#readOver = again = true
        break
      case WRITTEN:
        this.#news &= ~WRITTEN
        this.#finishWrite()
    }
    if (again && this.#news !== 0) return true
    this.#queued = this.#readOver = false
    if (this.#news !== 0) this.#announce(0)
    return false
  }

  /** Calls the owner in the context of the connection. An exception harms nobody else. */
  #call(callback: (this: Channel) => void): void {
    try {
      this.#context.runInAsyncScope(callback, this)
    } catch (error) {
      this.#stack.host.report(error)
    }
  }

  #tellOpened(): void {
    this.#opened = this.#established
    if (this.#failure !== null || !this.#established)
      this.#events.failed(this.#owner, this.#failure ?? 'ECONNABORTED')
    else this.#events.established(this.#owner)
  }

  // Reading.

  /** The reader takes more. */
  read(): void {
    this.#wanted = true
    if (this.#released) return
    this.hold.reading = !this.#ended
    // The turn that is under way looks for itself.
    if (!this.#reading && this.#isReadable) this.#announce(READ)
  }

  /** The reader takes no more for now. */
  pause(): void {
    this.#wanted = false
    this.hold.reading = false
  }

  /** True when the reader has something to hear. */
  get #isReadable(): boolean {
    const c = this.connection
    if (c === null || this.#ended || !this.#opened) return false
    return this.#text.has(c) || c.finReceived || this.#failure !== null
  }

  /** True when the next read is to be given to C++. */
  get #readsNatively(): boolean {
    const c = this.connection
    if (!this.#wanted || this.#ended || c === null || !this.#text.has(c)) return false
    return this.#events.isNative?.(this.#owner) ?? false
  }

  /** One read, as libuv would do it in this wake-up; true when another follows at once. */
  #readOnce(alone: boolean): boolean {
    const again = this.#readTurn(alone)
    if (again) return true
    this.#readInRow = 0
    if (this.#wanted && !this.#released && this.#isReadable) this.#news |= READ
    else {
      this.#news &= ~READ
      if (this.connection !== null && !this.#wanted) this.#putAsideUnlessRead(this.connection)
    }
    return false
  }

  /** A stream that is full mostly asks for more a tick later. */
  #putAsideUnlessRead(c: Connection): void {
    if (c.receiveQueue.length === 0) return
    inTurn(this.#stack, () => {
      if (!this.#wanted) putAside(c)
    })
  }

  #readTurn(alone: boolean): boolean {
    const c = this.connection
    if (c === null || !this.#wanted || !this.#isReadable) return false
    if (this.#text.has(c)) {
      const keeps = this.#events.keeps?.(this.#owner) ?? false
      this.#deliver(this.#text.next(c, this.readLimit, keeps, alone), alone)
      if (!this.#wanted || this.#released) return false
      if (this.#text.has(c)) return this.#readInRow < READ_IN_ROW
      // A read that is full is followed by another, which finds the end.
      return c.finReceived && this.#readInRow % this.readLimit === 0
    }
    this.#ended = true
    this.hold.reading = false
    if (c.finReceived) this.#call(() => this.#events.end(this.#owner))
    else this.#call(() => this.#events.failed(this.#owner, this.#failure!))
    return false
  }

  #deliver(bytes: Buffer, alone: boolean): void {
    this.bytesRead += bytes.length
    this.#readInRow += bytes.length
    this.#wanted = false
    this.#reading = true
    // A listener that throws has not said that it wants no more.
    let more = true
    try {
      const { data } = this.#events
      more = alone ? data(this.#owner, bytes) : this.#context.runInAsyncScope(data, null, this.#owner, bytes)
    } catch (error) {
      if (!throwAlone(error)) this.#stack.host.report(error)
    }
    this.#reading = false
    if (more) this.#wanted = true
    this.hold.reading = this.#wanted && !this.#ended && !this.#released
  }

  // Writing.

  /** As {@link Sending.write}. */
  write(entries: readonly WriteEntry[], callback: WriteCallback, lent?: boolean): void {
    this.sending.write(this.connection!, entries, callback, lent)
    this.hold.writing = this.sending.waits
  }

  #finishWrite(): void {
    this.hold.writing = false
    if (!this.#released) {
      this.#events.written(this.#owner)
      if (this.#shutDown !== null) this.#sendFin()
    }
    this.#call(() => this.sending.finish(this.connection!))
  }

  /** A FIN follows what was written; `callback` in the next turn, in its caller's context. */
  end(callback: WriteCallback): void {
    const context = new AsyncResource('SHUTDOWNWRAP')
    this.#shutDown = error => context.runInAsyncScope(callback, null, error)
    if (!this.sending.waits) this.#sendFin()
  }

  #sendFin(): void {
    close(this.connection!)
    // It is pending, not polled for: done before the immediates of this turn.
    const done = () => {
      if (!this.#released) this.#finishShutDown()
    }
    inTurn(this.#stack, done, 'pending')
  }

  #finishShutDown(): void {
    const callback = this.#shutDown
    this.#shutDown = null
    if (callback !== null) this.#call(() => callback(null))
  }

  // Closing.

  /**
   * Nobody reads or writes any more. Data that the connection has taken is still delivered; when that takes longer than
   * `linger` (ms), it is reset. Writes that wait are called back in turns that follow, and then `closed`.
   */
  release(linger: number | null, closed: () => void): void {
    this.#letGo(release, closed)
    const { connection } = this
    if (connection === null || isDelivered(connection)) return
    this.#lingering = this.#stack.keeper.linger(linger ?? undefined)
    if (linger !== null) abortLate(this.#stack.host.clock, connection, linger)
  }

  /** As {@link release}, by a RST. */
  abort(closed: () => void): void {
    this.#letGo(abort, closed)
  }

  #letGo(how: (c: Connection) => void, closed: () => void): void {
    this.#released = true
    this.#closed = closed
    this.hold.end()
    if (this.connection !== null) how(this.connection)
    this.sending.cancel()
    this.#news = 0
    inTurn(this.#stack, () => this.#finish(), 'closing')
  }

  /** Calls back what has waited, and last that it is closed. True: there is more. */
  #finish(): boolean {
    if (this.sending.waits) this.#finishWrite()
    else if (this.#shutDown !== null) this.#finishShutDown()
    else {
      this.#call(this.#closed!)
      return false
    }
    return true
  }

  /** The process need not stay for what is delivered. */
  #settle(): void {
    if (!isDelivered(this.connection!)) return
    this.#stack.keeper.delivered(this.#lingering!)
    this.#lingering = null
  }

  // ConnectionUser: what the connection tells while a batch is processed.

  established(): void {
    // A listener's user has known since it accepted.
    if (this.#released || this.#opened) return
    this.#established = true
    this.#announce(OPENED)
  }

  readable(): void {
    if (this.#released || !this.#wanted || this.#ended) return
    retain(this.connection!, allocateRead)
    if (this.#isReadable) this.#announce(READ)
  }

  writable(): void {
    if (this.sending.acknowledged(this.connection!)) this.#announce(WRITTEN)
    if (this.#lingering !== null) this.#settle()
  }

  urgent(): void {
    if (!this.#released) this.#announce(URGENT)
  }

  softError(code: ErrorCode, text: string): void {
    if (this.#released) return
    this.#softError = { code, text }
    this.#announce(SOFT_ERROR)
  }

  closed(error: ErrorCode | null): void {
    if (this.#place !== null) this.#stack.channels.delete(this.#place)
    this.#place = null
    if (this.#lingering !== null) this.#settle()
    const unwritten = this.sending.fail(error ?? 'EPIPE')
    if (this.#released) return
    this.#failure = error
    if (!this.#opened) {
      this.#announce(OPENED)
      return
    }
    // An owner that does not read is not told, as by a kernel; one that writes is.
    if (unwritten) this.#announce(WRITTEN)
    if (this.#wanted && this.#isReadable) this.#announce(READ)
  }
}
