/** Bytes of a link: numbers of any size, a check, and letters that every address may have. */
import { fromBase64, toBase64 } from '../../base/base64.ts'

export class ByteWriter {
  readonly bytes: number[] = []

  byte(value: number): void {
    this.bytes.push(value)
  }

  /** A whole number from 0 up to 2^53 - 1. */
  number(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} cannot be written`)
    for (; value >= 128; value = Math.floor(value / 128)) this.bytes.push((value % 128) | 128)
    this.bytes.push(value)
  }
}

export class ByteReader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length
  }

  /** @throws RangeError at the end */
  byte(): number {
    const byte = this.#bytes[this.#at++]
    if (byte === undefined) throw new RangeError('it ends too early')
    return byte
  }

  /** @throws RangeError at the end, and for a number above 2^53 - 1 */
  number(): number {
    let value = 0
    for (let worth = 1; ; worth *= 128) {
      const byte = this.byte()
      value += (byte & 127) * worth
      if (value > Number.MAX_SAFE_INTEGER) throw new RangeError('the number is too large')
      if (byte < 128) return value
    }
  }

  /** @throws RangeError as {@link number}, and for one above `most` */
  upTo(most: number): number {
    const value = this.number()
    if (value > most) throw new RangeError(`${value} is more than ${most}`)
    return value
  }
}

/** 16 bits that are others when a letter is lost or changed (CRC-16/CCITT). */
export const checkOf = (bytes: Iterable<number>): number => {
  let check = 0xffff
  for (const byte of bytes) {
    check ^= byte << 8
    for (let bit = 0; bit < 8; bit++) check = ((check << 1) ^ (check & 0x8000 ? 0x1021 : 0)) & 0xffff
  }
  return check
}

export const toBase64url = (bytes: Uint8Array): string =>
  toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')

/** Null for letters that it does not have. */
export const fromBase64url = (text: string): Uint8Array | null => {
  if (!/^[\w-]*$/.test(text) || text.length % 4 === 1) return null
  return fromBase64(text.replaceAll('-', '+').replaceAll('_', '/'))
}
