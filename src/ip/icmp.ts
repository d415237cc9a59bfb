/** A host's ICMP, RFC 792 and RFC 1122 §3.2.2. */
import { checksum } from '../wire/checksum.ts'
import type { DropReason } from '../wire/drop.ts'
import {
  ECHO_REPLY,
  ECHO_REQUEST,
  FRAGMENTATION_NEEDED,
  ICMP_HEADER,
  PARAMETER_PROBLEM,
  TIME_EXCEEDED,
  UNREACHABLE,
} from '../wire/icmp.ts'
import { IPV4_HEADER, ipv4HeaderLength, read16, read32 } from '../wire/ipv4.ts'
import { finalDestination } from '../wire/source-route.ts'
import type { IcmpError } from './icmp-error.ts'
import type { Internet } from './internet.ts'
import type { Datagram, Protocol } from './protocol.ts'

/** Bytes of the offending packet's payload that an error quotes at least (RFC 792): ports and sequence number. */
const QUOTED_TEXT = 8

/** Codes of destination unreachable, RFC 792 and RFC 1122 §3.2.2.1: errno as Linux maps them; §3.9.2.2 which are hard. */
const UNREACHABLE_CODES: readonly IcmpError[] = [
  { code: 'ENETUNREACH', text: 'network unreachable', hard: false },
  { code: 'EHOSTUNREACH', text: 'host unreachable', hard: false },
  { code: 'ENOPROTOOPT', text: 'protocol unreachable', hard: true },
  { code: 'ECONNREFUSED', text: 'port unreachable', hard: true },
  { code: 'EHOSTUNREACH', text: 'fragmentation needed', hard: true },
  { code: 'EOPNOTSUPP', text: 'source route failed', hard: false },
  { code: 'ENETUNREACH', text: 'destination network unknown', hard: false },
  { code: 'EHOSTDOWN', text: 'destination host unknown', hard: false },
  { code: 'ENONET', text: 'source host isolated', hard: false },
  { code: 'ENETUNREACH', text: 'network administratively prohibited', hard: false },
  { code: 'EHOSTUNREACH', text: 'host administratively prohibited', hard: false },
  { code: 'ENETUNREACH', text: 'network unreachable for type of service', hard: false },
  { code: 'EHOSTUNREACH', text: 'host unreachable for type of service', hard: false },
]
const OTHER_UNREACHABLE: IcmpError = { code: 'EHOSTUNREACH', text: 'destination unreachable', hard: false }
const TIME_EXCEEDED_ERROR: IcmpError = { code: 'EHOSTUNREACH', text: 'time to live exceeded', hard: false }
const PARAMETER_ERROR: IcmpError = { code: 'EHOSTUNREACH', text: 'parameter problem', hard: false }

const errorOf = (type: number, code: number): IcmpError => {
  if (type === TIME_EXCEEDED) return TIME_EXCEEDED_ERROR
  if (type === PARAMETER_PROBLEM) return PARAMETER_ERROR
  return UNREACHABLE_CODES[code] ?? OTHER_UNREACHABLE
}

/** ICMP of a host. */
export class Icmp implements Protocol {
  readonly #internet: Internet

  constructor(internet: Internet) {
    this.#internet = internet
  }

  arrives(datagram: Datagram): DropReason | null {
    const { buffer: b, start, length } = datagram
    if (length < ICMP_HEADER) return 'icmp-truncated'
    if (checksum(b, start, length) !== 0) return 'icmp-checksum'
    const type = b[start]!
    switch (type) {
      case ECHO_REQUEST:
        // A broadcast request may be ignored, against amplification (RFC 1122 §3.2.2.6).
        if (!datagram.unicast) return 'icmp-type'
        this.#internet.echo(datagram, ECHO_REPLY)
        return null
      case UNREACHABLE:
      case TIME_EXCEEDED:
      case PARAMETER_PROBLEM: {
        const code = b[start + 1]!
        // The next hop's MTU is in the second half of a word that others leave unused (RFC 1191 §4).
        const nextHopMtu = type === UNREACHABLE && code === FRAGMENTATION_NEEDED ? read16(b, start + 6) : -1
        return this.#error(b, start + ICMP_HEADER, length - ICMP_HEADER, errorOf(type, code), nextHopMtu)
      }
      default:
        // MUST-55: a source quench is silently discarded.
        return 'icmp-type'
    }
  }

  troubled(): DropReason {
    return 'icmp-quote'
  }

  /** MUST-54: hands an error to the protocol whose packet it quotes. */
  #error(
    b: Uint8Array,
    start: number,
    length: number,
    error: IcmpError,
    nextHopMtu: number,
  ): DropReason | null {
    if (length < IPV4_HEADER || b[start]! >>> 4 !== 4) return 'icmp-quote'
    const headerLength = ipv4HeaderLength(b, start)
    if (headerLength < IPV4_HEADER || length < headerLength + QUOTED_TEXT) return 'icmp-quote'
    return this.#internet.troubled(b[start + 9]!, {
      buffer: b,
      start: start + headerLength,
      localAddress: read32(b, start + 12),
      remoteAddress: finalDestination(b, start, headerLength),
      packetLength: read16(b, start + 2),
      error,
      nextHopMtu,
    })
  }
}
