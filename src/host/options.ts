/** The options of a host, of its passive and of its active OPENs. */
import type { Clock, Random } from '../base/clock.ts'
import type { Link } from '../ip/link.ts'
import type { IpOptions } from '../ip/options.ts'
import type { HostPool } from '../ip/pool.ts'
import type { TraceSink } from '../tcp/block/events.ts'
import type { TcpOptions } from '../tcp/block/options.ts'
import type { Address, Ipv4Address } from '../wire/address.ts'
import type { InputRecorder } from './input-recorder.ts'
import type { MemoryOptions } from './memory/options.ts'

/** Options of a {@link Host}. */
export interface HostOptions {
  readonly clock: Clock
  readonly random: Random
  readonly tcp?: Partial<TcpOptions>
  /** The link of packets to its own addresses; by default they are there at once. */
  readonly loopback?: Link
  /** Limits of the IPv4 layer. */
  readonly ip?: Partial<IpOptions>
  /** The memory that it may hold for connections, and for each peer. */
  readonly memory?: Partial<MemoryOptions>
  readonly trace?: TraceSink | null
  /** Stands between the host and all of its input: records it. */
  readonly recorder?: InputRecorder | null
  /** The first and the last ephemeral port; by default 1024 and 65535 (RFC 6056 §3.2). */
  readonly ephemeralPorts?: readonly [number, number]
  /** The other hosts that have the same addresses, where it is one of several; then `ephemeralPorts` is the pool's. */
  readonly pool?: HostPool | null
  /** Memory for text that is copied out of a packet; the bytes need not be zero. */
  readonly allocate?: (bytes: number) => Uint8Array
  /** Tells of an exception in a user's callback. The default lets it surface as an uncaught one. */
  readonly report?: (error: unknown) => void
}

/** Options of an active OPEN. */
export interface ConnectOptions {
  /** One of the host's addresses; by default the one of the route (MUST-43, MUST-44). */
  readonly localAddress?: Address
  /** By default an ephemeral port. */
  readonly localPort?: number
  readonly options?: Partial<TcpOptions>
  /** Routers that the packets are to pass on their way, 1 to 9; `strict`: without others in between (MUST-51). */
  readonly sourceRoute?: { readonly hops: readonly Ipv4Address[]; readonly strict?: boolean }
  /** The first bytes to send: on the SYN itself, with the option fastOpen and a cookie of the server's (RFC 7413). */
  readonly data?: Uint8Array
}

/** Options of a passive OPEN. */
export interface ListenOptions {
  readonly backlog?: number
  /** True when '::' stands for the addresses of IPv6 alone (IPV6_V6ONLY). Default false. */
  readonly ipv6Only?: boolean
  /** True when connections of an earlier listener in TIME-WAIT are no obstacle (SO_REUSEADDR). Default true. */
  readonly reuseAddress?: boolean
  /** For the connections that come to it. */
  readonly options?: Partial<TcpOptions>
}
