/** The fields of a packet's headers, each with the bytes that it stands in. */
import { AE, accEcnFieldsAt, aceOf } from '../../wire/accurate-ecn.ts'
import { formatAddress } from '../../wire/address.ts'
import { tcpHeaderLength } from '../../wire/dissect.ts'
import { ipv4HeaderLength, read16, read32 } from '../../wire/ipv4.ts'
import { flagNames, tcpFlags } from '../../wire/tcp.ts'

export interface HeaderField {
  readonly layer: 'IPv4' | 'IPv6' | 'TCP' | 'options'
  readonly name: string
  readonly value: string
  /** The first byte and the one after the last. */
  readonly from: number
  readonly to: number
  /** The section that defines it. */
  readonly section: string
}

const unsigned = (b: Uint8Array, at: number): number => read32(b, at) >>> 0
const hex = (value: number, digits: number): string => `0x${value.toString(16).padStart(digits, '0')}`

const ECN = ['not ECN-capable', 'ECT(1)', 'ECT(0)', 'CE: congestion'] as const

/** All fields that the bytes hold, in order: none of a packet that is cut short or no IP. Total. */
export const headerFields = (b: Uint8Array): HeaderField[] => {
  const version = b.length > 0 ? b[0]! >>> 4 : 0
  if (version === 4 && b.length >= 20) {
    const length = Math.min(ipv4HeaderLength(b, 0), b.length)
    const fields = ipv4(b, length)
    return b[9] === 6 && length >= 20 && !(read16(b, 6) & 0x1fff) ? [...fields, ...tcp(b, length)] : fields
  }
  if (version === 6 && b.length >= 40) return b[6] === 6 ? [...ipv6(b), ...tcp(b, 40)] : ipv6(b)
  return []
}

const layer =
  (name: HeaderField['layer'], fields: HeaderField[]) =>
  (title: string, from: number, to: number, value: string, section: string): void => {
    fields.push({ layer: name, name: title, value, from, to, section })
  }

const ipv4 = (b: Uint8Array, length: number): HeaderField[] => {
  const fields: HeaderField[] = []
  const add = layer('IPv4', fields)
  const rfc = 'RFC 791 §3.1'
  add('version', 0, 1, '4', rfc)
  add('header length', 0, 1, `${ipv4HeaderLength(b, 0)} bytes`, rfc)
  add('DSCP', 1, 2, String(b[1]! >>> 2), 'RFC 2474 §3')
  add('ECN', 1, 2, ECN[b[1]! & 3]!, 'RFC 3168 §5')
  add('total length', 2, 4, `${read16(b, 2)} bytes`, rfc)
  add('identification', 4, 6, hex(read16(b, 4), 4), 'RFC 6864 §4')
  const fragment = read16(b, 6)
  const flags = [fragment & 0x4000 ? "don't fragment" : '', fragment & 0x2000 ? 'more fragments' : '']
  add('flags', 6, 7, flags.filter(Boolean).join(', ') || 'none', rfc)
  add('fragment offset', 6, 8, `${(fragment & 0x1fff) << 3} bytes`, rfc)
  add('time to live', 8, 9, String(b[8]), rfc)
  add('protocol', 9, 10, b[9] === 6 ? '6 (TCP)' : String(b[9]), rfc)
  add('header checksum', 10, 12, hex(read16(b, 10), 4), rfc)
  add('source', 12, 16, formatAddress(read32(b, 12)), rfc)
  add('destination', 16, 20, formatAddress(read32(b, 16)), rfc)
  if (length > 20) add('options', 20, length, `${length - 20} bytes`, rfc)
  return fields
}

const ipv6 = (b: Uint8Array): HeaderField[] => {
  const fields: HeaderField[] = []
  const add = layer('IPv6', fields)
  const rfc = 'RFC 8200 §3'
  const traffic = ((b[0]! & 15) << 4) | (b[1]! >>> 4)
  const address = (at: number) =>
    Array.from({ length: 8 }, (_, i) => read16(b, at + 2 * i).toString(16)).join(':')
  add('version', 0, 1, '6', rfc)
  add('DSCP', 0, 2, String(traffic >>> 2), 'RFC 2474 §3')
  add('ECN', 1, 2, ECN[traffic & 3]!, 'RFC 3168 §5')
  add('flow label', 1, 4, hex(unsigned(b, 0) & 0xfffff, 5), 'RFC 6437 §2')
  add('payload length', 4, 6, `${read16(b, 4)} bytes`, rfc)
  add('next header', 6, 7, b[6] === 6 ? '6 (TCP)' : String(b[6]), rfc)
  add('hop limit', 7, 8, String(b[7]), rfc)
  add('source', 8, 24, address(8), rfc)
  add('destination', 24, 40, address(24), rfc)
  return fields
}

