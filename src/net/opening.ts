/** From a name to an established connection: the addresses are found, and tried one after the other. */
import { AsyncResource } from 'node:async_hooks'
import { type BlockList, isIP, isIPv6 } from 'node:net'
import type { Alarm } from '../base/clock.ts'
import type { ConnectionView as Connection } from '../tcp/block/connection-view.ts'
import { type ErrorCode, TcpError } from '../tcp/block/error.ts'
import type { TcpOptions } from '../tcp/block/options.ts'
import { ANY_IPV4, ANY_IPV6, isMapped, isUnspecified, parseAddress } from '../wire/address.ts'
import { addressText } from './address-info.ts'
import { type ConnectOptions, checkConnectOptions } from './arguments.ts'
import type { Channel } from './channel.ts'
import {
  checkAttemptTimeout,
  getDefaultAutoSelectFamily,
  getDefaultAutoSelectFamilyAttemptTimeout,
} from './defaults.ts'
import { addressError, aggregateError, ipBlocked, type SystemError } from './errors.ts'
import type { NetStack } from './host-port.ts'
import { type Found, lookupAddresses } from './lookup.ts'
import { nextTick } from './real-timers.ts'
import { inTurn } from './turn.ts'

/** The part of a socket that an opening needs. */
export interface Opener {
  connecting: boolean
  autoSelectFamilyAttemptedAddresses: string[] | undefined
  emit(event: string, ...args: unknown[]): unknown
  destroy(error: Error): unknown
}

/** The families in turn, the one of the first address first (RFC 8305 §4, and as node:net). */
const alternating = (found: readonly Found[]): Found[] => {
  const first = found.filter(({ family }) => family === found[0]?.family)
  const others = found.filter(({ family }) => family !== found[0]?.family)
  const all: Found[] = []
  for (let i = 0; i < Math.max(first.length, others.length); i++)
    for (const one of [first[i], others[i]]) if (one !== undefined) all.push(one)
  return all
}

export class Opening {
  readonly #socket: Opener
  readonly #stack: NetStack
  readonly #channel: Channel
  readonly #options: ConnectOptions
  readonly #tcp: () => Partial<TcpOptions>
  readonly #blockList: BlockList | null
  readonly #port: number
  /** An opening of the same socket that may be under way. */
  readonly #previous: Opening | null
  #found: readonly Found[] = []
  #next = 0
  readonly #errors: Error[] = []
  #patience: Alarm | null = null
  #over = false
  /** The context of the attempt: after a name was looked up, it is not the one in which the channel was made. */
  #attempted: AsyncResource | null = null

  /** @throws as {@link checkConnectOptions} */
  constructor(
    socket: Opener,
    stack: NetStack,
    channel: Channel,
    options: ConnectOptions,
    tcp: () => Partial<TcpOptions>,
    blockList: BlockList | null,
    previous: Opening | null,
  ) {
    this.#previous = previous
    this.#socket = socket
    this.#stack = stack
    this.#channel = channel
    this.#options = options
    this.#tcp = tcp
    this.#blockList = blockList
    this.#port = checkConnectOptions(options)
  }

