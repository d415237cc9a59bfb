/** Addresses of a device that would take away from the host what it has, and a range that does not. */
import {
  commonPrefix,
  formatAddress,
  type Ipv4Address,
  type Ipv4Prefix,
  type Ipv6Prefix,
  inPrefix,
  isIpv4,
  isIpv6,
  isLinkLocal,
  type Prefix,
  parseIpv4Prefix,
  parsePrefix,
} from '../wire/address.ts'
import { type HostEntry, type HostNetworks, isUp } from './host-networks.ts'
import { TunError } from './tun-error.ts'

/**
 * Routes with shorter prefixes are the default route in pieces (0.0.0.0/1 and 128.0.0.0/1, as VPNs have them):
 * nobody's network is as large.
 */
const SHORTEST = { 4: 8, 6: 16 } as const

/**
 * Addresses for a device that was given none: the ranges for documentation (RFC 5737), then those for tests of networks
 * (RFC 2544), each as the host's end. Hosts use even these, so each is tried.
 */
const RANGES: readonly string[] = [
  '192.0.2.1/24',
  '198.51.100.1/24',
  '203.0.113.1/24',
  ...Array.from({ length: 512 }, (_, n) => `198.${18 + (n >> 8)}.${n & 255}.1/24`),
]

export const FIRST_RANGE = RANGES[0]!

const maskOf = (length: number): number => (length === 0 ? 0 : -1 << (32 - length))

/** Returns whether one of two networks is within the other. */
const overlaps = ({ address, length }: HostEntry, prefix: Prefix): boolean => {
  if (prefix.family === 4)
    return isIpv4(address) && ((address ^ prefix.address) & prefix.mask & maskOf(length)) === 0
  return isIpv6(address) && commonPrefix(address, prefix.address) >= Math.min(length, prefix.length)
}

const meets = (entry: HostEntry, prefix: Prefix): boolean =>
  (entry.kind !== 'route' && inPrefix(entry.address, prefix)) ||
  (entry.length >= SHORTEST[prefix.family] && overlaps(entry, prefix))

export interface Collision {
  /** The prefix that is wanted, such as 192.0.2.1/24. */
  readonly address: string
  /** The conflict, in words. */
  readonly met: string
}

/** The most that are named; the rest would be a list. */
const NAMED = 2

const named = (found: readonly HostEntry[]): string | null => {
  // Routes follow from addresses, mostly.
  const first = found.filter(({ kind }) => kind !== 'route')
  const texts = [...new Set((first.length > 0 ? first : found).map(({ text }) => text))]
  if (texts.length === 0) return null
  const more = texts.length > NAMED ? ` and ${texts.length - NAMED} more` : ''
  return texts.slice(0, NAMED).join(more === '' ? ' and ' : ', ') + more
}

/**
 * The part of the host that a prefix on a device would meet, in words; null when nothing. What the device `own` (the index of its
 * interface) has itself is no obstacle to it.
 */
export const prefixMeets = (networks: HostNetworks, prefix: Prefix, own = 0): string | null =>
  named(networks.entries.filter(entry => (own === 0 || entry.index !== own) && meets(entry, prefix)))

/**
 * The same for the address of a stack behind the device, which need not be in the device's prefix: no obstacle is a
 * network from which the device has been given this address by a longer route.
 */
export const addressMeets = (networks: HostNetworks, address: Ipv4Address, own = 0): string | null => {
  const prefix = parseIpv4Prefix(formatAddress(address))
  const covering = networks.entries.filter(entry => meets(entry, prefix))
  const given = covering.filter(({ index }) => own !== 0 && index === own).map(({ length }) => length)
  const longest = given.reduce((most, length) => Math.max(most, length), -1)
  return named(
    covering.filter(
      entry =>
        (own === 0 || entry.index !== own) &&
        (entry.length > longest || (entry.kind !== 'route' && entry.address === address)),
    ),
  )
}

/** The error for a device whose address would take away from the host what it has; `instead` says what to do. */
export const takenError = ({ address, met }: Collision, instead: string): TunError =>
  new TunError(`${address} would take away from this host ${met}: ${instead}`, 'EADDRINUSE', 'SIOCSIFADDR')

/** The host's end of a device, with its length, in a range that the host does not use; null when it uses them all. */
export const freeRange = (networks: HostNetworks): string | null =>
  RANGES.find(range => prefixMeets(networks, parseIpv4Prefix(range)) === null) ?? null

/** The conflicts that would be new to the host when the device `name` is opened with this prefix, or with those that it has. */
const newPrefixes = (
  networks: HostNetworks,
  own: number,
  prefix: Ipv4Prefix | null,
  up: boolean,
): Ipv4Prefix[] => {
  const link = own === 0 ? undefined : networks.links.find(({ index }) => index === own)
  const has = networks.entries
    .filter(
      ({ kind, index, address }) =>
        link !== undefined && kind === 'address' && index === own && isIpv4(address),
    )
    .map(({ address, length }) => parseIpv4Prefix(`${formatAddress(address)}/${length}`))
  const same = has.some(({ address, length }) => address === prefix?.address && length === prefix.length)
  const working = link !== undefined && isUp(link)
  if (prefix !== null) return same && working ? [] : [prefix]
  return working || !up ? [] : has
}

/** The conflicts that the device `name`, made or changed, would meet; without a prefix, by those that it has. */
export const deviceMeets = (
  networks: HostNetworks,
  name: string,
  prefix: Ipv4Prefix | null,
  up = true,
): Collision | null => {
  const own = indexOf(networks, name)
  for (const wanted of newPrefixes(networks, own, prefix, up)) {
    const met = prefixMeets(networks, wanted, own)
    if (met !== null) return { address: `${formatAddress(wanted.address)}/${wanted.length}`, met }
  }
  return null
}

/** The index of the interface of this name; 0 when there is none. */
export const indexOf = ({ links }: HostNetworks, name: string): number =>
  links.find(link => link.name === name)?.index ?? 0

/** The same for prefixes of IPv6 that the device `name` is to have. */
export const deviceMeetsIpv6 = (
  networks: HostNetworks,
  name: string,
  prefixes: readonly Ipv6Prefix[],
): Collision | null => {
  for (const prefix of prefixes) {
    const met = isLinkLocal(prefix.address) ? null : prefixMeets(networks, prefix, indexOf(networks, name))
    if (met !== null) return { address: `${prefix.address}/${prefix.length}`, met }
  }
  return null
}

/** The range for documentation (RFC 3849), a network each. Hosts use even these, so each is tried. */
const IPV6_RANGES = Array.from({ length: 256 }, (_, n) =>
  n === 0 ? '2001:db8::1/64' : `2001:db8:${n.toString(16)}::1/64`,
)

/** The host's end of the device `name` over IPv6, in a network that the host does not use; null when it uses them all. */
export const freeIpv6Range = (networks: HostNetworks, name = ''): string | null =>
  IPV6_RANGES.find(range => deviceMeetsIpv6(networks, name, [parsePrefix(range) as Ipv6Prefix]) === null) ??
  null
