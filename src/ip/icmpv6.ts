/** A host's ICMPv6, RFC 4443. */
import { ALL_NODES } from '../wire/address.ts'
import { fold, sum16 } from '../wire/checksum.ts'
import type { DropReason } from '../wire/drop.ts'
import { ICMP_HEADER } from '../wire/icmp.ts'
import {
  DESTINATION_UNREACHABLE,
  ECHO_REPLY_V6,
  ECHO_REQUEST_V6,
  isNeighborDiscovery,
  PACKET_TOO_BIG,
  PARAMETER_PROBLEM_V6,
  TIME_EXCEEDED_V6,
} from '../wire/icmpv6.ts'
import { read16, read32 } from '../wire/ipv4.ts'
import { IPV6_HEADER, LEAST_IPV6_MTU } from '../wire/ipv6.ts'
import { readIpv6Address } from '../wire/ipv6-address.ts'
import { PROTOCOL_ICMPV6 } from '../wire/protocol.ts'
import { addressSum } from '../wire/pseudo-header.ts'
import type { IcmpError } from './icmp-error.ts'
import type { Internet } from './internet.ts'
import type { Datagram, Protocol } from './protocol.ts'

/** Bytes of the quoted payload without which there is no telling whose it is: ports and sequence number. */
const QUOTED_TEXT = 8

/** The largest packet that there is: a claim beyond it is no claim. */
const LARGEST = 65_535

/** Codes of destination unreachable, §3.1: errno as Linux maps them; RFC 9293 §3.9.2.2 which are hard. */
const UNREACHABLE_CODES: readonly IcmpError[] = [
  { code: 'ENETUNREACH', text: 'no route to destination', hard: false },
  { code: 'EACCES', text: 'administratively prohibited', hard: true },
  { code: 'EHOSTUNREACH', text: 'beyond scope of source address', hard: false },
  { code: 'EHOSTUNREACH', text: 'address unreachable', hard: false },
  { code: 'ECONNREFUSED', text: 'port unreachable', hard: true },
  { code: 'EACCES', text: 'source address failed policy', hard: false },
  { code: 'EACCES', text: 'route rejected', hard: false },
]
const OTHER_UNREACHABLE: IcmpError = { code: 'EHOSTUNREACH', text: 'destination unreachable', hard: false }
const TOO_BIG: IcmpError = { code: 'EHOSTUNREACH', text: 'packet too big', hard: false }
const TIME_EXCEEDED_ERROR: IcmpError = { code: 'EHOSTUNREACH', text: 'hop limit exceeded', hard: false }
const PARAMETER_ERROR: IcmpError = { code: 'ENOPROTOOPT', text: 'parameter problem', hard: false }

const errorOf = (type: number, code: number): IcmpError => {
  if (type === PACKET_TOO_BIG) return TOO_BIG
  if (type === TIME_EXCEEDED_V6) return TIME_EXCEEDED_ERROR
  if (type === PARAMETER_PROBLEM_V6) return PARAMETER_ERROR
  return UNREACHABLE_CODES[code] ?? OTHER_UNREACHABLE
}

/** ICMPv6 of a host. There are no neighbours on a TUN to be discovered: messages of RFC 4861 are counted, no more. */
export class Icmpv6 implements Protocol {
  readonly #internet: Internet

  constructor(internet: Internet) {
    this.#internet = internet
  }

  arrives(datagram: Datagram): DropReason | null {
    const { buffer: b, start, length, source, destination } = datagram
    if (length < ICMP_HEADER) return 'icmp-truncated'
    const pseudo = addressSum(source) + addressSum(destination) + PROTOCOL_ICMPV6 + length
    if (fold(pseudo + sum16(b, start, length)) !== 0xffff) return 'icmp-checksum'
    const type = b[start]!
    switch (type) {
      case ECHO_REQUEST_V6:
        // A group is answered for, too (§4.2 SHOULD), but for those that the host is not in.
        if (!datagram.unicast && destination !== ALL_NODES) return 'icmp-type'
        this.#internet.echo(datagram, ECHO_REPLY_V6)
        return null
      case PACKET_TOO_BIG: {
        const mtu = read32(b, start + 4) >>> 0
        // RFC 8201 §4: no link is as small as that.
        if (mtu < LEAST_IPV6_MTU) return 'icmp-mtu'
        return this.#error(datagram, errorOf(type, 0), Math.min(mtu, LARGEST))
      }
      case DESTINATION_UNREACHABLE:
      case TIME_EXCEEDED_V6:
      case PARAMETER_PROBLEM_V6:
        return this.#error(datagram, errorOf(type, b[start + 1]!), -1)
      default:
        return isNeighborDiscovery(type) ? 'icmp-neighbor' : 'icmp-type'
    }
  }

  troubled(): DropReason {
    return 'icmp-quote'
  }

  /** Hands an error to the protocol whose packet it quotes. Ours have no extension headers: others are nobody's. */
  #error({ buffer: b, start, length }: Datagram, error: IcmpError, nextHopMtu: number): DropReason | null {
    const quoted = start + ICMP_HEADER
    if (length < ICMP_HEADER + IPV6_HEADER + QUOTED_TEXT || b[quoted]! >>> 4 !== 6) return 'icmp-quote'
    return this.#internet.troubled(b[quoted + 6]!, {
      buffer: b,
      start: quoted + IPV6_HEADER,
      localAddress: readIpv6Address(b, quoted + 8),
      remoteAddress: readIpv6Address(b, quoted + 24),
      packetLength: IPV6_HEADER + read16(b, quoted + 4),
      error,
      nextHopMtu,
    })
  }
}
