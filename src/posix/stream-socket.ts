/** One socket of the POSIX-like layer: the state behind a file descriptor, and the calls that wait for it to change. */
import type { Host } from '../host/host.ts'
import type { Listener } from '../host/listener.ts'
import type { ConnectionUser } from '../tcp/block/connection-user.ts'
import type { ConnectionView as Connection } from '../tcp/block/connection-view.ts'
import { type ErrorCode, TcpError } from '../tcp/block/error.ts'
import type { TcpOptions } from '../tcp/block/options.ts'
import { configure } from '../tcp/calls.ts'
import { type Address, ANY_IPV4, ANY_IPV6, isIpv6, mapped } from '../wire/address.ts'
import { Call, failure, type Result } from './call.ts'
import {
  AF_INET,
  AF_INET6,
  MSG_DONTWAIT,
  O_NONBLOCK,
  O_RDWR,
  POLLIN,
  POLLOUT,
  POLLPRI,
  POLLRDHUP,
} from './constants.ts'
import type { Errno } from './errno.ts'

/** The attempt that a blocked call repeats whenever the socket has changed; false: it goes on blocking. */
type Attempt = () => boolean

/** All that there is to poll for. */
const ANY_CAUSE = 0xffff

/** struct sockaddr_in or sockaddr_in6, by the family of the address; in host order. */
export interface SocketAddress {
  readonly address: Address
  readonly port: number
}

/** The policy of all sockets of a layer; it may be changed at any time. */
export interface SocketPolicy {
  /**
   * Fast open as net.ipv4.tcp_fastopen has it: 1 for clients that ask, 2 for listeners that ask (TCP_FASTOPEN), 4 for
   * clients without cookies, 0x200 for listeners without, 0x400 for all listeners.
   */
  fastOpen: number
  /** Send buffers are counted as Linux counts them, not by their text. */
  linuxBuffers: boolean
}

export class StreamSocket {
  readonly host: Host
  readonly policy: SocketPolicy
  /** AF_INET or AF_INET6. */
  readonly family: number
  /** IPV6_V6ONLY: no IPv4 by mapped addresses (RFC 3493 §5.3). */
  ipv6Only = false
  connection: Connection | null = null
  listener: Listener | null = null
  /** The address that bind(2) has given it. */
  bound: SocketAddress | null = null
  /** File status flags: O_NONBLOCK among them. */
  flags = O_RDWR
  /** TCP options that were set, for the connection that is or will be. */
  options: Partial<TcpOptions> = {}
  /** SO_… and others that are only remembered here, by name. */
  readonly remembered = new Map<string, number>()

  // Opening
  /** TCP_FASTOPEN_CONNECT: connect(2) only notes the destination, and the first text goes on the SYN. */
  connectsLater = false
  /** The destination that it has noted. */
  later: SocketAddress | null = null
  /** TCP_FASTOPEN_KEY: the key of its cookies, or null for the host's. */
  fastOpenKey: Uint8Array | null = null
  /** Opened by sending, not by connect(2): once open, that is known. */
  openedWithText = false
  /** connect(2) was called and its outcome has not been told yet. */
  connecting = false

  // Transfer
  /** A call has found the send buffer full (SOCK_NOSPACE). */
  full = false
  /** The number of times that somebody was told that there is no room. */
  shortages = 0
  /** The urgent octet was read out of the line (MSG_OOB), or passed over: the end of it in the stream. */
  urgentRead: number | null = null

  // Ending
  /** SO_LINGER: seconds, or null when off. */
  linger: number | null = null
  readShut = false
  writeShut = false
  /** The connection is over. */
  over = false
  closed = false

  /** The pending error that the next call reports (Linux's sk_err). */
  #error: Errno | null = null
  readonly #blocked: Attempt[] = []
  readonly #observers = new Set<(cause: number) => void>()

  constructor(host: Host, policy: SocketPolicy, family: number = AF_INET) {
    this.host = host
    this.policy = policy
    this.family = family
  }

  /** The address that stands for all of the host's, of a socket of this family. */
  get any(): Address {
    return this.family === AF_INET6 ? ANY_IPV6 : ANY_IPV4
  }

