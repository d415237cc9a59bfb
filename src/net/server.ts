import { AsyncResource } from 'node:async_hooks'
import { addAbortListener, EventEmitter } from 'node:events'
import { type BlockList, isIPv4, isIPv6, type Server as KernelServer } from 'node:net'
import { getDefaultHighWaterMark } from 'node:stream'
import type { ListEntry } from '../base/linked-list.ts'
import type { Listener } from '../host/listener.ts'
import type { ConnectionView as Connection } from '../tcp/block/connection-view.ts'
import { TcpError } from '../tcp/block/error.ts'
import { type TcpOptions, tcpOptions } from '../tcp/block/options.ts'
import { release } from '../tcp/calls.ts'
import { type Address, parseAddress } from '../wire/address.ts'
import { listenInTurns } from './accept-turns.ts'
import { addressInfo, addressText, familyText } from './address-info.ts'
import { checkPort, type ListenOptions, listenArguments } from './arguments.ts'
import { defaultStack } from './defaults.ts'
import * as diagnostics from './diagnostics.ts'
import { alreadyListening, badType, badValue, listenError, notRunning } from './errors.ts'
import type { NetStack, OpenServer } from './host-port.ts'
import { isOfKernel, listenByKernel } from './kernel-server.ts'
import { lookupAddress } from './lookup.ts'
import { nextTick } from './real-timers.ts'
import { Socket } from './socket.ts'
import {
  type AddressInfo,
  checkBlockList,
  checkKeepAliveDelay,
  checkOwnOptions,
  fromSocketOptions,
} from './socket-options.ts'

/** Options of a server: those of node:net's, and the stack's own. Times in ms. */
export interface ServerOptions {
  /** The stack that it listens on; default: the default stack, if there is one (see `tuntcp/net`). */
  readonly stack?: NetStack | undefined
  /** True when sockets stay writable after their peer's end. Default false. */
  readonly allowHalfOpen?: boolean | undefined
  /** True when sockets begin to read only when they are resumed. */
  readonly pauseOnConnect?: boolean | undefined
  readonly noDelay?: boolean | undefined
  readonly keepAlive?: boolean | undefined
  /** Milliseconds; 0 leaves the stack's default. */
  readonly keepAliveInitialDelay?: number | undefined
  readonly highWaterMark?: number | undefined
  /** As a socket's: what is written to its sockets is given away, and large chunks are not copied. Default false. */
  readonly lend?: boolean | undefined
  /** As a socket's: one peer that sends much at once does not keep others waiting. Default false. */
  readonly fairReads?: boolean | undefined
  /** Connections from these are closed at once, without an event. */
  readonly blockList?: BlockList | undefined
  /** Options of the TCP for its connections. */
  readonly tcp?: Partial<TcpOptions> | undefined
}

/**
 * A TCP server in the shape of node:net's. Events: `listening connection(socket) close error
 * drop({localAddress, localPort, localFamily, remoteAddress, remotePort, remoteFamily})`.
 */
