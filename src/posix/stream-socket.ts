/** One socket of the POSIX-like layer: what a file descriptor stands for. */
import type { Host } from '../host/host.ts'
import type { Listener } from '../host/listener.ts'
import { abort, close, configure, receive, release, send, sendRoom, urgentPending } from '../tcp/calls.ts'
import type { Connection, ConnectionUser } from '../tcp/connection.ts'
import { type ErrorCode, TcpError } from '../tcp/error.ts'
import type { TcpOptions } from '../tcp/options.ts'
import type { Address } from '../wire/address.ts'
import { Call, failure, type Result, success } from './call.ts'
import {
  MSG_DONTWAIT,
  MSG_FASTOPEN,
  MSG_MORE,
  MSG_PEEK,
  MSG_WAITALL,
  O_RDWR,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLOUT,
  POLLPRI,
  POLLRDHUP,
  SHUT_RD,
  SHUT_WR,
} from './constants.ts'
import type { Errno } from './errno.ts'
import { cookieByKey, FAST_OPEN_KEY } from './fast-open-key.ts'
import { isWritable, linuxSendSpace } from './linux-send-space.ts'

const NOTHING = new Uint8Array(0)

/** The attempt that a blocked call repeats whenever the socket has changed; false: it goes on blocking. */
type Attempt = () => boolean

/** struct sockaddr_in, in host order. */
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

export const FAST_OPEN_CLIENT = 1
const FAST_OPEN_SERVER = 2
const FAST_OPEN_UNASKED = 4
const FAST_OPEN_WITHOUT_COOKIES = 0x200
const FAST_OPEN_LISTENERS = 0x400

export class StreamSocket {
  readonly host: Host
  readonly policy: SocketPolicy
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
  /** TCP_FASTOPEN_CONNECT: connect(2) only notes where to, and the first text goes on the SYN. */
  connectsLater = false
  /** TCP_FASTOPEN_KEY: the key of its cookies, or null for the host's. */
  #fastOpenKey: Uint8Array | null = null
  #later: SocketAddress | null = null
  /** Opened by sending, not by connect(2): once open, that is known. */
  #openedWithText = false
  /** SO_LINGER: seconds, or null when off. */
  linger: number | null = null
  readShut = false
  writeShut = false
  /** The connection is over. */
  over = false
  /** connect(2) was called and its outcome has not been told yet. */
  connecting = false
  closed = false
  /** A call has found the send buffer full (SOCK_NOSPACE). */
  #full = false
  /** The pending error that the next call reports (Linux's sk_err). */
  #error: Errno | null = null
  readonly #blocked: Attempt[] = []

  constructor(host: Host, policy: SocketPolicy) {
    this.host = host
    this.policy = policy
  }

  // Events of the connection

