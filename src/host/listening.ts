/** The host's part of a passive OPEN, RFC 9293 §3.10.1, and of the CLOSE that ends it, §3.10.4. */
import type { Random } from '../base/clock.ts'
import type { Flow } from '../ip/flow.ts'
import { NOBODY } from '../ip/pool.ts'
import type { Connection } from '../tcp/block/connection.ts'
import { TcpError } from '../tcp/block/error.ts'
import { tcpOptions } from '../tcp/block/options.ts'
import { fail, sendReset } from '../tcp/ending.ts'
import { transitionFor } from '../tcp/state.ts'
import { type Address, ANY_IPV6, formatAddress, isUnspecified } from '../wire/address.ts'
import { PendingConnection } from './half-open/syn-queue.ts'
import type { Host } from './host.ts'
import { Listener, type ListenerUser, listensAt } from './listener.ts'
import type { ListenOptions } from './options.ts'
import type { EphemeralPorts } from './ports.ts'

/** The connections of a host, TIME-WAIT and half-open ones too, as far as they take local ports. */
interface Table extends Iterable<Pick<Flow, 'localAddress' | 'localPort'>> {
  hasPort(localPort: number): boolean
}

/** Opens and closes the listeners of a host; {@link Host.listen} tells of errors. */
export class Listening {
  readonly #host: Host
  readonly #random: Random
  readonly #ports: EphemeralPorts
  readonly #table: Table

  /** @param table all connections there are */
  constructor(host: Host, random: Random, ports: EphemeralPorts, table: Table) {
    this.#host = host
    this.#table = table
    this.#random = random
    this.#ports = ports
  }

  listen(localAddress: Address, port: number, user: ListenerUser, given: ListenOptions): Listener {
    const host = this.#host
    const { listeners, interfaces } = host
    const { ipv6Only } = given
    const refused = (code: 'ENETDOWN' | 'EADDRNOTAVAIL' | 'EADDRINUSE'): TcpError =>
      new TcpError(code, 'listen', formatAddress(localAddress), port)
    if (host.closed) throw refused('ENETDOWN')
    if (!isUnspecified(localAddress) && !interfaces.isOwn(localAddress)) throw refused('EADDRNOTAVAIL')
    const reuse = given.reuseAddress ?? true
    const options = given.options === undefined ? host.options : tcpOptions(given.options, host.options)
    const backlog = Math.max(1, Math.min(given.backlog ?? options.backlog, 65_535))
    const localPort =
      port ||
      this.#ports.pick(
        this.#random.uint32(),
        p =>
          !listeners.taken(localAddress, p, ipv6Only) &&
          !this.#table.hasPort(p) &&
          (host.pool?.listenerAt(p) ?? NOBODY) === NOBODY,
      )
    if (localPort < 0) throw refused('EADDRINUSE')
    if (
      listeners.taken(localAddress, localPort, ipv6Only) ||
      (!reuse && this.#held(localAddress, localPort, ipv6Only))
    )
      throw refused('EADDRINUSE')
    const listener = new Listener(
      host,
      localAddress,
      localPort,
      user,
      backlog,
      reuse,
      options,
      host.now,
      ipv6Only,
    )
    listeners.add(listener)
    host.pool?.listening(localPort, true)
    host.recorder?.listening(listener)
    this.#report(listener, 'CLOSED', 'passive OPEN')
    return listener
  }

  /** Returns whether a connection, in TIME-WAIT or not, holds this local socket. */
  #held(localAddress: Address, port: number, ipv6Only = false): boolean {
    const dualStack = localAddress === ANY_IPV6 && !ipv6Only
    if (!this.#table.hasPort(port)) return false
    for (const c of this.#table)
      if (c.localPort === port && listensAt(localAddress, dualStack, c.localAddress)) return true
    return false
  }

  /** No more connections come to it; those that were not accepted are reset. */
  close(listener: Listener, event: 'CLOSE' | 'ABORT'): void {
    if (listener.closed) return
    listener.closed = true
    const { listeners, pool } = this.#host
    listeners.delete(listener)
    this.#ports.forget()
    if (!listeners.hasAt(listener.localPort)) pool?.listening(listener.localPort, false)
    this.#report(listener, 'LISTEN', event)
    for (const c of this.#host.halfOpens.unpackAll(listener)) this.#reset(c)
    // (Those, too, that a reader of the trace has made whole meanwhile.)
    const { fresh, odd } = listener.synQueue
    for (const c of [...odd.list(), ...fresh.list(), ...listener.acceptQueue.list()]) this.#reset(c)
    listener.acceptQueue.clear()
  }

  #reset(c: Connection): void {
    if (c.parent instanceof PendingConnection) c.parent.leaveSynQueue()
    c.parent = null
    if (c.state === 'CLOSED') return
    sendReset(c)
    fail(c, 'ABORT', 'call', null)
  }

  #report(listener: Listener, from: 'CLOSED' | 'LISTEN', event: 'passive OPEN' | 'CLOSE' | 'ABORT'): void {
    const { to, section } = transitionFor(from, event)
    const { trace, now } = this.#host
    trace?.({
      type: 'transition',
      time: now,
      connection: listener,
      from,
      to,
      event,
      section,
      cause: 'call',
    })
  }
}
