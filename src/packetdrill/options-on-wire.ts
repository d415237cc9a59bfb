/** TCP options between a script's words and a header's bytes. */
import { accEcnFieldsAt, OPTION_ACCECN_0, OPTION_ACCECN_1 } from '../wire/accurate-ecn.ts'
import { copyOf, read16, read32, write16, write32 } from '../wire/bytes.ts'
import { tcpOptionsAt } from '../wire/dissect.ts'
import {
  OPTION_END,
  OPTION_MSS,
  OPTION_NOP,
  OPTION_SACK,
  OPTION_SACK_PERMITTED,
  OPTION_TIMESTAMPS,
  OPTION_WINDOW_SCALE,
} from '../wire/tcp.ts'
import type { TcpOption } from './ast.ts'

const OPTION_MD5 = 19
/** RFC 7413 §4.1.1; before it had a number it was an experiment with a magic one (RFC 6994). */
const OPTION_FAST_OPEN = 34
const OPTION_EXPERIMENT = 254
const FAST_OPEN_MAGIC = 0xf989

/** Bytes that it takes in the header. */
export const optionLength = (option: TcpOption): number => {
  switch (option.kind) {
    case 'nop':
    case 'eol':
      return 1
    case 'sackOK':
      return 2
    case 'wscale':
      return 3
    case 'mss':
      return 4
    case 'TS':
      return 10
    case 'sack':
      return 2 + 8 * option.blocks.length
    case 'FOEXP':
      return 4 + option.data.length
    case 'ECN':
      return 2 + 3 * option.fields.length
    default:
      return 2 + option.data.length
  }
}

/** The translation of a script's numbers into those on the wire. */
export interface Translation {
  /** A SACK edge. */
  readonly sequence: (script: number) => number
  /** A timestamp that is echoed. */
  readonly echo: (script: number) => number
}

/** The options as bytes. */
export const encodeOptions = (options: readonly TcpOption[], to: Translation): Uint8Array => {
  const bytes = new Uint8Array(options.reduce((sum, option) => sum + optionLength(option), 0))
  let i = 0
  for (const option of options) {
    encodeOption(bytes, i, option, to)
    i += optionLength(option)
  }
  return bytes
}

const encodeOption = (b: Uint8Array, i: number, option: TcpOption, to: Translation): void => {
  const head = (kind: number) => {
    b[i] = kind
    b[i + 1] = optionLength(option)
  }
  switch (option.kind) {
    case 'nop':
      b[i] = OPTION_NOP
      break
    case 'eol':
      b[i] = OPTION_END
      break
    case 'sackOK':
      head(OPTION_SACK_PERMITTED)
      break
    case 'wscale':
      head(OPTION_WINDOW_SCALE)
      b[i + 2] = option.value
      break
    case 'mss':
      head(OPTION_MSS)
      write16(b, i + 2, option.value)
      break
    case 'TS':
      head(OPTION_TIMESTAMPS)
      write32(b, i + 2, option.val)
      write32(b, i + 6, to.echo(option.ecr))
      break
    case 'sack':
      head(OPTION_SACK)
      option.blocks.forEach(([left, right], n) => {
        write32(b, i + 2 + 8 * n, to.sequence(left))
        write32(b, i + 6 + 8 * n, to.sequence(right))
      })
      break
    case 'FO':
      head(OPTION_FAST_OPEN)
      b.set(option.data, i + 2)
      break
    case 'FOEXP':
      head(OPTION_EXPERIMENT)
      write16(b, i + 2, FAST_OPEN_MAGIC)
      b.set(option.data, i + 4)
      break
    case 'md5':
      head(OPTION_MD5)
      b.set(option.data, i + 2)
      break
    case 'ECN':
      head(option.fields[0]![0] === 'e0b' ? OPTION_ACCECN_0 : OPTION_ACCECN_1)
      option.fields.forEach(([, value], n) => {
        b[i + 2 + 3 * n] = value >>> 16
        write16(b, i + 3 + 3 * n, value)
      })
      break
  }
}

/** An option of a header that a script cannot express. */
export interface UnknownOption {
  readonly kind: 'unknown'
  readonly number: number
  readonly data: Uint8Array
}

/** The options of a header, in order. SACK edges and timestamps are the wire's. */
export const decodeOptions = (b: Uint8Array, from: number, end: number): (TcpOption | UnknownOption)[] => {
  const options: (TcpOption | UnknownOption)[] = []
  for (const { kind, at, size } of tcpOptionsAt(b, from, end)) {
    if (kind === OPTION_NOP) options.push({ kind: 'nop' })
    else if (kind === OPTION_END) options.push({ kind: 'eol' })
    else if (size === 0) options.push({ kind: 'unknown', number: kind, data: copyOf(b, at + 1, end) })
    else options.push(decodeOption(b, at, size))
  }
  return options
}

const decodeOption = (b: Uint8Array, i: number, size: number): TcpOption | UnknownOption => {
  const number = b[i]!
  const data = copyOf(b, i + 2, i + size)
  if (number === OPTION_MSS && size === 4) return { kind: 'mss', value: read16(b, i + 2) }
  if (number === OPTION_WINDOW_SCALE && size === 3) return { kind: 'wscale', value: b[i + 2]! }
  if (number === OPTION_SACK_PERMITTED && size === 2) return { kind: 'sackOK' }
  if (number === OPTION_TIMESTAMPS && size === 10)
    return { kind: 'TS', val: read32(b, i + 2) >>> 0, ecr: read32(b, i + 6) >>> 0 }
  if (number === OPTION_SACK && size > 2 && (size - 2) % 8 === 0) {
    const blocks: [number, number][] = []
    for (let n = i + 2; n < i + size; n += 8) blocks.push([read32(b, n) >>> 0, read32(b, n + 4) >>> 0])
    return { kind: 'sack', blocks }
  }
  if (number === OPTION_FAST_OPEN) return { kind: 'FO', data }
  if (number === OPTION_EXPERIMENT && size >= 4 && read16(b, i + 2) === FAST_OPEN_MAGIC)
    return { kind: 'FOEXP', data: copyOf(b, i + 4, i + size) }
  if (number === OPTION_MD5) return { kind: 'md5', data }
  if ((number === OPTION_ACCECN_0 || number === OPTION_ACCECN_1) && (size - 2) % 3 === 0) {
    return { kind: 'ECN', fields: accEcnFieldsAt(b, i, size) }
  }
  return { kind: 'unknown', number, data }
}

const hex = (data: Uint8Array): string => [...data].map(byte => byte.toString(16).padStart(2, '0')).join('')

/** An option as a script writes it. */
export const formatOption = (option: TcpOption | UnknownOption): string => {
  switch (option.kind) {
    case 'mss':
    case 'wscale':
      return `${option.kind} ${option.value}`
    case 'TS':
      return `TS val ${option.val} ecr ${option.ecr}`
    case 'sack':
      return `sack ${option.blocks.map(([left, right]) => `${left}:${right}`).join(' ')}`
    case 'FO':
    case 'FOEXP':
    case 'md5':
      return option.data.length === 0 ? option.kind : `${option.kind} ${hex(option.data)}`
    case 'ECN':
      return `ECN ${option.fields.map(([name, value]) => `${name} ${value}`).join(' ')}`
    case 'unknown':
      return `option-${option.number} ${hex(option.data)}`
    default:
      return option.kind
  }
}
