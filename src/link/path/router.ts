/** A router's treatment of packets that are too large or too old for the next hop: RFC 1812, 1191 and 8200, 4443. */

import { type Address, isIpv6, isLimitedBroadcast, isMulticast, isUnspecified } from '../../wire/address.ts'
import { copyOf } from '../../wire/bytes.ts'
import { fold } from '../../wire/checksum.ts'
import type { Dissection } from '../../wire/dissect.ts'
import {
  FRAGMENTATION_NEEDED,
  ICMP_HEADER,
  isIcmpError,
  TIME_EXCEEDED,
  UNREACHABLE,
} from '../../wire/icmp.ts'
import { icmpPacket } from '../../wire/icmp-message.ts'
import {
  HOP_LIMIT_EXCEEDED,
  isIcmpv6Error,
  isNeighborDiscovery,
  PACKET_TOO_BIG,
  TIME_EXCEEDED_V6,
} from '../../wire/icmpv6.ts'
import { ipHeaderLength } from '../../wire/ip.ts'
import { DONT_FRAGMENT, read16, write16 } from '../../wire/ipv4.ts'
import { LEAST_IPV6_MTU } from '../../wire/ipv6.ts'
import { PROTOCOL_ICMP, PROTOCOL_ICMPV6 } from '../../wire/protocol.ts'

/** An error's packet quotes as much as fits into this (RFC 1812 §4.3.2.3; RFC 4443 §2.4 c). */
const ERROR_PACKET = { 4: 576, 6: LEAST_IPV6_MTU } as const
const ROUTER_TTL = 64
/** RFC 1812 §4.3.2.5: internetwork control. */
const ERROR_TRAFFIC_CLASS = 0xc0
/** The code of time exceeded for packets in transit (RFC 792). */
const IN_TRANSIT = 0

/** The addresses that a router's errors come from, one of each family; null: it has none of that one, and is silent. */
export interface RouterAddresses {
  readonly 4: Address | null
  readonly 6: Address | null
}

/** Returns whether a router can read a packet of `length` bytes: its header's lengths agree with what is there. */
export const hasHeader = (packet: Dissection, length: number): boolean =>
  packet.unreadable === null && packet.totalLength <= length

/** Returns whether a router may cut a packet: IPv4's without DF. Of IPv6 only the sender makes fragments (RFC 8200 §4.5). */
export const mayFragment = (b: Uint8Array, packet: Dissection): boolean =>
  packet.version === 4 && (read16(b, packet.start + 6) & DONT_FRAGMENT) === 0

/**
 * Bytes of the largest packet of a family on a link: with IPv6 links of less than 1280 cut and join below IP (RFC 8200
 * §5).
 */
export const mtuFor = (b: Uint8Array, start: number, mtu: number): number =>
  b[start]! >>> 4 === 6 ? Math.max(mtu, LEAST_IPV6_MTU) : mtu

/**
 * One hop more: the time to live, with the header's checksum (RFC 1624 §3), or the hop limit counts down. False when none
 * is left (RFC 1812 §5.3.1, RFC 8200 §3).
 */
export const countHop = (b: Uint8Array, { start, version, hops }: Dissection): boolean => {
  if (hops <= 1) return false
  if (version === 6) {
    b[start + 7]!--
    return true
  }
  const before = read16(b, start + 8)
  b[start + 8]!--
  write16(b, start + 10, ~fold((~read16(b, start + 10) & 0xffff) + (~before & 0xffff) + read16(b, start + 8)))
  return true
}

/** Returns whether a router tells the sender about a packet: RFC 1812 §4.3.2.7, RFC 4443 §2.4 e. */
const mayTell = (b: Uint8Array, packet: Dissection, toGroups: boolean): boolean => {
  const { source, destination, protocol, payload } = packet
  // Behind a later fragment's header there is no telling what it is a part of; a router of IPv6 does not ask.
  if (packet.version === 4 && packet.fragmentOffset > 0) return false
  if ((isMulticast(destination) && !toGroups) || isLimitedBroadcast(destination)) return false
  if (isUnspecified(source) || isMulticast(source) || isLimitedBroadcast(source)) return false
  if (packet.fragmentOffset > 0) return true
  const type = b[payload] ?? 0
  if (protocol === PROTOCOL_ICMPV6) return !isIcmpv6Error(type) && !isNeighborDiscovery(type)
  return protocol !== PROTOCOL_ICMP || !isIcmpError(type)
}

/** The error about a packet, from the router to its sender; null when there must be none. */
const errorAbout = (
  b: Uint8Array,
  packet: Dissection,
  router: Address,
  [type, code, rest]: readonly [number, number, number],
  toGroups = false,
): Uint8Array | null => {
  if (!mayTell(b, packet, toGroups)) return null
  const most = ERROR_PACKET[isIpv6(router) ? 6 : 4] - ipHeaderLength(router) - ICMP_HEADER
  const quoted = copyOf(b, packet.start, packet.start + Math.min(packet.totalLength, most))
  const trafficClass = isIpv6(router) ? 0 : ERROR_TRAFFIC_CLASS
  return icmpPacket(router, packet.source, type, code, rest, quoted, ROUTER_TTL, trafficClass)
}

/** Fragmentation needed (RFC 1191 §4), or Packet Too Big (RFC 4443 §3.2), with the next hop's MTU; null for none. */
export const tooBigError = (
  b: Uint8Array,
  packet: Dissection,
  routers: RouterAddresses,
  mtu: number,
): Uint8Array | null => {
  const router = routers[packet.version === 6 ? 6 : 4]
  if (router === null) return null
  // RFC 4443 §2.4 e.3: path MTUs of groups are found, too.
  if (packet.version === 6) return errorAbout(b, packet, router, [PACKET_TOO_BIG, 0, mtu], true)
  return errorAbout(b, packet, router, [UNREACHABLE, FRAGMENTATION_NEEDED, mtu])
}

/** Time exceeded in transit, for a packet that has no hops left; null for none. */
export const expiredError = (
  b: Uint8Array,
  packet: Dissection,
  routers: RouterAddresses,
): Uint8Array | null => {
  const router = routers[packet.version === 6 ? 6 : 4]
  if (router === null) return null
  if (packet.version === 6) return errorAbout(b, packet, router, [TIME_EXCEEDED_V6, HOP_LIMIT_EXCEEDED, 0])
  return errorAbout(b, packet, router, [TIME_EXCEEDED, IN_TRANSIT, 0])
}
