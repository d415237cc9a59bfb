import type { EventEmitter } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import type { Socket as NodeSocket } from 'node:net'
import type { Duplex } from 'node:stream'
import tls from 'node:tls'
import type { Clock, Random } from '../base/clock.ts'
import { Host } from '../host/host.ts'
import type { MemoryOptions } from '../host/memory/options.ts'
import type { ListenOptions } from '../net/arguments.ts'
import type { LookupFunction } from '../net/lookup.ts'
import { moduleOn, type NetModule } from '../net/module-on.ts'
import { belowTls } from '../net/serve.ts'
import type { Server } from '../net/server.ts'
import { type Connect, Stack } from '../net/stack.ts'
import { NetworkInterface } from '../sim/network-interface.ts'
import { Station } from '../sim/routing.ts'
import type { TraceSink } from '../tcp/block/events.ts'
import type { TcpOptions } from '../tcp/block/options.ts'
import type { ConnectionStatus } from '../tcp/status.ts'
import { formatAddress, parsePrefix } from '../wire/address.ts'

/** Options of {@link TestNetwork.host}. */
export interface TestHostOptions {
  /** All of its addresses: one or several; default one of 198.18.0.0/15 and one of 2001:2::/48. */
  readonly address?: string | readonly string[]
  /** Timers and limits of its TCP, beside those of the network; times in ms, sizes in bytes. */
  readonly tcp?: Partial<TcpOptions>
  /** The memory that its connections may hold, and each peer's; sizes in bytes. */
  readonly memory?: Partial<MemoryOptions>
  /** Hears of everything that happens in its stack. */
  readonly trace?: TraceSink
}

/** The part of a network that its hosts share. @internal */
export interface HostSurroundings {
  readonly clock: Clock
  readonly random: Random
  readonly lookup: LookupFunction
  readonly tcp: Partial<TcpOptions>
  readonly trace: TraceSink | null
  /** Takes the host out of its network. */
  readonly remove: () => void
}

/** The place that undici asks a `connect` function to connect to. */
export interface ConnectorTarget {
  readonly hostname: string
  readonly host?: string | undefined
  readonly port: string
  readonly protocol: string
  readonly servername?: string | undefined
}

/** A `connect` function as undici's `Client`, `Pool` and `Agent` take it. */
export type Connector = (
  target: ConnectorTarget,
  callback: (...args: [null, NodeSocket] | [Error, null]) => void,
) => void

const MTU = 1500

/** A host of a test network: a whole TCP/IP stack, in node:net's shape and in those that libraries ask for. */
export class TestHost {
  /** Other hosts reach it by this name. */
  readonly name: string
  /** The first of its addresses: by default that of IPv4. */
  readonly address: string
  /** All of them: by default one of IPv4 and one of IPv6. */
  readonly addresses: readonly string[]
  /** All that node:net exports, on this host: hand it to what would import node:net. */
  readonly net: NetModule
  /** As net.connect, on this host: also for `createConnection` of http.request, ws, and the like. */
  readonly connect: Connect
  /** As dns.lookup, of names in this network: for what takes a `lookup`. */
  readonly lookup: LookupFunction
  /** The stack beneath. */
  readonly stack: Stack
  /** @internal */
  readonly station: Station
  /** @internal */
  readonly interface: NetworkInterface
  readonly #remove: () => void
  #removed = false

  /** @internal Hosts are made by {@link TestNetwork.host}. */
  constructor(
    name: string,
    prefixes: readonly string[],
    options: TestHostOptions,
    surroundings: HostSurroundings,
  ) {
    const { clock, random, lookup, tcp, trace, remove } = surroundings
    const addresses = prefixes.map(prefix => parsePrefix(prefix).address)
    this.name = name
    this.lookup = lookup
    this.#remove = remove
    this.addresses = addresses.map(formatAddress)
    this.address = this.addresses[0]!
    this.station = new Station(name, addresses, false)
    this.interface = new NetworkInterface(this.station, MTU)
    const host = new Host({
      clock,
      random,
      trace,
      tcp: { ...tcp, ...options.tcp },
      memory: options.memory ?? {},
      allocate: Buffer.allocUnsafeSlow,
    })
    host.attach(this.interface, prefixes)
    this.stack = new Stack(host, lookup)
    this.connect = this.stack.connect
    this.net = moduleOn(this.stack)
  }

