/**
 * The sockets of a host as a C programmer expects them: descriptors, calls by their POSIX names, results with errno.
 * A call that blocks is a {@link Call} whose result comes later; nothing else waits.
 */
import { joinedBytes } from '../base/joined-bytes.ts'
import type { Host } from '../host/host.ts'
import type { TcpOptions } from '../tcp/block/options.ts'
import { unacknowledged } from '../tcp/calls.ts'
import { isCongestionControl } from '../tcp/congestion/registry.ts'
import { unsent } from '../tcp/queues/send-buffer.ts'
import { type TcpInfo, tcpInfo } from '../tcp/tcp-info.ts'
import { isIpv6, isUnspecified, unmapped } from '../wire/address.ts'
import { Call, failure, type Result, success } from './call.ts'
import {
  AF_INET,
  AF_INET6,
  MSG_FASTOPEN,
  O_NONBLOCK,
  O_RDWR,
  POLLERR,
  POLLHUP,
  POLLNVAL,
} from './constants.ts'
import { close, shutdown } from './ending.ts'
import { Epoll, type EpollEvent } from './epoll.ts'
import { ERRNO, type Errno } from './errno.ts'
import { accept, adopt, connect, disconnect, listen, openWith, sendTo, setFastOpenKey } from './opening.ts'
import { readiness } from './readiness.ts'
import { getOption, setOption } from './socket-options.ts'
import { type SocketAddress, type SocketPolicy, StreamSocket } from './stream-socket.ts'
import { atMark, readableBytes, receive } from './transfer.ts'

/** One descriptor of {@link Sockets.poll}. */
export interface PollEntry {
  readonly fd: number
  /** POLL… bits that are asked for. */
  readonly events: number
  /** Those that are on, filled in by the call. */
  revents: number
}

/** struct linger: on or off, and seconds. */
export interface Linger {
  readonly onoff: number
  /** Seconds */
  readonly linger: number
}

/** 0, 1 and 2 are taken everywhere. */
const FIRST_DESCRIPTOR = 3

/** Descriptors that one host's sockets may have (as RLIMIT_NOFILE). */
const DESCRIPTORS = 65_536

const answer = (errno: Errno | null): Result<void> => (errno === null ? success(undefined) : failure(errno))

/** The socket calls of POSIX, on a host. */
export class Sockets {
  readonly host: Host
  readonly policy: SocketPolicy = { fastOpen: 1, linuxBuffers: false }
  readonly #open = new Map<number, StreamSocket>()
  /** The socket that each descriptor stood for last, closed ones too: a debugger wants to know. */
  readonly #last = new Map<number, StreamSocket>()
  readonly #epolls = new Map<number, Epoll>()
  /** Options of the sockets to come, where they differ from the host's. */
  #defaults: Partial<TcpOptions> = {}

  constructor(host: Host) {
    this.host = host
  }

  /** The socket of a descriptor, or null. */
  get(fd: number): StreamSocket | null {
    return this.#open.get(fd) ?? null
  }

  /** The socket that a descriptor stood for last, closed or not; null for one that never was. */
  last(fd: number): StreamSocket | null {
    return this.#last.get(fd) ?? null
  }

  /**
   * Changes options of the sockets to come, and of connections to come on those that listen (as sysctls do).
   * @throws RangeError for a value out of bounds
   */
  configure(given: Partial<TcpOptions>): void {
    this.#defaults = { ...this.#defaults, ...given }
    const { accEcnOption } = given
    for (const s of this.#open.values()) {
      s.listener?.configure(given)
      // The kernel reads this one for each segment.
      if (accEcnOption !== undefined && s.connection !== null) s.configure({ accEcnOption })
    }
  }

  /** The lowest descriptor that is free, or an errno. */
  #free(): Result<number> {
    if (this.#open.size + this.#epolls.size >= DESCRIPTORS) return failure('ENOBUFS')
    let fd = FIRST_DESCRIPTOR
    while (this.#open.has(fd) || this.#epolls.has(fd)) fd++
    return success(fd)
  }

  #descriptor(socket: StreamSocket): Result<number> {
    const free = this.#free()
    if (!free.ok) return free
    const fd = free.value
    this.#open.set(fd, socket)
    this.#last.set(fd, socket)
    return success(fd)
  }

