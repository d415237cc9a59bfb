/** The examiner's ICMP: errors about packets of the examined, true and forged, and pings. */
import { type Address, isIpv6 } from '../wire/address.ts'
import { dissect } from '../wire/dissect.ts'
import { ECHO_REPLY, ECHO_REQUEST, FRAGMENTATION_NEEDED, UNREACHABLE } from '../wire/icmp.ts'
import { icmpPacket } from '../wire/icmp-message.ts'
import { ECHO_REPLY_V6, ECHO_REQUEST_V6, PACKET_TOO_BIG } from '../wire/icmpv6.ts'
import { PROTOCOL_ICMP, PROTOCOL_ICMPV6 } from '../wire/protocol.ts'
import { TTL } from './packets.ts'

/** ICMP errors that a check sends, under the names that both families share. */
export type IcmpName =
  | 'too big'
  | 'port unreachable'
  | 'protocol unreachable'
  | 'host unreachable'
  | 'time exceeded'
  | 'source quench'

/** Type and code of each: ICMP's, and ICMPv6's, which has no source quench and tells of a protocol as a parameter problem. */
const ICMP_NUMBERS: Readonly<
  Record<IcmpName, readonly [v4: readonly [number, number], v6: readonly [number, number] | null]>
> = {
  'too big': [
    [UNREACHABLE, FRAGMENTATION_NEEDED],
    [PACKET_TOO_BIG, 0],
  ],
  'port unreachable': [
    [3, 3],
    [1, 4],
  ],
  'protocol unreachable': [
    [3, 2],
    [4, 1],
  ],
  'host unreachable': [
    [3, 1],
    [1, 3],
  ],
  'time exceeded': [
    [11, 0],
    [3, 0],
  ],
  'source quench': [[4, 0], null],
}

/** Bytes of a quoted packet: its header and eight more, as RFC 792 has it; IPv6 quotes as much as fits (RFC 4443 §2.4). */
const QUOTED_IPV4 = 28
const QUOTED_IPV6 = 1232

/**
 * An ICMP error about a packet of the examined.
 * @param from who sends it
 * @param quoted the packet that it is about, from its first byte
 * @param mtu for 'too big'
 * @returns null where the family has no such error
 */
export const icmpError = (
  name: IcmpName,
  from: Address,
  to: Address,
  quoted: Uint8Array,
  mtu = 0,
): Uint8Array | null => {
  const ipv6 = isIpv6(from)
  const numbers = ICMP_NUMBERS[name][ipv6 ? 1 : 0]
  if (numbers === null) return null
  const quote = quoted.subarray(0, ipv6 ? QUOTED_IPV6 : QUOTED_IPV4)
  // RFC 1191 §4 has the MTU in the lower half of the word, ICMPv6 in all of it.
  return icmpPacket(from, to, ...numbers, mtu, quote, TTL, 0)
}

/** Bytes that a ping carries. */
const PING = 16

/** A ping; who answers it hears ICMP. */
export const pingPacket = (from: Address, to: Address): Uint8Array =>
  icmpPacket(from, to, isIpv6(from) ? ECHO_REQUEST_V6 : ECHO_REQUEST, 0, 1, new Uint8Array(PING), TTL, 0)

/** The two ends of an answer to a ping; null when the packet is none. */
export const readPong = (b: Uint8Array): { readonly from: Address; readonly to: Address } | null => {
  const { unreadable, protocol, payload, source, destination } = dissect(b)
  if (unreadable !== null || payload >= b.length) return null
  const isPong =
    (protocol === PROTOCOL_ICMP && b[payload] === ECHO_REPLY) ||
    (protocol === PROTOCOL_ICMPV6 && b[payload] === ECHO_REPLY_V6)
  return isPong ? { from: source, to: destination } : null
}