  /** An address as the socket tells it: IPv4's are mapped ones to a socket of IPv6 (RFC 3493 §3.7). */
  told(address: Address, port: number): SocketAddress {
    return { address: this.family === AF_INET6 ? mapped(address) : address, port }
  }

  /** The errno for an address that is of another family than the socket, or null. */
  refuses({ address }: SocketAddress): Errno | null {
    return isIpv6(address) === (this.family === AF_INET6) ? null : 'EAFNOSUPPORT'
  }

  /** The connection's user: every event of it is a change of the socket. */
  get user(): ConnectionUser {
    return {
      established: () => this.changed(),
      readable: () => this.changed(POLLIN | POLLRDHUP),
      urgent: () => this.changed(POLLPRI),
      writable: () => this.changed(POLLOUT),
      closed: error => this.ended(error),
    }
  }

  /** Something has happened that may have turned these POLL… bits on: blocked calls try again. */
  changed(cause = ANY_CAUSE): void {
    for (let i = 0; i < this.#blocked.length; ) {
      if (this.#blocked[i]!()) this.#blocked.splice(i, 1)
      else i++
    }
    for (const observer of [...this.#observers]) observer(cause)
  }

  /** Tells `observer` of every change, and which POLL… bits it may have turned on. Returns how to stop that. */
  observe(observer: (cause: number) => void): () => void {
    this.#observers.add(observer)
    return () => this.#observers.delete(observer)
  }

  ended(error: ErrorCode | null): void {
    if (this.over) return
    this.over = true
    if (error !== null) this.#error = error
    this.changed()
  }

  /** The socket stands for no connection any more (connect(2) to AF_UNSPEC), and may open another. */
  disconnected(): void {
    this.connection = null
    this.later = null
    this.urgentRead = null
    this.connecting = this.openedWithText = this.full = false
    this.readShut = this.writeShut = this.over = false
    this.#error = null
    this.changed()
  }

  // Waiting

  get nonBlocking(): boolean {
    return (this.flags & O_NONBLOCK) !== 0
  }

  /** Returns whether a call with these MSG_… flags may block. */
  waits(flags: number): boolean {
    return !this.nonBlocking && (flags & MSG_DONTWAIT) === 0
  }

  /** Has `attempt` tried again at every change until it says that it is done. */
  watch(attempt: Attempt): void {
    this.#blocked.push(attempt)
  }

  /** Takes back {@link watch}. */
  unwatch(attempt: Attempt): void {
    const i = this.#blocked.indexOf(attempt)
    if (i >= 0) this.#blocked.splice(i, 1)
  }

  /** Tries now, and if it would block, again at every change; `timeout` (ms, 0 for none) ends that with EAGAIN. */
  block<T>(wait: boolean, timeout: number, attempt: () => Result<T> | null): Call<T> {
    const first = attempt()
    if (first !== null) return Call.done(first)
    if (!wait) return Call.failed('EAGAIN')
    const call = new Call<T>()
    const again: Attempt = () => {
      const result = attempt()
      if (result === null) return false
      call.finish(result)
      return true
    }
    this.#blocked.push(again)
    if (timeout > 0) {
      this.host.clock.schedule(this.host.now + timeout, () => {
        if (call.result !== null) return
        this.unwatch(again)
        call.finish(failure('EAGAIN'))
      })
    }
    return call
  }

  // Errors and options

  /** The pending error, which is told once. */
  takeError(): Errno | null {
    const error = this.#error
    this.#error = null
    return error
  }

  get hasError(): boolean {
    return this.#error !== null
  }

  /**
   * Sets TCP options, of the connection there is and of those to come.
   * @throws RangeError for a value out of bounds
   */
  configure(given: Partial<TcpOptions>): void {
    this.options = { ...this.options, ...given }
    if (this.connection !== null && !this.over) configure(this.connection, given)
    this.listener?.configure(given)
  }
}

/** An error of the core as an errno. @throws everything that is no error of the core */
export const errnoOf = (error: unknown): Errno => {
  if (error instanceof TcpError) return error.code
  throw error
}
