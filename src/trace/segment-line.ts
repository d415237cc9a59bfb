/** One line for a packet, the way `tcpdump -n` would write it. */
import { formatAddress } from '../wire/address.ts'
import { PROTOCOL_ICMP, PROTOCOL_TCP, read16, read32 } from '../wire/ipv4.ts'
import { ACK, CWR, ECE, FIN, PSH, RST, SYN, TCP_HEADER, URG } from '../wire/tcp.ts'

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
]

const ICMP_NAMES: Record<number, string> = {
  0: 'echo reply',
  3: 'destination unreachable',
  4: 'source quench',
  8: 'echo request',
  11: 'time exceeded',
  12: 'parameter problem',
}
const UNREACHABLE_NAMES = ['net', 'host', 'protocol', 'port']

/** Writes lines, and remembers where each connection's numbers begin, to show them relative as tcpdump does. */
export class SegmentLines {
  readonly #absolute: boolean
  /** First sequence number of each direction, by `source>destination`; the least recently begun go first. */
  readonly #first = new Map<string, number>()

  /** @param absolute sequence numbers as they are (tcpdump -S) */
  constructor(absolute = false) {
    this.#absolute = absolute
  }

  /** The line for the IPv4 packet of `length` bytes at `start`. Total: any bytes give a line. */
  line(b: Uint8Array, start = 0, length = b.length - start): string {
    if (length > 0 && b[start]! >>> 4 === 6) return `IP6, length ${length}`
    if (length < 20 || b[start]! >>> 4 !== 4) return `IP [bad packet, length ${length}]`
    const headerLength = (b[start]! & 15) << 2
    const total = Math.min(read16(b, start + 2), length)
    const source = read32(b, start + 12)
    const destination = read32(b, start + 16)
    const ends = `${formatAddress(source)} > ${formatAddress(destination)}`
    if (headerLength < 20 || headerLength > total) return `IP ${ends}: [bad header length ${headerLength}]`
    const fragment = read16(b, start + 6)
    const protocol = b[start + 9]!
    const payload = start + headerLength
    const size = total - headerLength
    const offset = (fragment & 0x1fff) << 3
    if (offset > 0 || fragment & 0x2000)
      return `IP ${ends}: protocol ${protocol}, fragment ${offset}:${offset + size}${fragment & 0x2000 ? '+' : ''}`
    if (protocol === PROTOCOL_TCP) return this.#tcp(b, payload, size, source, destination)
    if (protocol === PROTOCOL_ICMP) return `IP ${ends}: ${icmp(b, payload, size)}`
    return `IP ${ends}: protocol ${protocol}, length ${size}`
  }

  #tcp(b: Uint8Array, at: number, size: number, source: number, destination: number): string {
    if (size < TCP_HEADER)
      return `IP ${formatAddress(source)} > ${formatAddress(destination)}: [short TCP, ${size}]`
    const from = `${formatAddress(source)}.${read16(b, at)}`
    const to = `${formatAddress(destination)}.${read16(b, at + 2)}`
    const headerLength = (b[at + 12]! >>> 4) << 2
    const head = `IP ${from} > ${to}: `
    if (headerLength < TCP_HEADER || headerLength > size) return `${head}[bad data offset ${headerLength}]`
    const flags = b[at + 13]!
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
  if (size < 8) return `ICMP [short, ${size}]`
  const type = b[at]!
  const code = b[at + 1]!
  const name = ICMP_NAMES[type] ?? `type ${type}`
  if (type === 0 || type === 8)
    return `ICMP ${name}, id ${read16(b, at + 4)}, seq ${read16(b, at + 6)}, length ${size}`
  if (type === 3 && code === 4)
    return `ICMP unreachable - need to frag (mtu ${read16(b, at + 6)}), length ${size}`
  if (type === 3) return `ICMP ${UNREACHABLE_NAMES[code] ?? `code ${code}`} unreachable, length ${size}`
  return `ICMP ${name}, code ${code}, length ${size}`
}

const formatOptions = (b: Uint8Array, from: number, end: number): string => {
  const items: string[] = []
  for (let i = from; i < end; ) {
    const kind = b[i]!
    if (kind === 0) {
      items.push('eol')
      break
    }
    if (kind === 1) {
      items.push('nop')
      i++
      continue
    }
    const size = i + 1 < end ? b[i + 1]! : 0
    if (size < 2 || i + size > end) {
      items.push(`[bad option ${kind}]`)
      break
    }
    items.push(formatOption(b, i, kind, size))
    i += size
  }
  return items.join(',')
}

const formatOption = (b: Uint8Array, i: number, kind: number, size: number): string => {
  if (kind === 2 && size === 4) return `mss ${read16(b, i + 2)}`
  if (kind === 3 && size === 3) return `wscale ${b[i + 2]}`
  if (kind === 4 && size === 2) return 'sackOK'
  if (kind === 8 && size === 10) return `TS val ${read32(b, i + 2) >>> 0} ecr ${read32(b, i + 6) >>> 0}`
  if (kind === 34) return size === 2 ? 'tfo cookiereq' : `tfo cookie ${hex(b, i + 2, i + size)}`
  if (kind === 28 && size === 4) return `uto 0x${read16(b, i + 2).toString(16)}`
  if (kind === 5 && (size - 2) % 8 === 0) {
    const blocks = []
    for (let n = i + 2; n < i + size; n += 8) blocks.push(`{${read32(b, n) >>> 0}:${read32(b, n + 4) >>> 0}}`)
    return `sack ${blocks.length} ${blocks.join('')}`
  }
  return `unknown-${kind} 0x${hex(b, i + 2, i + size)}`
}

const hex = (b: Uint8Array, from: number, to: number): string =>
  Array.from(b.subarray(from, to), byte => byte.toString(16).padStart(2, '0')).join('')
