import type { SourceRoute } from '../wire/source-route.ts'
import type { Family } from './family.ts'
import type { Interface } from './interfaces.ts'

/** The way from a host to others: what there is to know before a packet is made. Many destinations share one. */
export class Route {
  readonly family: Family
  /** By which packets leave; null when there is no way. */
  readonly interface: Interface | null
  /** True when no router is in between: it is our own address, or in the network of a link of ours. */
  readonly onLink: boolean
  /** The routers to pass on the way (RFC 791 §3.1), or null. */
  readonly sourceRoute: SourceRoute | null
  /** Bytes of the header of every packet, options included. */
  readonly header: number
  /** True when the link cuts super-segments into segments (TSO). */
  readonly segmentation: boolean
  /** The version of the {@link Interfaces} that it was found among. */
  readonly version: number

  constructor(
    version: number,
    family: Family,
    to: Interface | null,
    onLink: boolean,
    sourceRoute: SourceRoute | null = null,
  ) {
    this.version = version
    this.family = family
    this.interface = to
    this.onLink = onLink
    this.sourceRoute = sourceRoute
    this.header = family.header + (sourceRoute === null ? 0 : sourceRoute.option.length)
    // Nobody knows how a device treats a source route when it cuts a super-segment.
    this.segmentation = sourceRoute === null && to?.link.offload.segmentation === true
  }

  /** Bytes of the largest packet that the link takes. */
  get mtu(): number {
    return this.interface === null ? this.family.safeMtu : this.interface.link.mtu
  }
}
