/** One line for a packet, the way `tcpdump -n` would write it. */
import { AE, formatAccEcn, OPTION_ACCECN_0, OPTION_ACCECN_1 } from '../wire/accurate-ecn.ts'
import { formatAddress } from '../wire/address.ts'
import { read16, read32 } from '../wire/bytes.ts'
import { Dissection, tcpHeaderLength, tcpOptionsAt } from '../wire/dissect.ts'
import { ECHO_REPLY, ECHO_REQUEST, FRAGMENTATION_NEEDED, ICMP_HEADER, UNREACHABLE } from '../wire/icmp.ts'
import { ECHO_REPLY_V6, ECHO_REQUEST_V6, PACKET_TOO_BIG } from '../wire/icmpv6.ts'
import { PROTOCOL_ICMP, PROTOCOL_ICMPV6, PROTOCOL_TCP } from '../wire/protocol.ts'
import {
  ACK,
  CWR,
  ECE,
  FIN,
  OPTION_END,
  OPTION_FAST_OPEN,
  OPTION_MSS,
  OPTION_NOP,
  OPTION_SACK,
  OPTION_SACK_PERMITTED,
  OPTION_TIMESTAMPS,
  OPTION_USER_TIMEOUT,
  OPTION_WINDOW_SCALE,
  PSH,
  RST,
  SYN,
  TCP_HEADER,
  tcpFlags,
  URG,
} from '../wire/tcp.ts'

/** Connections whose first sequence numbers are remembered. */
const REMEMBERED = 4096

const FLAG_LETTERS: readonly (readonly [number, string])[] = [
  [FIN, 'F'],
  [SYN, 'S'],
  [RST, 'R'],
  [PSH, 'P'],
  [ACK, '.'],
  [URG, 'U'],
  [ECE, 'E'],
  [CWR, 'W'],
  [AE, 'e'],
]

const ICMP_NAMES: Record<number, string> = {
  0: 'echo reply',
  3: 'destination unreachable',
  4: 'source quench',
  8: 'echo request',
  11: 'time exceeded',
  12: 'parameter problem',
}
const ICMPV6_NAMES: Record<number, string> = {
  1: 'destination unreachable',
  2: 'packet too big',
  3: 'time exceeded',
  4: 'parameter problem',
  128: 'echo request',
  129: 'echo reply',
  133: 'router solicitation',
  134: 'router advertisement',
  135: 'neighbor solicitation',
  136: 'neighbor advertisement',
  137: 'redirect',
}
const UNREACHABLE_NAMES = ['net', 'host', 'protocol', 'port']

/** Writes lines, and remembers where each connection's numbers begin, to show them relative as tcpdump does. */
export class SegmentLines {
  readonly #absolute: boolean
  /** First sequence number of each direction, by `source>destination`; the least recently begun go first. */
  readonly #first = new Map<string, number>()
  readonly #packet = new Dissection()

  /** @param absolute sequence numbers as they are (tcpdump -S) */
  constructor(absolute = false) {
    this.#absolute = absolute
  }

  /** The line for the packet of `length` bytes at `start`. Total: any bytes give a line. */
  line(b: Uint8Array, start = 0, length = b.length - start): string {
    const packet = this.#packet.read(b, start, length)
    const { version, headerLength, protocol, fragmentOffset } = packet
    const ip = length > 0 && b[start]! >>> 4 === 6 ? 'IP6' : 'IP'
    if (version === 0) return `${ip} [bad packet, length ${length}]`
    const ends = `${ip} ${formatAddress(packet.source)} > ${formatAddress(packet.destination)}`
    const size = Math.min(packet.totalLength, length) - headerLength
    if (packet.unreadable !== null || size < 0) return `${ends}: [bad header length ${headerLength}]`
    if (packet.fragment)
      return `${ends}: protocol ${protocol}, fragment ${fragmentOffset}:${fragmentOffset + size}${packet.moreFragments ? '+' : ''}`
    if (protocol === PROTOCOL_TCP) return this.#tcp(b, packet, ip, size)
    if (protocol === PROTOCOL_ICMP && version === 4) return `${ends}: ${icmp(b, packet.payload, size)}`
    if (protocol === PROTOCOL_ICMPV6 && version === 6) return `${ends}: ${icmpv6(b, packet.payload, size)}`
    return `${ends}: protocol ${protocol}, length ${size}`
  }

