/** Accurate ECN in a TCP header: the ACE field, and the option with its three counters (RFC 9768 §3.2.2, §3.2.3). */
import { write16 } from './bytes.ts'

/** The ninth flag. The eight others stand in byte 13 of the header, this one in the byte of the data offset. */
export const AE = 0x100
/** The three flags that are a counter once both ends have agreed on it: AE, CWR and ECE, the highest first. */
export const ACE = 0x1c0
const ACE_SHIFT = 6

/** The value of the ACE field, 0 to 7. */
export const aceOf = (flags: number): number => (flags & ACE) >>> ACE_SHIFT
/** The flags that the three lowest bits of a counter are. */
export const aceFlags = (counter: number): number => (counter << ACE_SHIFT) & ACE

/** The kinds of the option: one for each order of its fields. */
export const OPTION_ACCECN_0 = 172
export const OPTION_ACCECN_1 = 174

export type AccEcnField = 'e0b' | 'ceb' | 'e1b'
/** Payload bytes that have come as ECT(0), as CE, as ECT(1): in the order of each kind. */
const ACCECN_ORDERS: readonly [readonly AccEcnField[], readonly AccEcnField[]] = [
  ['e0b', 'ceb', 'e1b'],
  ['e1b', 'ceb', 'e0b'],
]
/** Bytes of a field, and its mask. */
const FIELD = 3
const FIELD_MASK = 0xff_ffff
const MOST_FIELDS = 3

/** Bytes that the option takes with so many fields, filled up to a word; none for -1. */
export const accEcnLength = (fields: number): number => (fields < 0 ? 0 : (2 + FIELD * fields + 3) & ~3)

const read24 = (b: Uint8Array, i: number): number => (b[i]! << 16) | (b[i + 1]! << 8) | b[i + 2]!

/** The counters of an option; -1 for those that it does not have. */
export interface AccEcnCounters {
  e0b: number
  ceb: number
  e1b: number
}

/**
 * Reads the option of `size` bytes at `i`. Whole fields count, up to three; what is left over is padding (§3.2.3: "ignore
 * the remainder of the option").
 */
export const readAccEcn = (b: Uint8Array, i: number, size: number, to: AccEcnCounters): void => {
  to.e0b = to.ceb = to.e1b = -1
  const order = ACCECN_ORDERS[b[i] === OPTION_ACCECN_1 ? 1 : 0]
  for (let n = 0, at = i + 2; n < MOST_FIELDS && at + FIELD <= i + size; n++, at += FIELD)
    to[order[n]!] = read24(b, at)
}

/** The counters of the option of `size` bytes at `i`, by name, in its order. */
export const accEcnFieldsAt = (
  b: Uint8Array,
  i: number,
  size: number,
): (readonly [AccEcnField, number])[] => {
  const counters: AccEcnCounters = { e0b: -1, ceb: -1, e1b: -1 }
  readAccEcn(b, i, size, counters)
  return ACCECN_ORDERS[b[i] === OPTION_ACCECN_1 ? 1 : 0]
    .map(name => [name, counters[name]] as const)
    .filter(([, value]) => value >= 0)
}

/** `ECN e1b 1 ceb 0 e0b 1`, as packetdrill writes the option. */
export const formatAccEcn = (b: Uint8Array, i: number, size: number): string =>
  ['ECN', ...accEcnFieldsAt(b, i, size).map(field => field.join(' '))].join(' ')

/** Writes the option with the first `fields` of an order, without padding. Returns where it ends. */
export const writeAccEcn = (
  b: Uint8Array,
  i: number,
  order: 0 | 1,
  fields: number,
  from: Readonly<AccEcnCounters>,
): number => {
  b[i] = order === 0 ? OPTION_ACCECN_0 : OPTION_ACCECN_1
  b[i + 1] = 2 + FIELD * fields
  let at = i + 2
  for (let n = 0; n < fields; n++, at += FIELD) {
    const value = from[ACCECN_ORDERS[order][n]!] & FIELD_MASK
    b[at] = value >>> 16
    write16(b, at + 1, value)
  }
  return at
}