const tcp = (b: Uint8Array, at: number): HeaderField[] => {
  const fields: HeaderField[] = []
  if (b.length < at + 20) return fields
  const add = layer('TCP', fields)
  const rfc = 'RFC 9293 §3.1'
  const header = tcpHeaderLength(b, at)
  const flags = tcpFlags(b, at)
  add('source port', at, at + 2, String(read16(b, at)), rfc)
  add('destination port', at + 2, at + 4, String(read16(b, at + 2)), rfc)
  add('sequence number', at + 4, at + 8, String(unsigned(b, at + 4)), 'RFC 9293 §3.4')
  add('acknowledgment number', at + 8, at + 12, String(unsigned(b, at + 8)), 'RFC 9293 §3.4')
  add('data offset', at + 12, at + 13, `${header} bytes`, rfc)
  // AE stands in the byte before the others.
  add('flags', at + (flags & AE ? 12 : 13), at + 14, flagNames(flags), rfc)
  // Only the handshake tells what they are: a wish and an answer on SYNs, a counter once both have agreed.
  add('ACE', at + 12, at + 14, `${aceOf(flags)}, with accurate ECN`, 'RFC 9768 §3.2.2')
  add('window', at + 14, at + 16, `${read16(b, at + 14)}, not scaled`, 'RFC 9293 §3.8.6')
  add('checksum', at + 16, at + 18, hex(read16(b, at + 16), 4), rfc)
  add('urgent pointer', at + 18, at + 20, String(read16(b, at + 18)), 'RFC 9293 §3.8.5')
  return [...fields, ...options(b, at + 20, Math.min(at + header, b.length))]
}

interface OptionKind {
  readonly name: string
  readonly section: string
  /** Its value, from the byte after its length. */
  readonly value: (b: Uint8Array, at: number, size: number) => string
}

/** The bytes before its value: kind and length. */
const OPTION_HEAD = 2
const COUNTERS = { e0b: 'ECT(0)', ceb: 'CE', e1b: 'ECT(1)' } as const

const accEcn = (b: Uint8Array, at: number, size: number): string =>
  accEcnFieldsAt(b, at - OPTION_HEAD, size + OPTION_HEAD)
    .map(([name, bytes]) => `${bytes} bytes ${COUNTERS[name]}`)
    .join(', ') || 'empty'

const OPTIONS: Readonly<Record<number, OptionKind>> = {
  2: { name: 'maximum segment size', section: 'RFC 9293 §3.7.1', value: (b, at) => `${read16(b, at)} bytes` },
  3: {
    name: 'window scale',
    section: 'RFC 7323 §2.2',
    value: (b, at) => `${b[at]}: × ${2 ** Math.min(b[at]!, 14)}`,
  },
  4: { name: 'SACK permitted', section: 'RFC 2018 §2', value: () => 'yes' },
  5: {
    name: 'SACK',
    section: 'RFC 2018 §3',
    value: (b, at, size) => {
      const blocks: string[] = []
      for (let n = at; n + 8 <= at + size; n += 8) blocks.push(`${unsigned(b, n)}–${unsigned(b, n + 4)}`)
      return blocks.join(', ')
    },
  },
  8: {
    name: 'timestamps',
    section: 'RFC 7323 §3.2',
    value: (b, at) => `${unsigned(b, at)}, echoes ${unsigned(b, at + 4)}`,
  },
  28: { name: 'user timeout', section: 'RFC 5482 §2', value: (b, at) => hex(read16(b, at), 4) },
  172: { name: 'AccECN, order 0', section: 'RFC 9768 §3.2.3', value: accEcn },
  174: { name: 'AccECN, order 1', section: 'RFC 9768 §3.2.3', value: accEcn },
  34: { name: 'fast open', section: 'RFC 7413 §4.1.1', value: (_, __, size) => `${size} bytes of cookie` },
}

/** The bytes that the value of an option takes at least. */
const LEAST: Readonly<Record<number, number>> = { 2: 2, 3: 1, 8: 8, 28: 2 }

const options = (b: Uint8Array, from: number, end: number): HeaderField[] => {
  const fields: HeaderField[] = []
  const add = layer('options', fields)
  for (let i = from; i < end; ) {
    const kind = b[i]!
    if (kind === 0) {
      add('end of options', i, end, '', 'RFC 9293 §3.1')
      break
    }
    if (kind === 1) {
      add('no operation', i, i + 1, '', 'RFC 9293 §3.1')
      i++
      continue
    }
    const size = i + 1 < end ? b[i + 1]! : 0
    if (size < 2 || i + size > end) {
      add('an option of a wrong length', i, end, `kind ${kind}`, 'RFC 9293 §3.1')
      break
    }
    const known = size - 2 >= (LEAST[kind] ?? 0) ? OPTIONS[kind] : undefined
    if (known === undefined) add(`option ${kind}`, i, i + size, `${size - 2} bytes`, 'RFC 9293 §3.1')
    else add(known.name, i, i + size, known.value(b, i + 2, size - 2), known.section)
    i += size
  }
  return fields
}
