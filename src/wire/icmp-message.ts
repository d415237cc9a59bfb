/** ICMP messages of either family, as they are written. */
import { type Address, isIpv6 } from './address.ts'
import { write16, write32 } from './bytes.ts'
import { checksum } from './checksum.ts'
import { ICMP_HEADER } from './icmp.ts'
import { ipHeaderLength, writeIp } from './ip.ts'
import { PROTOCOL_ICMP, PROTOCOL_ICMPV6 } from './protocol.ts'
import { pseudoHeaderSum } from './pseudo-header.ts'

/** An ICMP message between two addresses of either family: `rest` is the second word of its header. */
export const icmpMessage = (
  source: Address,
  destination: Address,
  type: number,
  code: number,
  rest: number,
  body: Uint8Array,
): Uint8Array => {
  const message = new Uint8Array(ICMP_HEADER + body.length)
  const { length } = message
  message[0] = type
  message[1] = code
  write32(message, 4, rest)
  message.set(body, ICMP_HEADER)
  // RFC 4443 §2.3: only ICMPv6's checksum covers a pseudo-header.
  const pseudo = isIpv6(source) ? pseudoHeaderSum(source, destination, PROTOCOL_ICMPV6, length) : 0
  write16(message, 2, checksum(message, 0, length, pseudo))
  return message
}

/** The whole packet of {@link icmpMessage}; `ttl` is IPv6's hop limit. */
export const icmpPacket = (
  source: Address,
  destination: Address,
  type: number,
  code: number,
  rest: number,
  body: Uint8Array,
  ttl: number,
  trafficClass: number,
): Uint8Array => {
  const header = ipHeaderLength(source)
  const protocol = isIpv6(source) ? PROTOCOL_ICMPV6 : PROTOCOL_ICMP
  const packet = new Uint8Array(header + ICMP_HEADER + body.length)
  writeIp(packet, 0, packet.length, protocol, source, destination, ttl, trafficClass)
  packet.set(icmpMessage(source, destination, type, code, rest, body), header)
  return packet
}
