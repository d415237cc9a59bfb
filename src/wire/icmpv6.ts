/** ICMPv6, RFC 4443. */

export const DESTINATION_UNREACHABLE = 1
export const PACKET_TOO_BIG = 2
export const TIME_EXCEEDED_V6 = 3
export const PARAMETER_PROBLEM_V6 = 4
export const ECHO_REQUEST_V6 = 128
export const ECHO_REPLY_V6 = 129

/** Codes of {@link TIME_EXCEEDED_V6}. */
export const HOP_LIMIT_EXCEEDED = 0
export const FRAGMENT_REASSEMBLY_TIME = 1

/** Neighbour discovery (RFC 4861 §4): router and neighbour solicitations and advertisements, redirects. */
const ROUTER_SOLICITATION = 133
const ND_REDIRECT = 137

export const isNeighborDiscovery = (type: number): boolean =>
  type >= ROUTER_SOLICITATION && type <= ND_REDIRECT

/** Returns whether a message of this type is about another packet (§2.1). */
export const isIcmpv6Error = (type: number): boolean => type < 128
