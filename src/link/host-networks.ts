/** The addresses, routes and gateways that this host has, so that a new device takes none of them away. */
import { type Address, ANY_IPV4, formatAddress, isIpv6, isLinkLocal, isMulticast } from '../wire/address.ts'
import { read32 } from '../wire/bytes.ts'
import { IPV6_ADDRESS, readIpv6Address } from '../wire/ipv6-address.ts'
import {
  type AddressMessage,
  AF_INET,
  AF_INET6,
  type Ask,
  addressesRequest,
  type LinkMessage,
  linksRequest,
  parseAddresses,
  parseLinks,
  parseRoutes,
  type RouteMessage,
  RTN_ANYCAST,
  RTN_BROADCAST,
  RTN_LOCAL,
  RTN_MULTICAST,
  RTN_UNICAST,
  RTPROT_KERNEL,
  routesRequest,
} from './rtnetlink.ts'
import { tunError } from './tun-error.ts'

/** Something that a device could take away from the host. */
export interface HostEntry {
  readonly kind: 'gateway' | 'address' | 'route'
  readonly address: Address
  /** Bits that count; all for a gateway. */
  readonly length: number
  /** The index of its interface; 0 when it has none. */
  readonly index: number
  /** Its name for people: `the gateway 192.0.2.1 of the default route on eth0`. */
  readonly text: string
}

export interface HostNetworks {
  readonly links: readonly LinkMessage[]
  readonly entries: readonly HostEntry[]
}

const FAMILIES = [AF_INET, AF_INET6] as const

/** IFF_UP of netdevice(7) */
export const IFF_UP = 1
/** The tables may change while they are told. */
const ATTEMPTS = 10
const EAGAIN = 11

const answerTo = (ask: Ask, request: Uint8Array): Uint8Array => {
  let answer = ask(request)
  for (let n = 1; n < ATTEMPTS && answer === -EAGAIN; n++) answer = ask(request)
  if (typeof answer === 'number') throw tunError(-answer, 'rtnetlink', '')
  return answer
}

/** Asks the kernel; the routes of all its tables are among them. @throws TunError when it does not say */
export const hostNetworks = (ask: Ask): HostNetworks => {
  const links = parseLinks(answerTo(ask, linksRequest()))
  const names = new Map(links.map(({ index, name }) => [index, name]))
  const addresses = FAMILIES.flatMap(family => parseAddresses(answerTo(ask, addressesRequest(family))))
  const routes = FAMILIES.flatMap(family => parseRoutes(answerTo(ask, routesRequest(family))))
  const on = (index: number): string => names.get(index) ?? `interface ${index}`
  return {
    links,
    entries: [
      ...routes.flatMap(route => gatewaysOf(route, on)),
      ...addresses.flatMap(address => addressesOf(address, on)),
      ...routes.flatMap(route => destinationsOf(route, on)),
    ],
  }
}

export const isUp = (link: LinkMessage): boolean => (link.flags & IFF_UP) !== 0

/** An address of either family; null for other bytes, and for what every link has: link-local addresses and groups. */
const toAddress = (bytes: Uint8Array): Address | null => {
  if (bytes.length === 4) return read32(bytes, 0)
  if (bytes.length !== IPV6_ADDRESS) return null
  const address = readIpv6Address(bytes, 0)
  return isLinkLocal(address) || isMulticast(address) ? null : address
}

/** The bits of the whole address. */
const bitsOf = (address: Address): number => (isIpv6(address) ? 128 : 32)

const gatewaysOf = (route: RouteMessage, on: (index: number) => string): HostEntry[] =>
  route.hops.flatMap(({ index, gateway }) => {
    const address = gateway === undefined ? null : toAddress(gateway)
    if (address === null) return []
    const text = `the gateway ${formatAddress(address)} of ${routeText(route)} on ${on(index)}`
    return [{ kind: 'gateway', address, length: bitsOf(address), index, text }]
  })

const addressesOf = (
  { index, local, peer, length }: AddressMessage,
  on: (index: number) => string,
): HostEntry[] => {
  const ours = toAddress(local)
  const theirs = peer === undefined ? null : toAddress(peer)
  if (ours === null) return []
  if (theirs === null) {
    const text = `the address ${formatAddress(ours)}/${length} of ${on(index)}`
    return [{ kind: 'address', address: ours, length, index, text }]
  }
  const far = `${formatAddress(theirs)}/${length}, the other end of ${on(index)}`
  return [
    {
      kind: 'address',
      address: ours,
      length: bitsOf(ours),
      index,
      text: `the address ${formatAddress(ours)} of ${on(index)}`,
    },
    { kind: 'address', address: theirs, length, index, text: far },
  ]
}

const routeText = ({ destination, length }: RouteMessage): string =>
  destination === undefined || length === 0
    ? 'the default route'
    : `the route to ${formatAddress(toAddress(destination) ?? ANY_IPV4)}/${length}`

/** The RTN_… that say what becomes of packets, as ip-route(8) names them. */
const KINDS: Readonly<Record<number, string>> = {
  [RTN_LOCAL]: 'local',
  6: 'blackhole',
  7: 'unreachable',
  8: 'prohibit',
  9: 'throw',
}

const destinationsOf = (route: RouteMessage, on: (index: number) => string): HostEntry[] => {
  const { type, protocol, destination, length, hops } = route
  const address = destination === undefined ? null : toAddress(destination)
  if (address === null || type === RTN_BROADCAST || type === RTN_MULTICAST || type === RTN_ANYCAST) return []
  // The kernel has made it of an address, which is there already.
  if (type === RTN_LOCAL && protocol === RTPROT_KERNEL) return []
  const kind = type === RTN_UNICAST ? '' : `, ${KINDS[type] ?? `of type ${type}`}`
  const indices = hops.length === 0 ? [0] : hops.map(({ index }) => index)
  return indices.map(index => ({
    kind: 'route',
    address,
    length,
    index,
    text: `${routeText(route)}${index === 0 ? '' : ` on ${on(index)}`}${kind}`,
  }))
}