  start(): void {
    const { lookup, family, hints, localAddress, autoSelectFamily } = this.#options
    const host = this.#options.host || 'localhost'
    const literal = isIP(host)
    if (literal !== 0) {
      nextTick(() => this.#try([{ address: host, family: literal }]))
      return
    }
    const one =
      family === 4 || family === 6 || family === 'IPv4' || family === 'IPv6' || Boolean(localAddress)
    const all = !one && (autoSelectFamily ?? getDefaultAutoSelectFamily())
    lookupAddresses(
      {
        host,
        port: this.#port,
        stack: this.#stack,
        lookup,
        family,
        hints,
        all,
      },
      (error, address, found) => {
        if (!this.#over || !all) this.#socket.emit('lookup', error, address, found, host)
      },
      (error, found) => {
        if (this.#over) return
        if (error !== null) nextTick(() => this.#socket.destroy(error))
        else this.#try(alternating(found))
      },
    )
  }

  /** The connection is established, or nobody wants it any more. */
  end(): void {
    this.#over = true
    this.#loseInterest()
    this.#previous?.end()
  }

  #try(found: readonly Found[]): void {
    this.#found = found
    if (found.length > 1) this.#socket.autoSelectFamilyAttemptedAddresses = []
    this.#attempt()
  }

  #attempt(): void {
    this.#loseInterest()
    if (this.#over) return
    const found = this.#found[this.#next++]
    if (found === undefined) {
      this.#socket.destroy(aggregateError(this.#errors))
      return
    }
    const { address, family } = found
    const unbound = this.#bindError()
    if (unbound !== null) {
      if (this.#found.length === 1) this.#socket.destroy(unbound)
      else {
        this.#errors.push(unbound)
        this.#attempt()
      }
      return
    }
    // As with libuv: who only waits for an answer of its own look-up does not keep the process.
    this.#channel.hold.connecting = true
    this.#socket.emit('connectionAttempt', address, this.#port, family)
    this.#socket.autoSelectFamilyAttemptedAddresses?.push(`${address}:${this.#port}`)
    if (this.#over) return
    if (this.#blockList?.check(address, family === 6 ? 'ipv6' : 'ipv4')) {
      this.#socket.destroy(ipBlocked(address))
      return
    }
    // Nobody listens at port 0; the kernel finds out by asking.
    if (this.#port === 0) {
      inTurn(this.#stack, () => this.failed('ECONNREFUSED'), 'pending')
      return
    }
    this.#attempted = new AsyncResource('TCPCONNECTWRAP')
    // Another connect() of the socket's was faster.
    if (this.#channel.connection !== null) {
      const failure = this.#channel.connectAgain()
      const { localAddress: at, localPort } = this.#channel.connection
      if (failure !== null) this.#refusedAtOnce(failure, `${addressText(at)}:${localPort}`)
      return
    }
    try {
      this.#channel.attach(this.#connect(address))
    } catch (error) {
      if (!(error instanceof TcpError)) throw error
      this.#refusedAtOnce(error.code)
      return
    }
    if (this.#next < this.#found.length) this.#beImpatient()
  }

  /** A local address that is none of ours, or a local port at which somebody listens. */
  #bindError(): SystemError | null {
    const { localAddress, localPort = 0 } = this.#options
    const { interfaces, listeners } = this.#stack.host
    const any = this.#ofIpv6 ? ANY_IPV6 : ANY_IPV4
    const local = localAddress ? parseAddress(localAddress) : any
    if (localAddress && isIPv6(localAddress) !== this.#ofIpv6)
      return addressError('EINVAL', 'bind', localAddress, localPort)
    if (!isUnspecified(local) && !interfaces.isOwn(local))
      return addressError('EADDRNOTAVAIL', 'bind', localAddress!, localPort)
    if (localPort && listeners.taken(local, localPort))
      return addressError('EADDRINUSE', 'bind', this.#local, localPort)
    return null
  }

  /** True when the address whose turn it is is one of IPv6. */
  get #ofIpv6(): boolean {
    return this.#found[this.#next - 1]?.family === 6
  }

  /** The local end, in messages. */
  get #local(): string {
    return this.#options.localAddress || (this.#ofIpv6 ? '::' : '0.0.0.0')
  }

  #connect(address: string): Connection {
    const { localAddress, localPort = 0 } = this.#options
    // As Linux does: nowhere in particular is here.
    const given = parseAddress(address)
    const remote = isUnspecified(given) ? parseAddress(this.#ofIpv6 ? '::1' : '127.0.0.1') : given
    this.#channel.ofIpv6 = isMapped(remote)
    return this.#stack.host.connect(remote, this.#port, this.#channel, {
      ...(localAddress ? { localAddress: parseAddress(localAddress) } : {}),
      localPort,
      options: this.#tcp(),
    })
  }

  /** The call itself has failed, before any packet was sent. */
  #refusedAtOnce(code: ErrorCode, bound?: string): void {
    const { localPort = 0 } = this.#options
    const { address, family } = this.#found[this.#next - 1]!
    const local = this.#local
    const error =
      code === 'EADDRINUSE' && localPort
        ? addressError(code, 'bind', local, localPort)
        : addressError(code, 'connect', address, this.#port, bound ?? `${local}:${localPort}`)
    if (this.#found.length === 1) {
      this.#socket.destroy(error)
      return
    }
    this.#errors.push(error)
    this.#socket.emit('connectionAttemptFailed', address, this.#port, family, error)
    this.#attempt()
  }

  /** Calls back in the context in which the connection was tried. */
  inContext(callback: () => void, self: object): void {
    if (this.#attempted === null) callback.call(self)
    else this.#attempted.runInAsyncScope(callback, self)
  }

  /** The connection that was tried has failed. */
  failed(code: ErrorCode): void {
    this.inContext(() => this.#failed(code), this)
  }

  #failed(code: ErrorCode): void {
    if (this.#over) return
    const { address, family } = this.#found[this.#next - 1]!
    const error = this.#error(code, address)
    if (this.#found.length === 1) this.#socket.connecting = false
    this.#socket.emit('connectionAttemptFailed', address, this.#port, family, error)
    if (this.#found.length === 1) {
      this.#socket.destroy(error)
      return
    }
    this.#errors.push(error)
    this.#channel.detach()
    this.#attempt()
  }

  #error(code: ErrorCode, address: string): SystemError {
    const { localPort } = this.#options
    if (!localPort) return addressError(code, 'connect', address, this.#port)
    const local = this.#local
    const error = addressError(code, 'connect', address, this.#port, `${local}:${localPort}`)
    return Object.assign(error, { localAddress: local, localPort })
  }

  /** The next address has its turn when this one takes long. */
  #beImpatient(): void {
    const given = this.#options.autoSelectFamilyAttemptTimeout
    const ms =
      given == null
        ? getDefaultAutoSelectFamilyAttemptTimeout()
        : checkAttemptTimeout('options.autoSelectFamilyAttemptTimeout', given)
    const { clock } = this.#stack.host
    this.#patience = clock.schedule(clock.now() + ms, () => {
      this.#patience = null
      this.#channel.runInAsyncScope(this.#tookLong, this)
    })
  }

  #tookLong(): void {
    const { address, family } = this.#found[this.#next - 1]!
    this.#socket.emit('connectionAttemptTimeout', address, this.#port, family)
    this.#errors.push(this.#error('ETIMEDOUT', address))
    this.#channel.detach()
    this.#attempt()
  }

  #loseInterest(): void {
    if (this.#patience !== null) this.#stack.host.clock.cancel(this.#patience)
    this.#patience = null
  }
}
