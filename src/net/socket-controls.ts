import { type TcpOptions, tcpOptions } from '../tcp/block/options.ts'
import { configure } from '../tcp/calls.ts'
import { defaultStack } from './defaults.ts'
import { badType, outOfRange } from './errors.ts'
import { IdleTimer } from './idle-timer.ts'
import { LONGEST_DELAY } from './real-timers.ts'
import { differs, keepAliveOptions, NO_SETTINGS } from './socket-options.ts'
import { CHANNEL, IDLE, RARE, REFERENCED, type SocketState, STACK, setFlag, setRare } from './socket-state.ts'
import { SocketView } from './socket-view.ts'

/** Probes of an idle connection; times in ms, 0 for a default. */
export interface KeepAliveOptions {
  readonly enable?: boolean
  readonly initialDelay?: number
  readonly interval?: number
  readonly count?: number
}

/** The options as they are for this connection, or will be. */
const optionsOf = (socket: SocketState): Readonly<TcpOptions> =>
  socket[CHANNEL]?.connection?.options ??
  tcpOptions(socket[RARE].settings, (socket[STACK] ?? defaultStack())?.host.options)

const refer = (socket: SocketState, referenced: boolean): void => {
  setFlag(socket, REFERENCED, referenced)
  const channel = socket[CHANNEL]
  if (channel !== null) channel.hold.referenced = referenced
}

/** Nothing has happened for a while. */
const idled = (socket: SocketState, timer: IdleTimer<SocketState>): void => {
  // A long write is no idleness while the connection takes of it.
  if (socket[CHANNEL]?.sending.progressed()) timer.touch()
  else timer.runInAsyncScope(socket.emit, socket, 'timeout')
}

/** The settings of a socket: node:net's methods, and those that a kernel's socket options have. */
export abstract class SocketControls extends SocketView {
  /** Milliseconds as given to {@link setTimeout}. */
  declare timeout?: number

  /**
   * Emits 'timeout' when nothing was written or read for so many milliseconds on the stack's clock; 0 for never.
   * The socket stays as it is.
   */
  setTimeout(ms: number, callback?: () => void): this {
    if (this.destroyed) return this
    if (typeof ms !== 'number') throw badType('msecs', 'of type number', ms)
    if (!(ms >= 0 && ms < Number.POSITIVE_INFINITY))
      throw outOfRange('msecs', 'a non-negative finite number', ms)
    if (callback !== undefined && typeof callback !== 'function')
      throw badType('callback', 'of type function', callback)
    this.timeout = ms
    this[IDLE]?.stop()
    this[IDLE] = null
    const stack = this[STACK] ?? defaultStack()
    if (ms > 0 && stack !== null)
      this[IDLE] = new IdleTimer<SocketState>(stack.host.clock, Math.min(ms, LONGEST_DELAY), this, idled)
    if (callback !== undefined) {
      if (ms === 0) this.removeListener('timeout', callback)
      else this.once('timeout', callback)
    }
    return this
  }

  /**
   * Changes options of the TCP for this connection alone, before or while it is connected.
   * @throws RangeError naming the option, what it was given and its bounds
   */
  configure(options: Partial<TcpOptions>): this {
    tcpOptions(options)
    const connection = this[CHANNEL]?.connection
    if (connection) {
      if (connection.state !== 'CLOSED' && differs(options, connection.options))
        configure(connection, options)
    } else if (options !== NO_SETTINGS) {
      setRare(this, 'settings', { ...this[RARE].settings, ...options })
    }
    return this
  }

  /** Returns whether small segments leave although data is unacknowledged (TCP_NODELAY). */
  setNoDelay(noDelay = true): this {
    return this.configure({ noDelay: Boolean(noDelay) })
  }

  /**
   * Probes an idle connection: after `initialDelay` ms (TCP_KEEPIDLE), every `interval` ms (TCP_KEEPINTVL), `count`
   * times (TCP_KEEPCNT); 0 leaves a default. Or all of them as one object, as Node ≥ 26 has it.
   */
  setKeepAlive(options: KeepAliveOptions): this
  setKeepAlive(enable?: boolean, initialDelay?: number, interval?: number, count?: number): this
  setKeepAlive(given: boolean | KeepAliveOptions = false, delay = 0, every = 0, times = 0): this {
    const options = typeof given === 'object' && given !== null ? given : null
    const {
      enable = false,
      initialDelay = 0,
      interval = 0,
      count = 0,
    } = options ?? {
      enable: given as boolean,
      initialDelay: delay,
      interval: every,
      count: times,
    }
    return this.configure(keepAliveOptions(Boolean(enable), initialDelay, interval, count))
  }

  /**
   * Limits the time (ms) that sent data may stay unacknowledged before the connection is given up; 0 for ever
   * (TCP_USER_TIMEOUT, RFC 5482).
   */
  setUserTimeout(ms: number): this {
    return this.configure({ userTimeout: ms })
  }

  /** Returns whether every segment with text is acknowledged at once (TCP_QUICKACK, but lasting). */
  setQuickAck(quickAck = true): this {
    const { delayedAck } = (this[STACK] ?? defaultStack())?.host.options ?? tcpOptions()
    return this.configure({ delayedAck: quickAck ? 0 : delayedAck })
  }

  /**
   * Tells what destroying the socket does to a connection that still has something to deliver (SO_LINGER): null, which is
   * the default, lets the stack go on with it; 0 resets it; more is how long (ms) its end may take before it is
   * reset.
   * @throws RangeError ERR_OUT_OF_RANGE
   */
  setLinger(ms: number | null): this {
    if (ms !== null && !(ms >= 0 && ms <= LONGEST_DELAY))
      throw outOfRange('ms', `>= 0 && <= ${LONGEST_DELAY}, or null`, ms)
    setRare(this, 'linger', ms)
    return this
  }

  /** The Diffserv field of what is sent (IP_TOS); its two ECN bits are the TCP's own. @throws ERR_OUT_OF_RANGE */
  setTypeOfService(typeOfService: number): this {
    if (typeof typeOfService !== 'number' || Number.isNaN(typeOfService))
      throw badType('tos', 'of type number', typeOfService)
    if (!(Number.isInteger(typeOfService) && typeOfService >= 0 && typeOfService <= 255))
      throw outOfRange('tos', '>= 0 && <= 255', typeOfService)
    return this.configure({ trafficClass: typeOfService & 0xfc })
  }

  getTypeOfService(): number {
    return optionsOf(this).trafficClass
  }

  /** The name of the congestion control (TCP_CONGESTION). */
  get congestionControl(): string {
    return this[CHANNEL]?.connection?.congestion.name ?? optionsOf(this).congestionControl
  }

  /**
   * Chooses the congestion control by its name (TCP_CONGESTION), before or while there is a connection, which keeps its
   * window and its threshold, as with Linux.
   * @throws RangeError for a name that is not registered
   */
  setCongestionControl(name: string): this {
    return this.configure({ congestionControl: name })
  }

  /** Keeps the process alive while the socket reads; so it does from the beginning. */
  ref(): this {
    refer(this, true)
    return this
  }

  /** The process may end although the socket reads. */
  unref(): this {
    refer(this, false)
    return this
  }
}
