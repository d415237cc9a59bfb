/** The ECN field of an IP header (RFC 3168 §5), of either version. */

import { read16, write16 } from './bytes.ts'
import { fold } from './checksum.ts'

export const NOT_ECT = 0
export const ECT_1 = 1
export const ECT_0 = 2
export const CE = 3

/** Its bits of a traffic class. */
export const ECN_FIELD = 3

/** The traffic class of IPv6 lies across two bytes, its ECN field in the middle of the second. */
const shiftOf = (b: Uint8Array, start: number): 0 | 4 => (b[start]! >>> 4 === 6 ? 4 : 0)

/** The ECN field of the packet at `start`. */
export const ecnOf = (b: Uint8Array, start: number): number =>
  (b[start + 1]! >>> shiftOf(b, start)) & ECN_FIELD

/** Writes it; the checksum of IPv4 follows (RFC 1624 §3, eqn. 3: an incorrect one stays so). Returns whether it has changed. */
export const setEcn = (b: Uint8Array, start: number, field: number): boolean => {
  const before = read16(b, start)
  const shift = shiftOf(b, start)
  const after = (before & ~(ECN_FIELD << shift)) | (field << shift)
  if (after === before) return false
  write16(b, start, after)
  if (shift === 0)
    write16(b, start + 10, ~fold((~read16(b, start + 10) & 0xffff) + (~before & 0xffff) + after))
  return true
}