  /**
   * Has a server of Node's, or a library's that is built on one (http, https, http2, tls, net), take its connections
   * on this host. It need not be awaited: who connects from now on gets through.
   * @param options as those of `listen`: `{ port: 80 }`
   * @returns the server that stands behind it
   * @throws RangeError ERR_SOCKET_BAD_PORT
   */
  serve(server: EventEmitter, options: ListenOptions): Server {
    return this.stack.serve(server, options)
  }

  /** An agent for `http.request` and libraries that take one, whose connections go out from this host. */
  agent(options?: http.AgentOptions): http.Agent {
    return Object.assign(new http.Agent(options), { createConnection: this.connect })
  }

  /** As {@link agent}, for `https.request`. */
  httpsAgent(options?: https.AgentOptions): https.Agent {
    const agent = new https.Agent(options)
    type Create = (options: tls.ConnectionOptions, callback: unknown) => Duplex
    const { createConnection } = agent as unknown as { createConnection: Create }
    const create: Create = (target, callback) => {
      const { host = 'localhost', port = 443 } = target
      const socket = this.connect({ host, port })
      const stream = createConnection.call(agent, { ...target, socket }, callback)
      belowTls(socket)
      return stream
    }
    return Object.assign(agent, { createConnection: create })
  }

  /**
   * A `connect` function for undici: `new Pool('http://server', { connect: client.connector() })`.
   * @param options of tls.connect, for https
   */
  connector(options: tls.ConnectionOptions = {}): Connector {
    return ({ hostname, port, protocol, servername }, callback) => {
      const secure = protocol === 'https:'
      const socket = this.connect({ host: hostname, port: port || (secure ? 443 : 80) })
      const stream: Duplex = secure
        ? tls.connect({ ...options, socket, servername: servername || hostname })
        : socket
      if (secure) belowTls(socket)
      const failed = (error: Error) => callback(error, null)
      stream.once('error', failed)
      stream.once(secure ? 'secureConnect' : 'connect', () => {
        stream.off('error', failed)
        callback(null, stream as unknown as NodeSocket)
      })
    }
  }

  /** Its listeners, connections and TIME-WAIT records, as `tuntcp ss` lists them. Times in ms, sizes in bytes. */
  connections(): ConnectionStatus[] {
    return this.stack.connections()
  }

  /**
   * The host is gone as if its plug had been pulled: nothing leaves it and nothing arrives, and nobody is told. Its sockets and
   * servers are closed, those on it hearing 'close' and nothing else; its TCP has forgotten all connections.
   */
  crash(): void {
    this.interface.isUp = false
    for (const server of this.stack.servers.list()) server.close()
    for (const socket of this.stack.sockets.list()) socket.destroy()
    this.stack.host.abortAll()
    // It would leave when the host is there again.
    for (const each of this.stack.host.interfaces.all) each.flush()
  }

  /**
   * The host is there again after a {@link crash}, which this begins with if there was none, and remembers nothing: what comes
   * for a connection of former times is answered by a RST. `net`, `connect` and `serve` are as good as before; servers have to
   * listen anew.
   */
  reboot(): void {
    if (this.interface.isUp) this.crash()
    this.interface.isUp = true
  }

  /** The host leaves the network as by a {@link crash}, for good. Another may have its name, or its address. */
  remove(): void {
    if (this.#removed) return
    this.#removed = true
    this.crash()
    this.#remove()
    void this.stack.close({ grace: 0 })
  }
}
