/** Source routes of IPv4, RFC 791 §3.1: the routers that a packet is to pass on its way. */
import type { Ipv4Address } from './address.ts'
import { checksum } from './checksum.ts'
import { IPV4_HEADER, read32, write16, write32 } from './ipv4.ts'

const OPTION_END = 0
const OPTION_NOP = 1
const LOOSE = 131
const STRICT = 137

/** Type, length and pointer. */
const HEAD = 3

/** The option has room for this many addresses. */
const MOST_HOPS = 9

/** A source route as packets bear it. */
export class SourceRoute {
  /** The destination in the IPv4 header: the router to go to first. */
  readonly firstHop: Ipv4Address
  /** The option, in whole words. */
  readonly option: Uint8Array

  /**
   * By way of `hops` (1 to 9, in order) to `destination`; `strict`: there are no other routers in between.
   * @throws RangeError when there are none, or too many
   */
  constructor(hops: readonly Ipv4Address[], destination: Ipv4Address, strict = false) {
    if (hops.length < 1 || hops.length > MOST_HOPS)
      throw new RangeError(`a source route has 1 to ${MOST_HOPS} hops, not ${hops.length}`)
    this.firstHop = hops[0]!
    const rest = [...hops.slice(1), destination]
    const length = HEAD + 4 * rest.length
    this.option = new Uint8Array(length + 1)
    this.option.set([strict ? STRICT : LOOSE, length, HEAD + 1])
    for (const [n, address] of rest.entries()) write32(this.option, HEAD + 4 * n, address)
    // The end of the options fills the word.
  }
}

/** The offset of the source route option of the header at `start`, or -1. Malformed options end the search. */
const find = (b: Uint8Array, start: number, headerLength: number): number => {
  const end = start + headerLength
  for (let i = start + IPV4_HEADER; i < end; ) {
    const kind = b[i]!
    if (kind === OPTION_END) return -1
    if (kind === OPTION_NOP) {
      i++
      continue
    }
    const length = i + 1 < end ? b[i + 1]! : 0
    if (length < 2 || i + length > end) return -1
    if (kind === LOOSE || kind === STRICT) return length >= HEAD && (length - HEAD) % 4 === 0 ? i : -1
    i += length
  }
  return -1
}

/** The pointer counts from the option's first octet as 1; beyond the option, all hops have been passed. */
const isComplete = (b: Uint8Array, at: number): boolean => b[at + 2]! > b[at + 1]!

/**
 * The way back of a packet that has come to the end of its source route (RFC 1122 §3.2.1.8(c): the recorded hops in reverse,
 * then the source), or null when it has none, or not completed it, or it is empty.
 */
export const returnRoute = (b: Uint8Array, start: number, headerLength: number): SourceRoute | null => {
  const at = find(b, start, headerLength)
  if (at < 0 || !isComplete(b, at)) return null
  const hops: Ipv4Address[] = []
  for (let i = at + b[at + 1]! - 4; i >= at + HEAD; i -= 4) hops.push(read32(b, i))
  if (hops.length === 0) return null
  return new SourceRoute(hops, read32(b, start + 12), b[at] === STRICT)
}

/** The final destination of the packet at `start`: the last address of a source route that it has not completed. */
export const finalDestination = (b: Uint8Array, start: number, headerLength: number): Ipv4Address => {
  const at = headerLength > IPV4_HEADER ? find(b, start, headerLength) : -1
  if (at < 0 || isComplete(b, at)) return read32(b, start + 16)
  return read32(b, at + b[at + 1]! - 4)
}

/** Puts the route's option after the plain header at `start`, which leaves room for it, and mends the header. */
export const writeSourceRoute = (b: Uint8Array, start: number, { option }: SourceRoute): void => {
  b.set(option, start + IPV4_HEADER)
  const length = IPV4_HEADER + option.length
  b[start] = 0x40 | (length >>> 2)
  write16(b, start + 10, 0)
  write16(b, start + 10, checksum(b, start, length))
}