export class Server extends EventEmitter {
  readonly allowHalfOpen: boolean
  pauseOnConnect: boolean
  readonly noDelay: boolean
  readonly keepAlive: boolean
  /** Seconds, as node:net has it here. */
  readonly keepAliveInitialDelay: number
  readonly highWaterMark: number
  /** Sockets beyond this many are closed at once, with an event 'drop'. */
  declare maxConnections?: number
  /** Means something in a cluster only, which a stack has not. */
  dropMaxConnection = false
  /** @internal Hears of each socket that is destroyed. */
  declare onGone?: () => void
  #stack: NetStack | null
  readonly #options: ServerOptions
  readonly #tcp: Partial<TcpOptions>
  #listener: Listener | null = null
  /** The kernel's server that listens for it at a path. */
  #kernel: KernelServer | null = null
  /** An address is being looked up; changes when it is given up. */
  #starting: object | null = null
  /** Sockets that are open. */
  #open = 0
  readonly #gone = () => {
    this.#open--
    this.onGone?.()
    this.#closeIfDrained()
  }
  /** Among those of its stack. */
  #place: ListEntry<OpenServer> | null = null
  #referenced = true
  #holding = false

  constructor(
    options?: ServerOptions | null | ((socket: Socket) => void),
    connectionListener?: (socket: Socket) => void,
  ) {
    super()
    if (typeof options === 'function') {
      connectionListener = options
      options = null
    }
    options ??= {}
    if (typeof options !== 'object') throw badType('options', 'of type object', options)
    checkKeepAliveDelay(options.keepAliveInitialDelay)
    checkBlockList(options.blockList)
    checkOwnOptions(options)
    if (options.highWaterMark !== undefined && typeof options.highWaterMark !== 'number')
      throw badType('options.highWaterMark', 'of type number', options.highWaterMark)
    this.#stack = options.stack ?? null
    this.#options = options
    this.#tcp = { ...options.tcp, ...fromSocketOptions(options) }
    tcpOptions(this.#tcp)
    this.allowHalfOpen = Boolean(options.allowHalfOpen)
    this.pauseOnConnect = Boolean(options.pauseOnConnect)
    this.noDelay = Boolean(options.noDelay)
    this.keepAlive = Boolean(options.keepAlive)
    this.keepAliveInitialDelay = Math.floor(Math.max(0, options.keepAliveInitialDelay ?? 0) / 1000)
    const { highWaterMark = -1 } = options
    this.highWaterMark = highWaterMark < 0 ? getDefaultHighWaterMark(false) : highWaterMark
    if (typeof connectionListener === 'function') this.on('connection', connectionListener)
  }

  /**
   * Listens; at a path of the file system it is node:net that listens, unless the server was given a stack.
   * 'listening' or 'error' (EADDRINUSE, EADDRNOTAVAIL, …) tells of the outcome.
   * @throws Error ERR_SERVER_ALREADY_LISTEN; RangeError ERR_SOCKET_BAD_PORT
   */
  listen(options: ListenOptions, listeningListener?: () => void): this
  listen(port?: number | string, host?: string, backlog?: number, listeningListener?: () => void): this
  listen(port?: number | string, host?: string, listeningListener?: () => void): this
  listen(port?: number | string, backlog?: number, listeningListener?: () => void): this
  listen(port?: number | string, listeningListener?: () => void): this
  listen(listeningListener?: () => void): this
  listen(...args: unknown[]): this {
    if (this.#listener !== null || this.#starting !== null || this.#kernel !== null) throw alreadyListening()
    // A server that was given a stack is on that and nowhere else.
    if (this.#options.stack === undefined && isOfKernel(args)) return this.#listenByKernel(args)
    const [options, callback] = listenArguments(args)
    diagnostics.listenStart(this, options)
    this.#stack ??= defaultStack()
    if (this.#stack === null) throw badValue('there is no stack to listen on: give the server one')
    const port =
      options.port === undefined || options.port === null ? 0 : checkPort('options.port', options.port)
    if (callback !== undefined) this.once('listening', callback)
    const { signal, host } = options
    if (signal !== undefined && !(signal instanceof AbortSignal))
      throw badType('options.signal', 'an instance of AbortSignal', signal)
    if (signal?.aborted) nextTick(() => this.close())
    else if (signal) {
      const listening = addAbortListener(signal, () => void this.close())
      this.once('close', () => listening[Symbol.dispose]())
    }
    if (!host) this.#listen(this.#stack.host.interfaces.speaks(6) ? '::' : '0.0.0.0', port, options)
    else if (isIPv4(host) || isIPv6(host)) this.#listen(host, port, options)
    else this.#lookUp(host, port, options)
    return this
  }

  #listenByKernel(args: unknown[]): this {
    const callback = args.at(-1)
    if (typeof callback === 'function') this.once('listening', callback as () => void)
    this.#kernel = listenByKernel(this, args, () => {
      this.#kernel = null
    })
    if (!this.#referenced) this.#kernel.unref()
    return this
  }

  #lookUp(host: string, port: number, options: ListenOptions): void {
    const starting = {}
    this.#starting = starting
    lookupAddress(host, this.#stack!, (error, address) => {
      if (this.#starting !== starting) return
      this.#starting = null
      if (error !== null) this.emit('error', error)
      else this.#listen(address!, port, options)
    })
  }

  #listen(address: string, port: number, options: ListenOptions): void {
    const { backlog, reuseAddress } = options
    try {
      const context = new AsyncResource('TCPSERVERWRAP')
      this.#listener = listenInTurns(
        this.#stack!,
        parseAddress(address),
        port,
        {
          // As with the kernel, 0 and less stand for its own idea.
          ...(backlog !== undefined && backlog > 0 ? { backlog } : {}),
          ...(reuseAddress !== undefined ? { reuseAddress } : {}),
          ipv6Only: Boolean(options.ipv6Only),
          ...(Object.keys(this.#tcp).length > 0 ? { options: this.#tcp } : {}),
        },
        (connection, { dualStack }) => context.runInAsyncScope(this.#welcome, this, connection, dualStack),
      )
    } catch (error) {
      if (!(error instanceof TcpError)) throw error
      const failure = listenError(error.code, address, port)
      diagnostics.listenFailed(this, failure)
      nextTick(() => this.emit('error', failure))
      return
    }
    diagnostics.listenEnd(this)
    this.#place = this.#stack!.servers.add(this)
    if (this.#referenced) this.#hold()
    nextTick(() => {
      if (this.#listener !== null) this.emit('listening')
    })
  }

  // Connections.

  #welcome(connection: Connection, ofIpv6: boolean): void {
    const { localAddress, localPort, remoteAddress, remotePort } = connection
    if (this.maxConnections !== undefined && this.#open >= this.maxConnections) {
      release(connection)
      this.emit('drop', {
        localAddress: addressText(localAddress, ofIpv6),
        localPort,
        localFamily: familyText(localAddress, ofIpv6),
        remoteAddress: addressText(remoteAddress, ofIpv6),
        remotePort,
        remoteFamily: familyText(remoteAddress, ofIpv6),
      })
      return
    }
    if (this.#isBlocked(remoteAddress)) {
      release(connection)
      return
    }
    this.#open++
    const socket = new Socket({
      stack: this.#stack!,
      connection,
      ofIpv6,
      allowHalfOpen: this.allowHalfOpen,
      pauseOnCreate: this.pauseOnConnect,
      onDestroy: this.#gone,
      highWaterMark: this.highWaterMark,
      lend: this.#options.lend,
      fairReads: this.#options.fairReads,
    })
    socket.server = this
    this.emit('connection', socket)
    diagnostics.accepted(socket)
  }

  #isBlocked(address: Address): boolean {
    const type = familyText(address) === 'IPv6' ? 'ipv6' : 'ipv4'
    return this.#options.blockList?.check(addressText(address), type) ?? false
  }

  /** With `captureRejections`: a listener of 'connection' that fails costs the connection only. */
  override [EventEmitter.captureRejectionSymbol](error: Error, event: string, socket?: Socket): void {
    if (event === 'connection') socket?.destroy(error)
    else this.emit('error', error)
  }

  // Closing.

  /**
   * Takes no more connections; those that were not yet accepted are reset. 'close' follows when the last socket
   * has closed; `callback` then too, with ERR_SERVER_NOT_RUNNING when it was not listening.
   */
  close(callback?: (error?: Error) => void): this {
    if (this.#kernel !== null) {
      const kernel = this.#kernel
      if (typeof callback === 'function') this.once('close', () => callback())
      kernel.close()
      return this
    }
    const listener = this.#listener
    const running = listener !== null || this.#starting !== null
    this.#starting = null
    if (typeof callback === 'function')
      this.once('close', running ? () => callback() : () => callback(notRunning()))
    if (listener !== null) {
      this.#listener = null
      listener.close()
      if (this.#place !== null) this.#stack!.servers.delete(this.#place)
      this.#letGo()
    }
    this.#closeIfDrained()
    return this
  }

  #closeIfDrained(): void {
    if (this.#listener !== null || this.#open > 0) return
    nextTick(() => this.emit('close'))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.listening) return
    await new Promise<void>((resolve, reject) => {
      this.close(error => (error === undefined ? resolve() : reject(error)))
    })
  }

  // Its address.

  get listening(): boolean {
    return this.#listener !== null || (this.#kernel?.listening ?? false)
  }

  /** The address at which it listens, or null. */
  address(): AddressInfo | null {
    if (this.#kernel !== null) return this.#kernel.address() as AddressInfo | null
    const listener = this.#listener
    if (listener === null) return null
    return addressInfo(listener.localAddress, listener.localPort)
  }

  /** Sockets that are open. */
  get connections(): number {
    return this.#open
  }

  getConnections(callback: (error: Error | null, count: number) => void): this {
    if (this.#kernel !== null) this.#kernel.getConnections(callback)
    else nextTick(callback, null, this.#open)
    return this
  }

  ref(): this {
    this.#referenced = true
    this.#kernel?.ref()
    if (this.#listener !== null) this.#hold()
    return this
  }

  unref(): this {
    this.#referenced = false
    this.#kernel?.unref()
    this.#letGo()
    return this
  }

  #hold(): void {
    if (this.#holding) return
    this.#holding = true
    this.#stack!.keeper.hold()
  }

  #letGo(): void {
    if (!this.#holding) return
    this.#holding = false
    this.#stack!.keeper.release()
  }
}
