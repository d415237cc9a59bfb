/** Between one connection of the core and the stream that shows it. */
import type { NativeRest } from '../base/turns.ts'
import { type ConnectionUser, NOBODY } from '../tcp/block/connection-user.ts'
import type { ConnectionView as Connection } from '../tcp/block/connection-view.ts'
import type { ErrorCode } from '../tcp/block/error.ts'
import { abort, close, putAside, release, retain, setUser } from '../tcp/calls.ts'
import { whenAccepted } from './accept-turns.ts'
import { type ChannelEvents, OPENED, READ, SOFT_ERROR, URGENT, WRITTEN } from './channel-events.ts'
import { ChannelState } from './channel-state.ts'
import { type ChannelTurn, giveTurnBack, lendTurn, type Teller } from './channel-turn.ts'
import type { NetStack } from './host-port.ts'
import { abortLate, Hold, isDelivered } from './keeper.ts'
import { letGo } from './leaving.ts'
import type { NativeReader } from './native-reader.ts'
import type { WriteEntry } from './outgoing-writes.ts'
import { allocateRead } from './read-memory.ts'
import { Reading } from './reading.ts'
import { requested } from './request.ts'
import { Sending, type WriteCallback } from './sending.ts'
import { inTurn, takeTurn } from './turn.ts'

export class Channel extends ChannelState implements ConnectionUser, Teller {
  /** Set as soon as there is one. */
  connection: Connection | null = null
  readonly reading = new Reading()
  readonly sending = new Sending()
  /** True when the process stays for it. */
  readonly hold: Hold
  readonly #stack: NetStack
  readonly #owner: object
  readonly #events: ChannelEvents<object>
  /** The turn that was asked for; one of a fair reader's stays. */
  #turn: ChannelTurn | null = null
  #nativeRead: NativeRest | null = null

  constructor(stack: NetStack, owner: object, events: ChannelEvents<never>, referenced: boolean) {
    super()
    this.#stack = stack
    this.#owner = owner
    this.#events = events as ChannelEvents<object>
    this.hold = new Hold(stack.keeper, referenced)
  }

  /** Takes the connection on; the stack waits for its end when it is to be closed. */
  attach(connection: Connection): void {
    this.connection = connection
    setUser(connection, this)
    this.failure = null
    this.isEstablished = this.opened = !connection.active
    // It may have ended before anybody knew of it.
    if (connection.state === 'CLOSED') this.closed(connection.error)
    else if (!this.counted) {
      this.counted = true
      this.#stack.channels.add()
    }
  }

  /**
   * A connect() of what has a connection, or is about to. Returns how it fails, or null: once after a connection was
   * established in the background it is told again, as by Linux, wherever the call would lead.
   */
  connectAgain(): ErrorCode | null {
    if (!this.opened) return 'EALREADY'
    if (this.toldTwice || this.connection?.active !== true) return 'EISCONN'
    this.toldTwice = true
    this.announce(OPENED)
    return null
  }

  /** Gives the connection up, to take on another. */
  detach(): void {
    const { connection } = this
    this.connection = null
    this.pending = 0
    this.failure = null
    if (connection === null) return
    setUser(connection, NOBODY)
    release(connection)
  }

