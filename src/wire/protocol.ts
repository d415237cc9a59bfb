/** Numbers in the protocol field of IPv4 and the next header field of IPv6 (IANA's Protocol Numbers). */

export const PROTOCOL_ICMP = 1
export const PROTOCOL_TCP = 6
export const PROTOCOL_UDP = 17
export const PROTOCOL_ICMPV6 = 58
/** IPv6: nothing follows (RFC 8200 §4.7). */
export const PROTOCOL_NONE = 59
