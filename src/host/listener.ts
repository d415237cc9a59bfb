import { LinkedList } from '../base/linked-list.ts'
import { familyOf } from '../ip/family.ts'
import type { Connection } from '../tcp/block/connection.ts'
import type { ConnectionView } from '../tcp/block/connection-view.ts'
import type { ConnectionId } from '../tcp/block/events.ts'
import { type TcpOptions, tcpOptions } from '../tcp/block/options.ts'
import { type Address, ANY_IPV6, isUnspecified } from '../wire/address.ts'
import { type FastOpenCookies, PendingFastOpens } from './fast-open-cookies.ts'
import { SynQueue } from './half-open/syn-queue.ts'
import type { InputRecorder } from './input-recorder.ts'

/** The user of a listener. */
export interface ListenerUser {
  /** A connection has completed its handshake and waits to be accepted. Called after the batch. */
  acceptable(): void
}

/** The part of the host that a listener needs. */
interface ListenerHost {
  readonly recorder: InputRecorder | null
  closeListener(listener: Listener): void
}

/** Returns whether a listener at `localAddress` hears SYNs to `address`: it is that one, or among all of its family. */
export const listensAt = (localAddress: Address, dualStack: boolean, address: Address): boolean =>
  localAddress === address ||
  dualStack ||
  (isUnspecified(localAddress) && familyOf(address) === familyOf(localAddress))

/** One passive OPEN: a local socket in LISTEN, with the connections that have come to it. */
export class Listener implements ConnectionId {
  readonly localAddress: Address
  readonly localPort: number
  readonly remoteAddress: Address
  /** It listens at all addresses of both families. */
  readonly dualStack: boolean
  readonly remotePort = 0
  readonly active = false
  /** For the connections that come to it. */
  options: Readonly<TcpOptions>
  readonly user: ListenerUser
  readonly reuseAddress: boolean
  readonly synQueue = new SynQueue(this)
  /** Connections that wait to be accepted. */
  readonly acceptQueue = new LinkedList<Connection>()
  readonly backlog: number
  /** The time at which it began to listen, ms on the host's clock. */
  readonly since: number
  closed = false
  readonly fastOpens = new PendingFastOpens()
  /** Its own fast open cookies; null: the host's. */
  fastOpenCookies: FastOpenCookies | null = null
  /** The time of the last SYN that was answered by a cookie; only then may one come back. */
  cookieSentAt = Number.NEGATIVE_INFINITY
  /** True when the user is to be told of connections that wait. */
  awake = false
  readonly #host: ListenerHost

  constructor(
    host: ListenerHost,
    localAddress: Address,
    localPort: number,
    user: ListenerUser,
    backlog: number,
    reuseAddress: boolean,
    options: Readonly<TcpOptions>,
    now: number,
    ipv6Only = false,
  ) {
    this.#host = host
    this.localAddress = localAddress
    this.remoteAddress = familyOf(localAddress).any
    this.dualStack = localAddress === ANY_IPV6 && !ipv6Only
    this.localPort = localPort
    this.user = user
    this.backlog = backlog
    this.reuseAddress = reuseAddress
    this.options = options
    this.since = now
  }

  /**
   * Room for one more SYN: of each queue there are at most `backlog` (§3.9.1.1; as Linux, whose accept queue
   * also holds back the SYN queue).
   */
  get hasRoom(): boolean {
    return this.synQueue.size < this.backlog && !this.acceptQueueFull
  }

  /** Returns whether it listens at an address: it is the one that it was opened at, or among all of those. */
  isAt(address: Address): boolean {
    return listensAt(this.localAddress, this.dualStack, address)
  }

  get acceptQueueFull(): boolean {
    return this.acceptQueue.size >= this.backlog
  }

  /** The connection that has waited longest, or null. It has no user yet. */
  accept(): ConnectionView | null {
    const c = this.acceptQueue.shift()
    if (c === null) return null
    this.#host.recorder?.accepted(this, c)
    c.parent = null
    return c
  }

  /**
   * Changes the options of the connections that are yet to come.
   * @throws RangeError for an unknown option, or a value out of its bounds
   */
  configure(given: Partial<TcpOptions>): void {
    this.options = tcpOptions(given, this.options)
  }

  /** CLOSE in LISTEN (§3.10.4): no more SYNs are taken; connections that were not accepted are reset. */
  close(): void {
    this.#host.recorder?.closing(this)
    this.#host.closeListener(this)
  }
}
