/** Numbers in the order of the network: the highest byte first; copies. */

export const read16 = (b: Uint8Array, i: number): number => (b[i]! << 8) | b[i + 1]!
export const read32 = (b: Uint8Array, i: number): number =>
  (b[i]! << 24) | (b[i + 1]! << 16) | (b[i + 2]! << 8) | b[i + 3]!
export const write16 = (b: Uint8Array, i: number, value: number): void => {
  b[i] = value >>> 8
  b[i + 1] = value
}
export const write32 = (b: Uint8Array, i: number, value: number): void => {
  b[i] = value >>> 24
  b[i + 1] = value >>> 16
  b[i + 2] = value >>> 8
  b[i + 3] = value
}

/** A copy of bytes, whatever becomes of the memory they are in: the slice() of Node.js's buffers is a view of them. */
export const copyOf = (b: Uint8Array, from = 0, to: number = b.length): Uint8Array =>
  Uint8Array.prototype.slice.call(b, from, to)
