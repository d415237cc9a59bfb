import { type Address, ANY_IPV4, formatEndpoint } from '../wire/address.ts'
import { fold } from '../wire/checksum.ts'
import { addressSum } from '../wire/pseudo-header.ts'
import type { Route } from './route.ts'

/**
 * A pair of endpoints: what names a connection, whatever the family. Connections and TIME-WAIT records are flows; what is
 * computed of the addresses is computed once.
 */
export class Flow {
  readonly localAddress: Address = ANY_IPV4
  readonly remoteAddress: Address = ANY_IPV4
  /** Both ports in one word: the remote one above the local one. */
  readonly ports: number = 0
  /** The part of both addresses in a pseudo-header's sum, 16 bits. */
  readonly sum: number = 0
  /** The way to the remote end, as it was looked up last; hosts ask `route()`. */
  route: Route | null = null

  constructor(localAddress: Address, localPort: number, remoteAddress: Address, remotePort: number) {
    this.become(localAddress, localPort, remoteAddress, remotePort)
  }

  /** Takes other endpoints. Only for one that nobody keeps. */
  become(localAddress: Address, localPort: number, remoteAddress: Address, remotePort: number): this {
    const self = this as { -readonly [K in keyof Flow]: Flow[K] }
    self.localAddress = localAddress
    self.remoteAddress = remoteAddress
    self.ports = portsOf(localPort, remotePort)
    self.sum = fold(addressSum(localAddress) + addressSum(remoteAddress)) | 0
    self.route = null
    return this
  }

  get localPort(): number {
    return localPortOf(this.ports)
  }

  get remotePort(): number {
    return remotePortOf(this.ports)
  }

  /** `192.0.2.2:80 192.0.2.1:40112` */
  toString(): string {
    return `${formatEndpoint(this.localAddress, this.localPort)} ${formatEndpoint(this.remoteAddress, this.remotePort)}`
  }
}

/** Two ports as {@link Flow.ports} has them. */
export const portsOf = (localPort: number, remotePort: number): number => (remotePort << 16) | localPort

/** The ports of such a word. */
export const localPortOf = (ports: number): number => ports & 0xffff
export const remotePortOf = (ports: number): number => ports >>> 16