  #tcp(b: Uint8Array, packet: Dissection, ip: string, size: number): string {
    const [source, destination] = [formatAddress(packet.source), formatAddress(packet.destination)]
    if (size < TCP_HEADER) return `${ip} ${source} > ${destination}: [short TCP, ${size}]`
    const at = packet.payload
    const from = `${source}.${read16(b, at)}`
    const to = `${destination}.${read16(b, at + 2)}`
    const headerLength = tcpHeaderLength(b, at)
    const head = `${ip} ${from} > ${to}: `
    if (headerLength < TCP_HEADER || headerLength > size) return `${head}[bad data offset ${headerLength}]`
    const flags = tcpFlags(b, at)
    const length = size - headerLength
    const seq = read32(b, at + 4)
    const ack = read32(b, at + 8)
    const letters = FLAG_LETTERS.map(([bit, letter]) => (flags & bit ? letter : '')).join('')
    const parts = [`Flags [${letters || 'none'}]`]
    const relative = this.#relative(`${from}>${to}`, `${to}>${from}`, flags, seq, ack)
    if (length > 0) parts.push(`seq ${relative.seq}:${(relative.seq + length) % 2 ** 32}`)
    else if (flags & (SYN | FIN | RST)) parts.push(`seq ${relative.seq}`)
    if (flags & ACK) parts.push(`ack ${relative.ack}`)
    parts.push(`win ${read16(b, at + 14)}`)
    if (flags & URG) parts.push(`urg ${read16(b, at + 18)}`)
    const options = formatOptions(b, at + TCP_HEADER, at + headerLength)
    if (options !== '') parts.push(`options [${options}]`)
    parts.push(`length ${length}`)
    return head + parts.join(', ')
  }

  #relative(
    key: string,
    reverse: string,
    flags: number,
    seq: number,
    ack: number,
  ): { seq: number; ack: number } {
    if (this.#absolute) return { seq: seq >>> 0, ack: ack >>> 0 }
    if (flags & SYN) {
      this.#remember(key, seq)
      return { seq: seq >>> 0, ack: flags & ACK ? this.#from(reverse, ack) : 0 }
    }
    // Joined in the middle: what comes first counts as the beginning, as tcpdump has it.
    if (!this.#first.has(key)) {
      this.#remember(key, seq)
      if (flags & ACK && !this.#first.has(reverse)) this.#remember(reverse, ack)
      return { seq: seq >>> 0, ack: ack >>> 0 }
    }
    return { seq: this.#from(key, seq), ack: this.#from(reverse, ack) }
  }

  #from(key: string, value: number): number {
    return (value - (this.#first.get(key) ?? 0)) >>> 0
  }

  #remember(key: string, seq: number): void {
    this.#first.delete(key)
    this.#first.set(key, seq)
    if (this.#first.size > REMEMBERED) this.#first.delete(this.#first.keys().next().value!)
  }
}

const icmp = (b: Uint8Array, at: number, size: number): string => {
  if (size < ICMP_HEADER) return `ICMP [short, ${size}]`
  const type = b[at]!
  const code = b[at + 1]!
  const name = ICMP_NAMES[type] ?? `type ${type}`
  if (type === ECHO_REPLY || type === ECHO_REQUEST)
    return `ICMP ${name}, id ${read16(b, at + 4)}, seq ${read16(b, at + 6)}, length ${size}`
  if (type === UNREACHABLE && code === FRAGMENTATION_NEEDED)
    return `ICMP unreachable - need to frag (mtu ${read16(b, at + 6)}), length ${size}`
  if (type === UNREACHABLE)
    return `ICMP ${UNREACHABLE_NAMES[code] ?? `code ${code}`} unreachable, length ${size}`
  return `ICMP ${name}, code ${code}, length ${size}`
}

const icmpv6 = (b: Uint8Array, at: number, size: number): string => {
  if (size < ICMP_HEADER) return `ICMP6 [short, ${size}]`
  const type = b[at]!
  const code = b[at + 1]!
  const name = ICMPV6_NAMES[type] ?? `type ${type}`
  if (type === ECHO_REQUEST_V6 || type === ECHO_REPLY_V6)
    return `ICMP6, ${name}, id ${read16(b, at + 4)}, seq ${read16(b, at + 6)}, length ${size}`
  if (type === PACKET_TOO_BIG) return `ICMP6, ${name}, mtu ${read32(b, at + 4) >>> 0}, length ${size}`
  return `ICMP6, ${name}, code ${code}, length ${size}`
}

const formatOptions = (b: Uint8Array, from: number, end: number): string => {
  const items: string[] = []
  for (const { kind, at, size } of tcpOptionsAt(b, from, end)) {
    if (size === 0) items.push(`[bad option ${kind}]`)
    else if (kind === OPTION_NOP) items.push('nop')
    else if (kind !== OPTION_END) items.push(formatOption(b, at, kind, size))
    else {
      items.push('eol')
      break
    }
  }
  return items.join(',')
}

const formatOption = (b: Uint8Array, i: number, kind: number, size: number): string => {
  if (kind === OPTION_MSS && size === 4) return `mss ${read16(b, i + 2)}`
  if (kind === OPTION_WINDOW_SCALE && size === 3) return `wscale ${b[i + 2]}`
  if (kind === OPTION_SACK_PERMITTED && size === 2) return 'sackOK'
  if (kind === OPTION_TIMESTAMPS && size === 10)
    return `TS val ${read32(b, i + 2) >>> 0} ecr ${read32(b, i + 6) >>> 0}`
  if (kind === OPTION_FAST_OPEN) return size === 2 ? 'tfo cookiereq' : `tfo cookie ${hex(b, i + 2, i + size)}`
  if (kind === OPTION_ACCECN_0 || kind === OPTION_ACCECN_1) return formatAccEcn(b, i, size)
  if (kind === OPTION_USER_TIMEOUT && size === 4) return `uto 0x${read16(b, i + 2).toString(16)}`
  if (kind === OPTION_SACK && (size - 2) % 8 === 0) {
    const blocks = []
    for (let n = i + 2; n < i + size; n += 8) blocks.push(`{${read32(b, n) >>> 0}:${read32(b, n + 4) >>> 0}}`)
    return `sack ${blocks.length} ${blocks.join('')}`
  }
  return `unknown-${kind} 0x${hex(b, i + 2, i + size)}`
}

const hex = (b: Uint8Array, from: number, to: number): string =>
  Array.from(b.subarray(from, to), byte => byte.toString(16).padStart(2, '0')).join('')
