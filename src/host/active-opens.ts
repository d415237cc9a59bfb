/** The host's part of an active OPEN, RFC 9293 §3.10.1: what may be opened, and from which address and port. */
import { Flow } from '../ip/flow.ts'
import { NO_ROOM, NOBODY, OURS } from '../ip/pool.ts'
import type { Connection } from '../tcp/block/connection.ts'
import type { ConnectionUser } from '../tcp/block/connection-user.ts'
import { TcpError } from '../tcp/block/error.ts'
import { tcpOptions } from '../tcp/block/options.ts'
import { open } from '../tcp/calls.ts'
import { type Address, formatAddress, isIpv6, isLoopback, isUnspecified, unmapped } from '../wire/address.ts'
import { SourceRoute } from '../wire/source-route.ts'
import type { Host } from './host.ts'
import type { ConnectOptions } from './options.ts'
import type { EphemeralPorts } from './ports.ts'
import type { Secret } from './secret.ts'

/** @throws RangeError for no or too many hops, and for IPv6, which has no source routes (RFC 5095) */
const sourceRouteTo = (
  remoteAddress: Address,
  { hops, strict }: NonNullable<ConnectOptions['sourceRoute']>,
): SourceRoute => {
  if (isIpv6(remoteAddress)) throw new RangeError('IPv6 has no source routes')
  return new SourceRoute(hops, remoteAddress, strict)
}

/** The active OPENs of a host; {@link Host.connect} tells of errors. */
export class ActiveOpens {
  readonly #host: Host
  readonly #secret: Secret
  readonly #ports: EphemeralPorts

  constructor(host: Host, secret: Secret, ports: EphemeralPorts) {
    this.#host = host
    this.#secret = secret
    this.#ports = ports
  }

  connect(to: Address, remotePort: number, user: ConnectionUser, given: ConnectOptions): Connection {
    const host = this.#host
    const { interfaces, connections, fastOpens, ecnFailures } = host
    // RFC 4038 §4.2: an IPv4-mapped address is a way to say an IPv4 one; no packet bears it.
    const remoteAddress = interfaces.scoped(unmapped(to))
    const refused = (code: ConstructorParameters<typeof TcpError>[0]): TcpError =>
      new TcpError(code, 'connect', formatAddress(remoteAddress), remotePort)
    if (host.closed) throw refused('ENETDOWN')
    if (remotePort < 1 || remotePort > 65_535) throw refused('EINVAL')
    if (!interfaces.isValidRemote(remoteAddress)) throw refused('ENETUNREACH')
    const bound = given.localAddress === undefined ? null : unmapped(given.localAddress)
    const localAddress = bound === null || isUnspecified(bound) ? interfaces.sourceFor(remoteAddress) : bound
    if (localAddress === null) throw refused('ENETUNREACH')
    if (!interfaces.isOwn(localAddress)) throw refused('EADDRNOTAVAIL')
    if (isIpv6(localAddress) !== isIpv6(remoteAddress)) throw refused('EINVAL')
    // 127/8 and ::1 never leave the host (RFC 1122 §3.2.1.3, RFC 4291 §2.5.3). As Linux does.
    if (isLoopback(localAddress) && !interfaces.isOwn(remoteAddress)) throw refused('EINVAL')
    const wished = given.options === undefined ? host.options : tcpOptions(given.options, host.options)
    const options = ecnFailures.optionsFor(wished, localAddress, remoteAddress, host.now)
    const sourceRoute =
      given.sourceRoute === undefined ? null : sourceRouteTo(remoteAddress, given.sourceRoute)
    const localPort = given.localPort || this.#ephemeralPort(localAddress, remoteAddress, remotePort)
    if (localPort < 0) throw refused('EADDRNOTAVAIL')
    if (connections.get(localAddress, localPort, remoteAddress, remotePort) !== null)
      throw refused('EADDRINUSE')
    const claimed = host.pool?.claim(localAddress, localPort, remoteAddress, remotePort) ?? OURS
    if (claimed !== OURS) throw refused(claimed === NO_ROOM ? 'EADDRNOTAVAIL' : 'EADDRINUSE')
    const flow = new Flow(localAddress, localPort, remoteAddress, remotePort)
    host.reroute(flow, sourceRoute)
    const c = host.newConnection(flow, true, options)
    host.recorder?.connected(c)
    c.fastOpen = fastOpens.client(c, host.now)
    open(c, user, given.data ?? null)
    return c
  }

  #ephemeralPort(localAddress: Address, remoteAddress: Address, remotePort: number): number {
    const { connections, listeners, pool } = this.#host
    return this.#ports.pick(
      this.#secret.portOffset(localAddress, remoteAddress, remotePort),
      port =>
        connections.get(localAddress, port, remoteAddress, remotePort) === null &&
        listeners.find(localAddress, port) === null &&
        (pool === null ||
          (pool.listenerAt(port) === NOBODY &&
            pool.ownerOf(localAddress, port, remoteAddress, remotePort) === NOBODY)),
    )
  }
}
