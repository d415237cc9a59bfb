import {
  type Address,
  type Ipv6Address,
  inPrefix,
  isIpv6,
  isLimitedBroadcast,
  isLinkLocal,
  isLinkLocalBroadcast,
  isLoopback,
  isMapped,
  isMulticast,
  isReserved,
  isThisNetwork,
  isUnspecified,
  type Prefix,
  withoutZone,
} from '../wire/address.ts'
import { PacketBatch } from '../wire/batch.ts'
import type { SourceRoute } from '../wire/source-route.ts'
import { familyOf } from './family.ts'
import type { Link } from './link.ts'
import { Route } from './route.ts'
import { chooseSource } from './source-address.ts'

/** Packets that leave together. */
const BATCH = 64

/** A link with our addresses on it, and the packets waiting to leave by it. */
export class Interface {
  readonly link: Link
  readonly prefixes: readonly Prefix[]
  readonly outgoing = new PacketBatch(BATCH)

  constructor(link: Link, prefixes: readonly Prefix[]) {
    this.link = link
    this.prefixes = prefixes
  }

  flush(): void {
    if (this.outgoing.count === 0) return
    this.link.transmit(this.outgoing)
    this.outgoing.clear()
  }
}

/** A host's interfaces: which addresses are its own, and by which way another is reached. */
export class Interfaces {
  readonly all: Interface[] = []
  readonly loopback: Interface
  /** Grows with every link: a route of an earlier one is to be looked up again. */
  version = 0
  #routes: Route[] = []
  readonly #own = new Set<Address>()
  readonly #broadcasts = new Set<Address>()

  constructor(loopback: Interface) {
    this.loopback = loopback
    this.all.push(loopback)
  }

  add(i: Interface): void {
    this.all.push(i)
    this.version++
    this.#routes = []
    for (const prefix of i.prefixes) {
      this.#own.add(prefix.address)
      if (prefix.family === 4 && prefix.broadcast !== prefix.address) {
        this.#broadcasts.add(prefix.broadcast)
        // The all-zeros form is an obsolete broadcast address (RFC 1122 §3.3.6).
        this.#broadcasts.add(prefix.network)
      }
    }
  }

  isOwn(address: Address): boolean {
    if (this.#own.has(address) || isLoopback(address)) return true
    return isIpv6(address) && address.includes('%') && this.#own.has(withoutZone(address))
  }

  /** Returns whether a link has an address of this family. A host without links speaks with itself, in either. */
  speaks(family: 4 | 6): boolean {
    const links = this.all.length === 1 ? this.all : this.all.filter(i => i !== this.loopback)
    return links.some(i => i.prefixes.some(p => p.family === family))
  }

  isBroadcast(address: Address): boolean {
    return isLimitedBroadcast(address) || isLinkLocalBroadcast(address) || this.#broadcasts.has(address)
  }

  /**
   * Returns whether an address can be the source of a packet that came by `from` (RFC 1122 §3.2.1.3; martians). Link-local
   * addresses can (RFC 6890 table 5; RFC 3927 §2.6.2: a host talks to them directly, whatever its own address).
   */
  isValidSource(address: Address, from: Interface): boolean {
    if (from === this.loopback) return this.isOwn(address)
    return !(isLoopback(address) || this.#own.has(address)) && this.isValidRemote(address)
  }

  /** Returns whether a TCP connection may be opened towards an address (MUST-46). */
  isValidRemote(address: Address): boolean {
    if (isMulticast(address)) return false
    if (isIpv6(address)) return !isUnspecified(address) && !isMapped(address)
    return !(isThisNetwork(address) || isReserved(address) || this.isBroadcast(address))
  }

  /** The way to an address, by a source route if there is one. All of the same kind share one. */
  route(address: Address, sourceRoute: SourceRoute | null = null): Route {
    const family = familyOf(address)
    const to = this.#towards(sourceRoute === null ? address : sourceRoute.firstHop)
    const onLink = this.isOnLink(address)
    if (sourceRoute !== null) return new Route(this.version, family, to, onLink, sourceRoute)
    const known = this.#routes.find(r => r.family === family && r.interface === to && r.onLink === onLink)
    if (known !== undefined) return known
    const route = new Route(this.version, family, to, onLink)
    this.#routes.push(route)
    return route
  }

  /** The interface towards an address: the longest prefix it is in; else the first link is the way out. */
  #towards(address: Address): Interface | null {
    if (this.isOwn(address)) return this.loopback
    const zone = isIpv6(address) ? address.split('%')[1] : undefined
    if (zone !== undefined) return this.all.find(i => i.link.name === zone) ?? null
    let best: Interface | null = null
    let length = -1
    for (const i of this.all) {
      for (const prefix of i.prefixes) {
        if (inPrefix(address, prefix) && prefix.length > length) {
          best = i
          length = prefix.length
        }
      }
    }
    return best ?? this.#wayOut(address)
  }

  /** The first link added is the way to everywhere else, if it speaks the address's family. */
  #wayOut(address: Address): Interface | null {
    const { version } = familyOf(address)
    return this.all.find(i => i !== this.loopback && i.prefixes.some(p => p.family === version)) ?? null
  }

  /** Returns whether an address is our own or in the network of one of our links. */
  isOnLink(address: Address): boolean {
    return this.isOwn(address) || this.all.some(i => i.prefixes.some(prefix => inPrefix(address, prefix)))
  }

  /** A link-local address with its zone, the name of the link it is of (RFC 4007 §6); any other as it is. */
  scoped(address: Address, from: Interface | null = this.#towards(address)): Address {
    if (!isIpv6(address) || !isLinkLocal(address) || address.includes('%') || from === null) return address
    return from === this.loopback ? address : (`${address}%${from.link.name}` as Ipv6Address)
  }

  /** The local address for a connection towards `remote` by its route (MUST-44), or null without a route. */
  sourceFor(remote: Address): Address | null {
    const { version } = familyOf(remote)
    if (isLoopback(remote)) return this.loopback.prefixes.find(p => p.family === version)!.address
    if (this.#own.has(remote)) return remote
    const i = this.#towards(remote)
    if (i === null || i === this.loopback) return null
    const ours = i.prefixes.filter(p => p.family === version)
    if (isIpv6(remote))
      return chooseSource(
        ours.map(p => p.address as Ipv6Address),
        remote,
      )
    const prefix = ours.find(p => inPrefix(remote, p)) ?? ours[0]
    return prefix === undefined ? null : prefix.address
  }
}
