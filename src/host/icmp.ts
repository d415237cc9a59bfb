/** What the host does with ICMP, RFC 792 and RFC 1122 §3.2.2. */
import type { Connection } from '../tcp/connection.ts'
import { type IcmpError, icmpError } from '../tcp/icmp-errors.ts'
import { tooBig } from '../tcp/path-mtu.ts'
import type { Address } from '../wire/address.ts'
import { checksum } from '../wire/checksum.ts'
import type { DropReason } from '../wire/drop.ts'
import {
  ECHO_REPLY,
  ECHO_REQUEST,
  FRAGMENTATION_NEEDED,
  ICMP_HEADER,
  PARAMETER_PROBLEM,
  SOURCE_QUENCH,
  TIME_EXCEEDED,
  UNREACHABLE,
} from '../wire/icmp.ts'
import { IPV4_HEADER, type Ipv4Header, PROTOCOL_TCP, read16, read32 } from '../wire/ipv4.ts'
import { finalDestination } from '../wire/source-route.ts'

/** Bytes of the offending packet's payload that an error quotes at least (RFC 792): ports and sequence number. */
const QUOTED_TEXT = 8

/** A token bucket for the errors that we send. */
export class IcmpLimiter {
  readonly #perSecond: number
  readonly #burst: number
  #tokens: number
  #at = 0

  constructor(perSecond: number, burst: number) {
    this.#perSecond = perSecond
    this.#burst = burst
    this.#tokens = burst
  }

  /** Whether one more may leave now (ms). */
  take(now: number): boolean {
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#at) * this.#perSecond) / 1000)
    this.#at = now
    if (this.#tokens < 1) return false
    this.#tokens--
    return true
  }
}

/** Codes of destination unreachable, RFC 792 and RFC 1122 §3.2.2.1: errno as Linux maps them; §3.9.2.2 which are hard. */
const UNREACHABLE_CODES: readonly IcmpError[] = [
  { code: 'ENETUNREACH', text: 'network unreachable', hard: false },
  { code: 'EHOSTUNREACH', text: 'host unreachable', hard: false },
  { code: 'ENOPROTOOPT', text: 'protocol unreachable', hard: true },
  { code: 'ECONNREFUSED', text: 'port unreachable', hard: true },
  { code: 'EHOSTUNREACH', text: 'fragmentation needed', hard: true },
  { code: 'EHOSTUNREACH', text: 'source route failed', hard: false },
]
const OTHER_UNREACHABLE: IcmpError = { code: 'EHOSTUNREACH', text: 'destination unreachable', hard: false }
const TIME_EXCEEDED_ERROR: IcmpError = { code: 'EHOSTUNREACH', text: 'time to live exceeded', hard: false }
const PARAMETER_ERROR: IcmpError = { code: 'EHOSTUNREACH', text: 'parameter problem', hard: false }

const errorOf = (type: number, code: number): IcmpError => {
  if (type === TIME_EXCEEDED) return TIME_EXCEEDED_ERROR
  if (type === PARAMETER_PROBLEM) return PARAMETER_ERROR
  return UNREACHABLE_CODES[code] ?? OTHER_UNREACHABLE
}

/** What the host lends to ICMP. */
export interface IcmpPort {
  /** The connection with these four numbers, or null (a TIME-WAIT record does not count). */
  connection(
    localAddress: Address,
    localPort: number,
    remoteAddress: Address,
    remotePort: number,
  ): Connection | null
  /** Sends an echo reply: `rest` is identifier and sequence number. */
  reply(source: Address, destination: Address, type: number, rest: number, body: Uint8Array): void
}

/**
 * An ICMP message of `length` bytes at `start` has come to one of our addresses. `unicast`: not by broadcast.
 * @returns why it was dropped, or null
 */
export const icmpArrives = (
  port: IcmpPort,
  b: Uint8Array,
  start: number,
  length: number,
  header: Ipv4Header,
  unicast: boolean,
): DropReason | null => {
  if (length < ICMP_HEADER) return 'icmp-truncated'
  if (checksum(b, start, length) !== 0) return 'icmp-checksum'
  const type = b[start]!
  switch (type) {
    case ECHO_REQUEST:
      // A broadcast request may be ignored, against amplification (RFC 1122 §3.2.2.6).
      if (!unicast) return 'icmp-type'
      port.reply(
        header.destination,
        header.source,
        ECHO_REPLY,
        read32(b, start + 4),
        b.slice(start + ICMP_HEADER, start + length),
      )
      return null
    case UNREACHABLE:
    case TIME_EXCEEDED:
    case PARAMETER_PROBLEM:
      return errorArrives(
        port,
        b,
        start + ICMP_HEADER,
        length - ICMP_HEADER,
        errorOf(type, b[start + 1]!),
        // The next hop's MTU is in the second half of a word that others leave unused (RFC 1191 §4).
        type === UNREACHABLE && b[start + 1] === FRAGMENTATION_NEEDED ? read16(b, start + 6) : -1,
      )
    case SOURCE_QUENCH:
      // MUST-55: silently discarded.
      return 'icmp-type'
    default:
      return 'icmp-type'
  }
}

/** MUST-54: hands an error to the connection whose segment it quotes, if it quotes one that is in flight. */
const errorArrives = (
  port: IcmpPort,
  b: Uint8Array,
  start: number,
  length: number,
  error: IcmpError,
  nextHopMtu: number,
): DropReason | null => {
  if (length < IPV4_HEADER || b[start]! >>> 4 !== 4) return 'icmp-quote'
  const headerLength = (b[start]! & 15) << 2
  if (headerLength < IPV4_HEADER || length < headerLength + QUOTED_TEXT) return 'icmp-quote'
  if (b[start + 9] !== PROTOCOL_TCP) return 'icmp-quote'
  const tcp = start + headerLength
  const c = port.connection(
    read32(b, start + 12),
    read16(b, tcp),
    finalDestination(b, start, headerLength),
    read16(b, tcp + 2),
  )
  if (c === null) return 'icmp-quote'
  const seq = read32(b, tcp + 4)
  if (nextHopMtu >= 0 && c.options.pathMtuDiscovery) return tooBig(c, nextHopMtu, read16(b, start + 2), seq)
  return icmpError(c, error, seq) ? null : 'icmp-sequence'
}
