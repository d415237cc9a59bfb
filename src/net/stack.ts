import type { EventEmitter } from 'node:events'
import type { ClientRequestArgs } from 'node:http'
import type { Duplex } from 'node:stream'
import { LinkedList } from '../base/linked-list.ts'
import { OpenCount } from '../base/open-count.ts'
import type { Host } from '../host/host.ts'
import { type MemoryStatus, memoryStatus } from '../host/memory/status.ts'
import { hostStatus } from '../host/status.ts'
import type { LiveView, ViewOptions } from '../live/live-view.ts'
import type { ConnectionStatus } from '../tcp/status.ts'
import { formatAddress } from '../wire/address.ts'
import { checkNames, type NamesOf } from '../wire/names.ts'
import { checkOptions, type KindsOf, NUMBER, WHOLE_NUMBER } from '../wire/option-kinds.ts'
import { type ConnectOptions, connectArguments } from './arguments.ts'
import { connecting } from './diagnostics.ts'
import type { NetStack, OpenServer, OpenSocket } from './host-port.ts'
import { Keeper } from './keeper.ts'
import type { LookupFunction } from './lookup.ts'
import { checkMatch, resetSockets } from './reset-sockets.ts'
import { type ServeOptions, serve } from './serve.ts'
import { Server, type ServerOptions } from './server.ts'
import { Socket, type SocketOptions } from './socket.ts'

/** The time that {@link Stack.close} waits for peers, ms. */
export const GRACE = 1000

/** Those of ours, and those of node:net's listen that mean nothing here. */
const SERVE_OPTIONS = {
  port: true,
  host: true,
  backlog: true,
  reuseAddress: true,
  signal: true,
  exclusive: true,
  ipv6Only: true,
  reusePort: true,
  readableAll: true,
  writableAll: true,
  path: true,
  fd: true,
  lend: true,
  fairReads: true,
} satisfies NamesOf<ServeOptions> & Readonly<Record<string, true>>

/** A TCP/IP stack with the functions of node:net. */
export class Stack implements NetStack {
  readonly host: Host
  /** Finds addresses of names; undefined for dns.lookup. */
  readonly lookup: LookupFunction | undefined
  readonly keeper = new Keeper()
  readonly channels = new OpenCount()
  readonly sockets = new LinkedList<OpenSocket>()
  readonly servers = new LinkedList<OpenServer>()
  #closing: Promise<void> | null = null

  /** @param lookup finds addresses of names; default dns.lookup, 'localhost' being the stack itself */
  constructor(host: Host, lookup?: LookupFunction) {
    this.host = host
    this.lookup = lookup
  }

  /** As net.createServer. */
  createServer(connectionListener?: (socket: Socket) => void): Server
  createServer(options?: ServerOptions, connectionListener?: (socket: Socket) => void): Server
  createServer(
    options?: ServerOptions | ((socket: Socket) => void),
    connectionListener?: (socket: Socket) => void,
  ): Server {
    if (typeof options === 'function') return new Server({ stack: this }, options)
    return new Server({ ...options, stack: this }, connectionListener)
  }

  /** As net.connect. Needs no `this`: it is what `createConnection` of http.request and others takes. */
  readonly connect = ((...args: unknown[]): Socket => {
    const [options, callback] = connectArguments(args)
    const socket = new Socket({ ...(options as SocketOptions), stack: this })
    connecting(socket)
    return socket.connect(options, callback)
  }) as Connect

  /** As net.createConnection: {@link connect}. */
  readonly createConnection: Connect = this.connect

  /**
   * Has an http, https, http2, tls or net server of Node's take its connections from this stack.
   * @returns the server on the stack that stands behind it
   */
  serve(server: EventEmitter, options: ServeOptions): Server {
    checkNames('options', options, SERVE_OPTIONS)
    return serve(this, server, options)
  }

  /** Listeners, connections and TIME-WAIT records. Times in ms, sizes in bytes. */
  connections(): ConnectionStatus[] {
    return hostStatus(this.host)
  }

  /** The memory that the connections hold, and may hold; sizes in bytes. */
  memory(): MemoryStatus {
    return memoryStatus(this.host.memory)
  }

  /**
   * Shows this stack live in a browser of this machine (docs/view.md): what happens from now on, and its connections. The
   * page may also reset connections, begin captures and set options of new connections.
   * @throws SystemError EADDRINUSE for a port that is taken
   */
  async view(options: ViewOptions = {}): Promise<LiveView> {
    checkOptions('options', options, {
      port: WHOLE_NUMBER,
      fd: WHOLE_NUMBER,
      history: WHOLE_NUMBER,
    } satisfies KindsOf<ViewOptions>)
    // Only those who look pay for the server.
    const { openView } = await import('../live/live-view.ts')
    const [own] = this.host.interfaces.all.filter(each => each !== this.host.interfaces.loopback)
    return openView(
      {
        hosts: [this.host],
        clock: this.host.clock,
        name: 'tuntcp',
        device: own?.link.name ?? 'lo',
        address: own === undefined ? '127.0.0.1' : formatAddress(own.prefixes[0]?.address ?? 0),
        hostAddress: '',
        reset: match => {
          checkMatch(match)
          return resetSockets(this, match)
        },
      },
      options,
    )
  }

  /**
   * Closes everything: servers take no more connections, sockets send what they have and their FIN; what is not
   * done after `grace` ms on the stack's clock is reset (0: at once). Then the links are closed.
   */
  close(options: { readonly grace?: number } = {}): Promise<void> {
    checkOptions('options', options, { grace: NUMBER })
    this.#closing ??= this.#close(options.grace ?? GRACE)
    return this.#closing
  }

  async #close(grace: number): Promise<void> {
    this.keeper.hold()
    for (const server of this.servers.list()) server.close()
    for (const socket of this.sockets.list()) {
      if (socket.connecting) socket.destroy()
      else if (grace > 0) socket.destroySoon()
    }
    if (this.channels.size > 0 && grace > 0) await this.#gone(grace)
    for (const socket of this.sockets.list()) socket.resetAndDestroy()
    this.host.close()
    this.keeper.close()
  }

  /** Waits until every connection has ended, or `grace` ms. */
  #gone(grace: number): Promise<void> {
    const { clock } = this.host
    return new Promise(resolve => {
      const alarm = clock.schedule(clock.now() + grace, () => {
        this.channels.onceEmpty(null)
        resolve()
      })
      this.channels.onceEmpty(() => {
        clock.cancel(alarm)
        resolve()
      })
    })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/** As net.connect, in all the ways in which it takes its arguments. */
export interface Connect {
  (options: ConnectOptions & SocketOptions, connectListener?: () => void): Socket
  (port: number | string, host: string, connectListener?: () => void): Socket
  (port: number | string, connectListener?: () => void): Socket
  /** As `createConnection` of http.request. */
  (options: ClientRequestArgs, onCreate: (error: Error | null, socket: Duplex) => void): Socket
}