  /** Has it told in a turn of the event loop. */
  private announce(events: number): void {
    this.pending |= events
    if (this.queued) return
    this.queued = true
    this.#turn ??= this.reading.isFair
      ? { teller: this, turn: this.reading.turn(() => this.takeTurn()) }
      : lendTurn(this)
    takeTurn(this.#stack, this.#turn.turn, 'poll')
  }

  /** Tells one thing. True: there is more that an event loop would tell in the same wake-up. */
  takeTurn(): boolean | NativeRest {
    if (this.released) return this.endTurn()
    const pending = this.readOver ? this.pending & ~READ : this.pending
    const next = pending & -pending
    if (next !== READ) this.pending &= ~next
    switch (next) {
      case OPENED:
        this.call(this.tellOpened)
        break
      case SOFT_ERROR:
        this.call(() =>
          this.#events.softError(this.#owner, this.lastSoftError!.code, this.lastSoftError!.text),
        )
        break
      case URGENT:
        this.call(() => this.#events.urgent(this.#owner))
        break
      case READ:
        return this.reader === null ? this.endRead(this.readOnce()) : this.native
      case WRITTEN:
        this.finishWrite()
    }
    return this.endTurn()
  }

  private endTurn(): false {
    this.queued = this.readOver = false
    if (this.#turn !== null && !this.reading.isFair) {
      giveTurnBack(this.#turn)
      this.#turn = null
    }
    if (this.pending !== 0) this.announce(0)
    return false
  }

  /** Calls the owner in the context of the connection. An exception harms nobody else. */
  private call(callback: (this: Channel) => void): void {
    try {
      this.runInAsyncScope(callback, this)
    } catch (error) {
      this.#stack.host.report(error)
    }
  }

  private tellOpened(): void {
    this.opened = this.isEstablished
    if (this.failure !== null || !this.isEstablished)
      this.#events.failed(this.#owner, this.failure ?? 'ECONNABORTED')
    else this.#events.established(this.#owner)
  }

  // Reading.

  /** The reader takes more. */
  read(): void {
    this.reading.wanted = true
    if (this.released) return
    this.hold.reading = !this.reading.ended
    // The turn that is under way looks for itself.
    if (!this.reading.underWay && this.isReadable) this.announce(READ)
  }

  /** The reader takes no more for now. */
  pause(): void {
    this.reading.wanted = false
    this.hold.reading = false
  }

  /** True when the reader has something to hear. */
  private get isReadable(): boolean {
    const c = this.connection
    if (c === null || this.reading.ended || !this.opened) return false
    return c.receiveQueue.length > 0 || c.finReceived || this.failure !== null
  }

  /** The reader that is given the next bytes natively; null for none. */
  private get reader(): NativeReader | null {
    const c = this.connection
    if (!this.reading.wanted || this.reading.ended || c === null || c.receiveQueue.length === 0) return null
    return this.#events.native?.(this.#owner) ?? null
  }

  /** A read by {@link #reader}. */
  private get native(): NativeRest {
    if (this.#nativeRead !== null) return this.#nativeRead
    let reader: NativeReader | null = null
    this.#nativeRead = {
      begin: () => {
        reader = this.released ? null : this.reader
        return reader?.begin(this.take(this.connection!, true)) ?? null
      },
      finish: () => {
        const given = reader
        reader = null
        return given === null ? this.takeTurn() : this.endRead(this.given(given.end()))
      },
      failed: error => this.#stack.host.report(error),
    }
    return this.#nativeRead
  }

  /** After a read. True: what follows is of the same wake-up. */
  private endRead(again: boolean): boolean {
    if (again) return true
    this.reading.pause()
    if (this.reading.wanted && !this.released && this.isReadable) this.pending |= READ
    else {
      this.pending &= ~READ
      if (this.connection !== null && !this.reading.wanted) this.putAsideUnlessRead(this.connection)
    }
    // One wake-up is for both directions.
    if ((this.pending & WRITTEN) === 0) return this.endTurn()
    this.readOver = true
    return true
  }

  /** A stream that is full mostly asks for more a tick later. */
  private putAsideUnlessRead(c: Connection): void {
    if (c.receiveQueue.length === 0) return
    inTurn(this.#stack, () => {
      if (!this.reading.wanted) putAside(c)
    })
  }

  /** One read, as libuv would do it in this wake-up; true when another follows at once. */
  private readOnce(): boolean {
    const c = this.connection
    if (c === null || !this.reading.wanted || !this.isReadable) return false
    if (c.receiveQueue.length > 0 && this.reading.hasRoom) return this.deliver(this.take(c))
    this.reading.ended = true
    this.hold.reading = false
    if (this.reading.ends(c)) this.call(() => this.#events.end(this.#owner))
    else this.call(() => this.#events.failed(this.#owner, this.failure ?? 'ENOBUFS'))
    return false
  }

  private take(c: Connection, natively = false): Buffer {
    const events = this.#events
    const keeps = events.keeps?.(this.#owner) ?? false
    return this.reading.begin(c, keeps, natively || !keeps, events.copies === true)
  }

  private deliver(bytes: Buffer): boolean {
    // A listener that throws has not said that it wants no more.
    let more = true
    try {
      more = this.runInAsyncScope(this.#events.data, null, this.#owner, bytes)
    } catch (error) {
      this.#stack.host.report(error)
    }
    return this.given(more)
  }

  /** The reader has what was read. True: another read follows at once. */
  private given(more: boolean): boolean {
    this.reading.finish(more)
    this.hold.reading = this.reading.wanted && !this.reading.ended && !this.released
    return !this.released && this.reading.goesOn(this.connection!)
  }

  // Writing.

  /** As {@link Sending.write}. */
  write(entries: readonly WriteEntry[], callback: WriteCallback, lent?: boolean): void {
    this.sending.write(this.connection!, entries, callback, lent)
    this.hold.writing = this.sending.waits
  }

  private finishWrite(): void {
    this.hold.writing = false
    if (!this.released) {
      this.#events.written(this.#owner)
      if (this.shutDown !== null) this.sendFin()
    }
    this.call(() => this.sending.finish())
  }

  /** A FIN follows what was written; `callback` in the next turn, in its caller's context. */
  end(callback: WriteCallback): void {
    this.shutDown = requested('SHUTDOWNWRAP', callback)
    if (!this.sending.waits) this.sendFin()
  }

  private sendFin(): void {
    close(this.connection!)
    // It is pending, not polled for: done before the immediates of this turn.
    inTurn(this.#stack, () => (this.released ? null : this.finishShutDown()), 'pending')
  }

  private finishShutDown(): void {
    const callback = this.shutDown
    this.shutDown = null
    if (callback !== null) this.call(() => callback(null))
  }

  // Closing.

  /**
   * Nobody reads or writes any more. Data that the connection has taken is still delivered; when that takes longer than
   * `linger` (ms), it is reset. Writes that wait are called back in turns that follow, and then `closed`.
   */
  release(linger: number | null, closed: () => void): void {
    this.letGo(release, closed)
    if (this.connection === null || isDelivered(this.connection)) return
    this.lingering = this.#stack.keeper.linger(linger ?? undefined)
    if (linger !== null) abortLate(this.#stack.host.clock, this.connection, linger)
  }

  /** As {@link release}, by a RST. */
  abort(closed: () => void): void {
    this.letGo(abort, closed)
  }

  private letGo(how: (c: Connection) => void, closed: () => void): void {
    this.released = true
    this.whenClosed = closed
    this.hold.end()
    if (this.connection !== null) letGo(this.#stack, this.connection, how, this)
    this.sending.cancel()
    this.pending = 0
    const finish = this.reading.otherTurn(() => this.finishClosing())
    inTurn(this.#stack, finish, 'closing')
  }

  /** Calls back what has waited, and last that it is closed. True: there is more. */
  private finishClosing(): boolean {
    const more = this.sending.waits || this.shutDown !== null
    if (this.sending.waits) this.finishWrite()
    else if (more) this.finishShutDown()
    else this.call(this.whenClosed!)
    if (!more) this.emitDestroy()
    return more
  }

  /** The process need not stay for what is delivered. */
  private settle(): void {
    if (!isDelivered(this.connection!)) return
    this.#stack.keeper.delivered(this.lingering!)
    this.lingering = null
  }

  // ConnectionUser: what the connection tells while a batch is processed.

  established(): void {
    // A listener's user has known since it accepted.
    if (this.released || this.opened) return
    this.isEstablished = true
    whenAccepted(this.#stack, this.connection!, c => {
      if (c === this.connection && !this.opened) this.announce(OPENED)
    })
  }

  readable(): void {
    if (this.released || !this.reading.wanted || this.reading.ended) return
    retain(this.connection!, allocateRead)
    if (this.isReadable) this.announce(READ)
  }

  writable(): void {
    if (this.sending.acknowledged(this.connection!)) this.announce(WRITTEN)
    if (this.lingering !== null) this.settle()
  }

  urgent(): void {
    if (!this.released) this.announce(URGENT)
  }

  softError(code: ErrorCode, text: string): void {
    if (this.released) return
    this.lastSoftError = { code, text }
    this.announce(SOFT_ERROR)
  }

  closed(error: ErrorCode | null): void {
    if (this.counted) this.#stack.channels.delete()
    this.counted = false
    if (this.lingering !== null) this.settle()
    const unwritten = this.sending.fail(error ?? 'EPIPE')
    if (this.released) return
    this.failure = error
    if (!this.opened) {
      this.announce(OPENED)
      return
    }
    // An owner that does not read is not told, as by a kernel; one that writes is.
    if (unwritten) this.announce(WRITTEN)
    if (this.reading.wanted && this.isReadable) this.announce(READ)
  }
}