  /**
   * socket(family, SOCK_STREAM | flags, IPPROTO_TCP): AF_INET or AF_INET6; SOCK_NONBLOCK (which is O_NONBLOCK) is the flag
   * that matters.
   */
  socket(flags = 0, family: number = AF_INET): Result<number> {
    if (family !== AF_INET && family !== AF_INET6) return failure('EAFNOSUPPORT')
    const s = new StreamSocket(this.host, this.policy, family)
    s.flags = O_RDWR | (flags & O_NONBLOCK)
    s.options = { ...this.#defaults }
    return this.#descriptor(s)
  }

  bind(fd: number, to: SocketAddress): Result<void> {
    const s = this.get(fd)
    if (s === null) return failure('EBADF')
    if (s.bound !== null || s.connection !== null) return failure('EINVAL')
    const refused = s.refuses(to)
    if (refused !== null) return failure(refused)
    const { interfaces, listeners } = this.host
    const local = unmapped(to.address)
    if (s.ipv6Only && !isIpv6(local)) return failure('EINVAL')
    if (!isUnspecified(local) && !interfaces.isOwn(local)) return failure('EADDRNOTAVAIL')
    if (to.port !== 0 && listeners.taken(local, to.port, s.ipv6Only)) return failure('EADDRINUSE')
    s.bound = to
    return success(undefined)
  }

  listen(fd: number, backlog: number): Result<void> {
    const s = this.get(fd)
    return s === null ? failure('EBADF') : answer(listen(s, backlog))
  }

  /** The descriptor of the connection that has waited longest; blocks until there is one. */
  accept(fd: number): Call<number> {
    const s = this.get(fd)
    if (s === null) return Call.failed('EBADF')
    const taken = new Call<number>()
    accept(s).whenDone(result => {
      if (!result.ok) {
        taken.finish(result)
        return
      }
      const child = new StreamSocket(this.host, this.policy, s.family)
      child.ipv6Only = s.ipv6Only
      child.options = { ...s.options }
      for (const [name, value] of s.remembered) child.remembered.set(name, value)
      child.linger = s.linger
      adopt(child, result.value)
      taken.finish(this.#descriptor(child))
    })
    return taken
  }

  connect(fd: number, to: SocketAddress): Call<void> {
    const s = this.get(fd)
    return s === null ? Call.failed('EBADF') : connect(s, to)
  }

  /** connect(fd, AF_UNSPEC): the socket lets go of its connection, or stops listening, and may be used for another. */
  disconnect(fd: number): Call<void> {
    const s = this.get(fd)
    return s === null ? Call.failed('EBADF') : disconnect(s)
  }

  recv(fd: number, length: number, flags = 0): Call<Uint8Array> {
    const s = this.get(fd)
    return s === null ? Call.failed('EBADF') : receive(s, length, flags)
  }

  read(fd: number, length: number): Call<Uint8Array> {
    return this.recv(fd, length)
  }

  send(fd: number, data: Uint8Array, flags = 0): Call<number> {
    const s = this.get(fd)
    return s === null ? Call.failed('EBADF') : sendTo(s, data, flags)
  }

  write(fd: number, data: Uint8Array): Call<number> {
    return this.send(fd, data)
  }

  /** sendto(fd, data, MSG_FASTOPEN, to): connects with the text on the SYN (RFC 7413); without a cookie it asks for one. */
  sendto(fd: number, data: Uint8Array, flags: number, to: SocketAddress): Call<number> {
    const s = this.get(fd)
    if (s === null) return Call.failed('EBADF')
    return flags & MSG_FASTOPEN ? openWith(s, to, data, flags) : sendTo(s, data, flags)
  }

  /** Pieces that leave as one. */
  sendmsg(fd: number, pieces: readonly Uint8Array[], flags = 0): Call<number> {
    return this.send(fd, joinedBytes(pieces), flags)
  }

  /** One of the SHUT_… constants. */
  shutdown(fd: number, how: number): Result<void> {
    const s = this.get(fd)
    if (s === null) return failure('EBADF')
    if (how < 0 || how > 2) return failure('EINVAL')
    return answer(shutdown(s, how))
  }

  close(fd: number): Call<void> {
    const epoll = this.#epolls.get(fd)
    if (epoll !== undefined) {
      this.#epolls.delete(fd)
      epoll.close()
      return Call.done<void>(success(undefined))
    }
    const s = this.get(fd)
    if (s === null) return Call.failed('EBADF')
    this.#open.delete(fd)
    for (const waiting of this.#epolls.values()) waiting.forget(fd)
    return close(s)
  }

  /** The descriptor's flags (F_GETFL), or their change (F_SETFL): O_NONBLOCK is the one that matters. */
  fcntl(fd: number, command: 'F_GETFL' | 'F_SETFL', flags = 0): Result<number> {
    const s = this.get(fd)
    if (s === null) return failure('EBADF')
    if (command === 'F_GETFL') return success(s.flags)
    s.flags = O_RDWR | (flags & O_NONBLOCK)
    return success(0)
  }

  /** SIOCINQ (FIONREAD): bytes to read; SIOCATMARK: 1 at the urgent octet; SIOCOUTQ: bytes not acknowledged; SIOCOUTQNSD: bytes not sent. */
  ioctl(fd: number, request: string): Result<number> {
    const s = this.get(fd)
    if (s === null) return failure('EBADF')
    const c = s.connection
    switch (request) {
      case 'SIOCINQ':
      case 'FIONREAD':
        return s.listener === null ? success(readableBytes(s)) : failure('EINVAL')
      case 'SIOCATMARK':
        return success(atMark(s) ? 1 : 0)
      case 'SIOCOUTQ':
      case 'TIOCOUTQ':
        return success(c === null ? 0 : unacknowledged(c))
      case 'SIOCOUTQNSD':
        return success(c === null ? 0 : unsent(c))
      default:
        return failure('ENOTTY')
    }
  }

  /** Options by name: numbers, the name for TCP_CONGESTION, bytes for TCP_FASTOPEN_KEY, a structure for SO_LINGER. */
  setsockopt(fd: number, name: string, value: number | string | Uint8Array | Linger): Result<void> {
    const s = this.get(fd)
    if (s === null) return failure('EBADF')
    if (name === 'SO_LINGER') {
      if (typeof value !== 'object' || value instanceof Uint8Array) return failure('EINVAL')
      s.linger = value.onoff === 0 ? null : value.linger
      return success(undefined)
    }
    if (name === 'TCP_CONGESTION') {
      if (typeof value !== 'string' || !isCongestionControl(value)) return failure('ENOPROTOOPT')
      if (s.connection !== null) return failure('EOPNOTSUPP')
      s.configure({ congestionControl: value })
      return success(undefined)
    }
    if (name === 'TCP_FASTOPEN_KEY')
      return value instanceof Uint8Array ? answer(setFastOpenKey(s, value)) : failure('EINVAL')
    if (typeof value !== 'number') return failure('EINVAL')
    return answer(setOption(s, name, value))
  }

  getsockopt(fd: number, name: string): Result<number | string | Linger> {
    const s = this.get(fd)
    if (s === null) return failure('EBADF')
    if (name === 'SO_LINGER') return success({ onoff: s.linger === null ? 0 : 1, linger: s.linger ?? 0 })
    if (name === 'SO_ERROR') {
      const error = s.takeError()
      return success(error === null ? 0 : ERRNO[error])
    }
    if (name === 'TCP_CONGESTION')
      return success(
        s.connection?.congestion.name ?? s.options.congestionControl ?? this.host.options.congestionControl,
      )
    const value = getOption(s, name)
    return value === null ? failure('ENOPROTOOPT') : success(value)
  }

  /** getsockopt(TCP_INFO), or null while there is no connection. */
  info(fd: number): TcpInfo | null {
    const c = this.get(fd)?.connection ?? null
    return c === null ? null : tcpInfo(c)
  }

  getsockname(fd: number): Result<SocketAddress> {
    const s = this.get(fd)
    if (s === null) return failure('EBADF')
    const c = s.connection
    return success(
      c === null ? (s.bound ?? { address: s.any, port: 0 }) : s.told(c.localAddress, c.localPort),
    )
  }

  getpeername(fd: number): Result<SocketAddress> {
    const s = this.get(fd)
    if (s === null) return failure('EBADF')
    const c = s.connection
    return c === null ? failure('ENOTCONN') : success(s.told(c.remoteAddress, c.remotePort))
  }

  /** The number of descriptors that are ready; blocks until one is or `timeout` (ms, negative: for ever) is over. */
  poll(entries: readonly PollEntry[], timeout: number): Call<number> {
    const look = (): number => {
      let ready = 0
      for (const entry of entries) {
        const s = this.get(entry.fd)
        // POLLERR, POLLHUP and POLLNVAL are told unasked.
        const on = s === null ? POLLNVAL : readiness(s) & (entry.events | POLLERR | POLLHUP)
        entry.revents = on
        if (on !== 0) ready++
      }
      return ready
    }
    const now = look()
    if (now > 0 || timeout === 0) return Call.done(success(now))
    const call = new Call<number>()
    const watched = new Set(entries.map(({ fd }) => this.get(fd)))
    const attempt = (): boolean => {
      if (call.result !== null) return true
      const ready = look()
      if (ready > 0) call.finish(success(ready))
      return ready > 0
    }
    for (const s of watched) s?.watch(attempt)
    call.whenDone(() => {
      // Those that did not bring the result would hold on to it.
      this.host.clock.defer(() => {
        for (const s of watched) s?.unwatch(attempt)
      })
    })
    if (timeout > 0) this.host.clock.schedule(this.host.now + timeout, () => call.finish(success(0)))
    return call
  }

  /** epoll_create1(2): the descriptor of a new interest list. */
  epollCreate(): Result<number> {
    const free = this.#free()
    if (free.ok) this.#epolls.set(free.value, new Epoll(this.host))
    return free
  }

  /** epoll_ctl(2): one of the EPOLL_CTL_… constants. Interest lists do not nest. */
  epollCtl(epfd: number, operation: number, fd: number, event: EpollEvent): Result<void> {
    const epoll = this.#epolls.get(epfd)
    const s = this.get(fd)
    if (epoll === undefined) return failure(this.#open.has(epfd) ? 'EINVAL' : 'EBADF')
    if (s === null) return failure(this.#epolls.has(fd) ? 'EINVAL' : 'EBADF')
    return answer(epoll.control(operation, fd, s, event))
  }

  /** epoll_wait(2): at most `most` events; blocks until there is one or `timeout` (ms, negative: for ever) is over. */
  epollWait(epfd: number, most: number, timeout: number): Call<readonly EpollEvent[]> {
    const epoll = this.#epolls.get(epfd)
    if (epoll === undefined) return Call.failed(this.#open.has(epfd) ? 'EINVAL' : 'EBADF')
    return epoll.wait(most, timeout)
  }
}
