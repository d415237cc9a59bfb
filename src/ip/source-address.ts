/** Chooses the address that a connection comes from: RFC 6724, as far as a host with a handful of addresses needs it. */
import { commonPrefix, type Ipv6Address, isLinkLocal, isLoopback, isMulticast } from '../wire/address.ts'
import { ipv6Bytes } from '../wire/ipv6-address.ts'

/** Scopes of RFC 4007 §5 and §6. */
const LINK_LOCAL = 2
const SITE_LOCAL = 5
const GLOBAL = 14

/** §3.1: how far an address is good. */
const scope = (a: Ipv6Address): number => {
  if (isMulticast(a)) return ipv6Bytes(a)[1]! & 15
  if (isLinkLocal(a) || isLoopback(a)) return LINK_LOCAL
  const [high = 0, low = 0] = ipv6Bytes(a)
  return high === 0xfe && (low & 0xc0) === 0xc0 ? SITE_LOCAL : GLOBAL
}

/** §2.1: what of the default policy table is not a matter of tunnels. Unique local addresses keep to themselves. */
const label = (a: Ipv6Address): number => {
  if (isLoopback(a)) return 0
  return (ipv6Bytes(a)[0]! & 0xfe) === 0xfc ? 13 : 1
}

/** §5: whether `a` is a better source than `b` for a destination. */
const isBetter = (a: Ipv6Address, b: Ipv6Address, destination: Ipv6Address): boolean => {
  // Rule 2: an appropriate scope.
  const [ofA, ofB] = [scope(a), scope(b)]
  if (ofA !== ofB) return ofA < ofB ? ofA >= scope(destination) : ofB < scope(destination)
  // Rule 6: a matching label.
  const matches = label(a) === label(destination)
  if (matches !== (label(b) === label(destination))) return matches
  // Rule 8: the longest matching prefix.
  return commonPrefix(a, destination) > commonPrefix(b, destination)
}

/** The best of our addresses for a destination; of equals the first. Null when there is none. */
export const chooseSource = (
  candidates: readonly Ipv6Address[],
  destination: Ipv6Address,
): Ipv6Address | null => {
  let best: Ipv6Address | null = null
  for (const candidate of candidates) {
    // Rule 1: the same address.
    if (candidate === destination) return candidate
    if (best === null || isBetter(candidate, best, destination)) best = candidate
  }
  return best
}