  /** Something has happened: blocked calls try again. */
  changed(): void {
    for (let i = 0; i < this.#blocked.length; ) {
      if (this.#blocked[i]!()) this.#blocked.splice(i, 1)
      else i++
    }
  }

  ended(error: ErrorCode | null): void {
    if (this.over) return
    this.over = true
    if (error !== null) this.#error = error
    this.changed()
  }

  /** The connection that accept(2) has taken. */
  adopt(c: Connection): void {
    this.connection = c
    c.user = userOf(this)
    // A reset may have come first; then it is as if it had never been (LISTEN).
    if (c.state === 'CLOSED' || c.state === 'TIME_WAIT' || c.state === 'LISTEN') this.ended(c.error)
  }

  // Waiting

  get nonBlocking(): boolean {
    return (this.flags & 0o4000) !== 0
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

  /** Tries now, and if it would block, again at every change; `timeout` (ms) ends that with EAGAIN. */
  #block<T>(wait: boolean, timeout: number, attempt: () => Result<T> | null): Call<T> {
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

  #waits(flags: number): boolean {
    return !this.nonBlocking && (flags & MSG_DONTWAIT) === 0
  }

  /** The pending error, which is told once. */
  takeError(): Errno | null {
    const error = this.#error
    this.#error = null
    return error
  }

  get hasError(): boolean {
    return this.#error !== null
  }

  // Opening

  connect(to: SocketAddress): Call<void> {
    if (this.listener !== null) return Call.failed('EISCONN')
    const c = this.connection
    if (c === null && this.#later !== null) return Call.failed('EISCONN')
    if (c === null && this.connectsLater && this.host.fastOpens.knows(this.host, to.address)) {
      this.#later = to
      return Call.done<void>(success(undefined))
    }
    if (c === null) {
      const begun = this.#open(to)
      if (begun !== null) return Call.failed(begun)
      if (this.nonBlocking) return Call.failed('EINPROGRESS')
    } else if (!this.connecting || (this.#openedWithText && isSynchronized(c) && !this.over)) {
      return Call.failed(this.over ? (this.takeError() ?? 'ECONNABORTED') : 'EISCONN')
    } else if (this.nonBlocking && !this.over && !isSynchronized(c)) {
      return Call.failed('EALREADY')
    }
    return this.#block(true, this.remembered.get('SO_SNDTIMEO') ?? 0, () => this.#connected())
  }

  #connected(): Result<void> | null {
    if (this.over) {
      this.connecting = false
      return failure(this.takeError() ?? 'ECONNABORTED')
    }
    if (!isSynchronized(this.connection!)) return null
    this.connecting = false
    return success(undefined)
  }

  /**
   * As sendto(2) with MSG_FASTOPEN: opens the connection with as much of `data` on the SYN as the server's cookie allows.
   * Says how much was taken.
   */
  openWith(to: SocketAddress, data: Uint8Array, flags: number): Call<number> {
    if (this.listener !== null) return Call.failed('EISCONN')
    if (this.connection !== null) {
      if (!this.over && this.connecting && !isSynchronized(this.connection)) return Call.failed('EALREADY')
      return this.send(data, flags & ~MSG_FASTOPEN)
    }
    if (!(this.policy.fastOpen & FAST_OPEN_CLIENT)) return Call.failed('EOPNOTSUPP')
    this.#openedWithText = true
    const begun = this.#open(to, data.slice())
    if (begun !== null) return Call.failed(begun)
    const taken = this.connection!.fastOpen?.text ?? 0
    const call = new Call<number>()
    // Without a cookie it is a connect(2), and what was given waits for its end.
    const waits = this.#waits(flags)
    const c = this.connection!
    c.sendQueue.keep(taken)
    c.sendQueue.markPushed()
    if (!waits) return taken > 0 ? Call.done(success(taken)) : Call.failed('EINPROGRESS')
    this.#block(true, 0, () => this.#connected()).whenDone(result => {
      if (!result.ok) {
        call.finish(result)
        return
      }
      // A sender that has more to say lets the ACKs ride on it (as Linux does).
      if (taken < data.length) c.quickAcks = 0
      this.send(data.subarray(taken), flags & ~MSG_FASTOPEN).whenDone(rest =>
        call.finish(rest.ok ? success(taken + rest.value) : rest),
      )
    })
    return call
  }

