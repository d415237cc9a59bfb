import { segmentArrives } from '../tcp/arrives.ts'
import type { Connection } from '../tcp/block/connection.ts'
import type { SegmentSource } from '../tcp/block/outgoing.ts'
import { fail } from '../tcp/ending.ts'
import type { PassiveOpener } from '../tcp/listen.ts'
import { mssClass, openByCookie, sendCookie } from '../tcp/syn-cookie.ts'
import type { TimeWait } from '../tcp/time-wait.ts'
import type { Seq } from '../wire/sequence.ts'
import type { Segment } from '../wire/tcp.ts'
import { PendingConnection } from './half-open/syn-queue.ts'
import type { Host } from './host.ts'
import type { Listener } from './listener.ts'
import type { Secret } from './secret.ts'
import { COOKIE_LIFETIME, SynCookies } from './syn-cookies.ts'

/** Brings connections to a listener: by its SYN queue, or, when that is full, by SYN cookies. One for a host. */
export class PassiveOpens implements PassiveOpener {
  readonly #host: Host
  readonly #secret: Secret
  readonly #cookies: SynCookies
  #listener: Listener | null = null
  #source: SegmentSource | null = null
  #before: TimeWait | null = null

  constructor(host: Host, secret: Secret) {
    this.#host = host
    this.#secret = secret
    this.#cookies = new SynCookies(secret)
  }

  /** The listener of the next segment, its source, and the TIME-WAIT record that it was for, if any. */
  for(listener: Listener, source: SegmentSource, before: TimeWait | null): this {
    this.#listener = listener
    this.#source = source
    this.#before = before
    return this
  }

  /** The segment has arrived: a listener that is closed later is nobody's. */
  over(): void {
    this.#listener = this.#source = this.#before = null
  }

  /**
   * Returns whether a SYN gets a place in the queue. `known`: it is for a connection in TIME-WAIT, that it may end;
   * then it is no stranger's and gets one though the queue is full (as Linux does). There are no more of those than
   * there were records.
   */
  hasPlace(listener: Listener, segment: Segment, known: boolean): boolean {
    const { peers } = this.#host.memory
    if (peers.isFull(segment.source)) return false
    return known ? !listener.acceptQueueFull : listener.hasRoom && !peers.isHalfFull(segment.source)
  }

  get dropsSynWithFin(): boolean {
    return this.#listener!.options.dropsSynWithFin
  }

  accept(segment: Segment): Connection | null {
    const listener = this.#listener!
    const known = this.#before !== null
    if (!this.hasPlace(listener, segment, known)) return null
    if (listener.options.synCookies === 'always' && !known) return null
    const pending = new PendingConnection(listener, this.#host.memory.peers)
    const c = this.#open(pending, null)
    c.fastOpen = this.#host.fastOpens.server(listener, segment, this.#host.now)
    pending.joinSynQueue(c)
    this.#host.halfOpens.grown(listener.synQueue)
    return c
  }

  answerByCookie(segment: Segment): boolean {
    const host = this.#host
    const listener = this.#listener!
    const source = this.#source!
    const { options } = listener
    if (this.#limited(segment)) return true
    // An accept queue that is full holds back everybody: its owner is too slow, no attack. And nothing in TIME-WAIT ends
    // for a SYN that may never be heard of again.
    if (options.synCookies === 'never' || listener.acceptQueueFull || this.#before !== null) return false
    listener.cookieSentAt = host.now
    host.pool?.cookieSent(host.now)
    host.counters.synCookiesSent++
    const tsNow = segment.hasTimestamps ? (Math.floor(host.now) + this.#secret.of(source, 0).tsOffset) | 0 : 0
    host.trace?.({ type: 'syn-cookie', time: host.now, connection: source, action: 'sent' })
    const cookie = this.#cookies.make(source, segment, mssClass(host, source, segment), host.now)
    sendCookie(host, source, segment, cookie, tsNow, options)
    return true
  }

  redeemCookie(segment: Segment): boolean {
    const host = this.#host
    const listener = this.#listener!
    // RFC 4987 appendix A: only where cookies were sent of late.
    const sentAt = Math.max(listener.cookieSentAt, host.pool?.cookieSentAt ?? listener.cookieSentAt)
    if (host.now - sentAt >= COOKIE_LIFETIME) return false
    const irs = this.#cookies.peerIsn(segment)
    const mss = this.#cookies.check(this.#source!, segment, irs, host.now)
    const { trace } = host
    if (mss < 0) {
      host.counters.synCookiesFailed++
      trace?.({ type: 'syn-cookie', time: host.now, connection: this.#source!, action: 'failed' })
      return false
    }
    if (listener.acceptQueueFull) {
      // The peer sends again what it has to say, and the cookie is good for a while.
      host.drop('backlog-full')
      return true
    }
    if (this.#limited(segment)) return true
    host.counters.synCookiesAccepted++
    trace?.({ type: 'syn-cookie', time: host.now, connection: this.#source!, action: 'accepted' })
    const c = this.#open(new PendingConnection(listener, host.memory.peers), (segment.ack - 1) | 0)
    openByCookie(c, segment, irs, mss)
    segmentArrives(c, segment)
    // An ACK beyond the window acknowledges nothing, and no timer of a SYN,ACK would end the wait. The cookie is still good.
    if (c.state === 'SYN_RECEIVED') fail(c, 'ABORT', 'segment', null)
    return true
  }

  /** Returns whether the peer has as many connections as it may; then what would open another is dropped. */
  #limited(segment: Segment): boolean {
    const limited = this.#host.memory.peers.isFull(segment.source)
    if (limited) this.#host.drop('peer-limit')
    return limited
  }

  #open(pending: PendingConnection, iss: Seq | null): Connection {
    const c = this.#host.newConnection(this.#source!, false, pending.listener.options, this.#before, iss)
    c.parent = pending
    this.#host.memory.peers.connect(c.remoteAddress, 1)
    return c
  }
}