  #open(to: SocketAddress, data: Uint8Array | null = null): Errno | null {
    try {
      this.connection = this.host.connect(to.address, to.port, userOf(this), {
        options: {
          ...this.options,
          fastOpen: (this.policy.fastOpen & FAST_OPEN_CLIENT) !== 0 && (data !== null || this.connectsLater),
          fastOpenUnasked: (this.policy.fastOpen & FAST_OPEN_UNASKED) !== 0,
        },
        ...(data === null ? {} : { data }),
        ...(this.bound === null ? {} : { localAddress: this.bound.address, localPort: this.bound.port }),
      })
      this.connecting = true
      return null
    } catch (error) {
      return errnoOf(error)
    }
  }

  listen(backlog: number): Errno | null {
    if (this.connection !== null) return 'EINVAL'
    if (this.listener !== null) return null
    const { fastOpen } = this.policy
    const asked = this.options.fastOpen === true || (fastOpen & FAST_OPEN_LISTENERS) !== 0
    this.options = {
      ...this.options,
      fastOpen: asked && (fastOpen & FAST_OPEN_SERVER) !== 0,
      fastOpenCookies: (fastOpen & FAST_OPEN_WITHOUT_COOKIES) === 0,
    }
    try {
      this.listener = this.host.listen(
        this.bound?.address ?? 0,
        this.bound?.port ?? 0,
        { acceptable: () => this.changed() },
        {
          backlog: Math.max(1, backlog + 1),
          options: this.options,
          reuseAddress: this.remembered.get('SO_REUSEADDR') === 1,
        },
      )
      this.#giveKey()
      this.bound = { address: this.listener.localAddress, port: this.listener.localPort }
      return null
    } catch (error) {
      return errnoOf(error)
    }
  }

  /** Fast open's cookies by a key of this listener's own: 16 bytes. */
  setFastOpenKey(key: Uint8Array): Errno | null {
    if (key.length !== FAST_OPEN_KEY) return 'EINVAL'
    this.#fastOpenKey = key.slice()
    this.#giveKey()
    return null
  }

  #giveKey(): void {
    if (this.listener === null || this.#fastOpenKey === null) return
    this.listener.fastOpenCookies = this.host.fastOpens.cookies.derived(cookieByKey(this.#fastOpenKey))
  }

  accept(): Call<Connection> {
    if (this.listener === null) return Call.failed('EINVAL')
    return this.#block(!this.nonBlocking, this.remembered.get('SO_RCVTIMEO') ?? 0, () => {
      if (this.listener === null) return failure('EINVAL')
      const c = this.listener.accept()
      return c === null ? null : success(c)
    })
  }

  // Receiving

  /** As recv(2): the next bytes, at most `length`; none at the end. */
  receive(length: number, flags = 0): Call<Uint8Array> {
    if (this.connection === null) return Call.failed('ENOTCONN')
    const timeout = this.remembered.get('SO_RCVTIMEO') ?? 0
    const parts: Uint8Array[] = []
    let taken = 0
    return this.#block(this.#waits(flags), timeout, () => {
      const c = this.connection!
      if (flags & MSG_PEEK) return this.#peek(c, length)
      while (taken < length) {
        const part = receive(c, length - taken)
        if (part === null) break
        parts.push(part)
        taken += part.length
      }
      if (taken === length || (taken > 0 && !(flags & MSG_WAITALL))) return success(joined(parts, taken))
      if (taken > 0 && this.#atEnd(c)) return success(joined(parts, taken))
      if (length === 0) return success(NOTHING)
      return this.#nothingToRead(c)
    })
  }

  #peek(c: Connection, length: number): Result<Uint8Array> | null {
    const part = c.receiveQueue.peek(length)
    return part.length > 0 ? success(part) : this.#nothingToRead(c)
  }

  #atEnd(c: Connection): boolean {
    return c.finReceived || this.readShut || this.over
  }

  #nothingToRead(c: Connection): Result<Uint8Array> | null {
    if (c.finReceived) return success(NOTHING)
    const error = this.takeError()
    if (error !== null) return failure(error)
    if (this.over || this.readShut) return success(NOTHING)
    return null
  }

  /** Bytes that can be read (SIOCINQ). */
  get readableBytes(): number {
    return this.connection?.receiveQueue.length ?? 0
  }

  // Sending

  /** As send(2): how many bytes were taken. Blocking, it takes all. */
  send(data: Uint8Array, flags = 0): Call<number> {
    let taken = 0
    const waits = this.#waits(flags)
    if (this.#later !== null && this.connection === null) {
      const to = this.#later
      this.#later = null
      return this.openWith(to, data, flags)
    }
    return this.#block(waits, this.remembered.get('SO_SNDTIMEO') ?? 0, () => {
      const problem = this.#sendProblem()
      if (problem !== null) return taken > 0 ? success(taken) : failure(problem)
      const c = this.connection!
      // Nobody says how much a peer that has not answered yet will take.
      if (!maySend(c)) return null
      const room = Math.min(this.sendRoom, data.length - taken)
      if (room > 0 || data.length === 0) {
        const part = data.slice(taken, taken + room)
        const last = taken + room === data.length
        if (part.length > 0) this.#push(c, part, last && (flags & MSG_MORE) !== 0)
        taken += room
      }
      this.#full = taken < data.length
      if (taken === data.length || (!waits && taken > 0)) return success(taken)
      return null
    })
  }

  get sendRoom(): number {
    const c = this.connection
    if (c === null) return 0
    if (!this.policy.linuxBuffers) return sendRoom(c)
    const buffer = this.#sendBuffer(c)
    if (this.#full && !isWritable(c, buffer)) return 0
    return linuxSendSpace(c, buffer)
  }

  /** SO_SNDBUF as it was set, doubled, or as it grows with the window. */
  #sendBuffer(c: Connection): number {
    const set = this.remembered.get('SO_SNDBUF')
    if (set !== undefined) return set
    const { sendBuffer, maxSendBuffer } = c.options
    return Math.max(sendBuffer, Math.min(maxSendBuffer, 4 * c.congestion.cwnd))
  }

  #push(c: Connection, data: Uint8Array, more: boolean): void {
    send(c, data, more)
  }

  #sendProblem(): Errno | null {
    if (this.hasError) return this.takeError()
    if (this.writeShut || this.over) return 'EPIPE'
    if (this.connection === null) return 'EPIPE'
    return null
  }

  // Ending

  shutdown(how: number): Errno | null {
    const c = this.connection
    if (this.listener !== null && how !== SHUT_WR) {
      this.listener.close()
      this.listener = null
      this.changed()
      return null
    }
    if (c === null || this.over) return 'ENOTCONN'
    if (how !== SHUT_WR) this.readShut = true
    if (how !== SHUT_RD) {
      this.writeShut = true
      close(c)
    }
    this.changed()
    return null
  }

  /** As close(2): with SO_LINGER and 0 s it resets; with more it waits for the end. */
  close(): Call<void> {
    this.closed = true
    this.listener?.close()
    this.listener = null
    const c = this.connection
    if (c === null || this.over) return Call.done<void>(success(undefined))
    if (this.linger === 0) {
      abort(c)
      return Call.done<void>(success(undefined))
    }
    release(c)
    if (this.linger === null || this.nonBlocking) return Call.done<void>(success(undefined))
    const call = this.#block(true, this.linger * 1000, () =>
      this.over || c.finAcked ? success(undefined) : null,
    )
    const told = new Call<void>()
    // Time that is over ends the waiting, not the closing.
    call.whenDone(() => told.finish(success(undefined)))
    return told
  }

  // Readiness

  /** POLL… bits that are on, of all that there are. */
  get readiness(): number {
    if (this.listener !== null) return this.listener.acceptQueue.length > 0 ? POLLIN : 0
    const c = this.connection
    if (c === null) return POLLOUT | POLLHUP
    let bits = 0
    const readEnd = this.readShut || c.finReceived || this.over
    if (this.hasError) bits |= POLLERR
    if (this.over || (readEnd && this.writeShut)) bits |= POLLHUP
    if (readEnd) bits |= POLLIN | POLLRDHUP
    if (this.readableBytes > 0) bits |= POLLIN
    if (urgentPending(c) > 0) bits |= POLLPRI
    if (this.over || this.writeShut) bits |= POLLOUT
    else if (maySend(c) && this.sendRoom > 0) bits |= POLLOUT
    return bits
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

const userOf = (socket: StreamSocket): ConnectionUser => ({
  established: () => socket.changed(),
  readable: () => socket.changed(),
  urgent: () => socket.changed(),
  writable: () => socket.changed(),
  closed: error => socket.ended(error),
})

/** Also before the handshake is over, where the text of the SYN was taken (RFC 7413 §4.2.2). */
const maySend = (c: Connection): boolean => c.synchronized || (c.fastOpen?.opened ?? false)

const isSynchronized = (c: Connection): boolean => c.synchronized

/** An error of the core as an errno. @throws everything that is no error of the core */
const errnoOf = (error: unknown): Errno => {
  if (error instanceof TcpError) return error.code
  throw error
}

const joined = (parts: readonly Uint8Array[], length: number): Uint8Array => {
  if (parts.length === 1) return parts[0]!
  const whole = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
