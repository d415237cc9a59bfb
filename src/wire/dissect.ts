/**
 * Packets as somebody reads them who is not their receiver: a capture, a log, a router on the way, a script. Such a reader
 * is lenient: it checks no sums, minds no options, and may have the beginning of a packet only.
 */
import type { Address } from './address.ts'
import { read16, read32 } from './bytes.ts'
import { FRAGMENT_OFFSET, IPV4_HEADER, ipv4HeaderLength, MORE_FRAGMENTS } from './ipv4.ts'
import { FRAGMENT, FRAGMENT_HEADER, IPV6_HEADER, isExtension } from './ipv6.ts'
import { readIpv6Address } from './ipv6-address.ts'
import { PROTOCOL_TCP } from './protocol.ts'
import { OPTION_END, OPTION_NOP, TCP_HEADER } from './tcp.ts'

/** The reason why a packet cannot be read: bytes are missing, it is of no known version, or its lengths contradict each other. */
export type Unreadable = 'truncated' | 'not IP' | 'malformed'

/** The parts of a packet. Offsets count from the start of the buffer; lengths are bytes. */
export class Dissection {
  /** Null when all of the fields below are meaningful; otherwise those that could be read. */
  unreadable: Unreadable | null = 'truncated'
  /** 4 or 6; 0 when it is neither, or when there is less than the fixed header. */
  version: 0 | 4 | 6 = 0
  start = 0
  /** The IP header with options or extension headers. */
  headerLength = 0
  /** Header and payload, as IP says; the bytes that are there where it says nothing, as senders with offload do. */
  totalLength = 0
  /** Diffserv and ECN. */
  trafficClass = 0
  /** The flow label of IPv6 (RFC 6437); 0 with IPv4. */
  flowLabel = 0
  /** Time to live, or hop limit. */
  hops = 0
  /** The protocol of the payload, behind extension headers. */
  protocol = 0
  /** True when it is a fragment, the first included. Then: which part of the payload, and whether more follow. */
  fragment = false
  fragmentOffset = 0
  moreFragments = false
  #b: Uint8Array = NOTHING
  /** The end of what is there. */
  #end = 0

  /** Reads the packet of `length` bytes at `start`, of which the buffer may hold the beginning only. Total. */
  read(b: Uint8Array, start = 0, length = b.length - start): this {
    this.#b = b
    this.start = start
    this.#end = Math.min(start + length, b.length)
    this.headerLength = 0
    this.totalLength = length
    this.protocol = 0
    this.fragment = this.moreFragments = false
    this.fragmentOffset = 0
    const version = start < this.#end ? b[start]! >>> 4 : 0
    const least = version === 6 ? IPV6_HEADER : IPV4_HEADER
    const known = version === 4 || version === 6
    this.version = known && start + least <= this.#end ? version : 0
    if (start < this.#end && !known) this.unreadable = 'not IP'
    else if (this.version === 0) this.unreadable = 'truncated'
    else this.unreadable = version === 4 ? this.#ipv4(length) : this.#ipv6(length)
    return this
  }

  get source(): Address {
    return this.#address(12, 8)
  }
  get destination(): Address {
    return this.#address(16, 24)
  }

  #address(ofIpv4: number, ofIpv6: number): Address {
    if (this.version === 6) return readIpv6Address(this.#b, this.start + ofIpv6)
    return this.version === 4 ? read32(this.#b, this.start + ofIpv4) : 0
  }

  /** The offset of the payload. */
  get payload(): number {
    return this.start + this.headerLength
  }
  get payloadLength(): number {
    return this.totalLength - this.headerLength
  }

  /** The place of the TCP header; -1 when it is no TCP, a later fragment, or not all of the fixed header is there. */
  get tcp(): number {
    const at = this.payload
    const isTcp = this.unreadable === null && this.protocol === PROTOCOL_TCP && this.fragmentOffset === 0
    return isTcp && at + TCP_HEADER <= this.#end ? at : -1
  }

  #ipv4(length: number): Unreadable | null {
    const { start } = this
    const b = this.#b
    this.headerLength = ipv4HeaderLength(b, start)
    this.totalLength = read16(b, start + 2) || length
    this.trafficClass = b[start + 1]!
    this.flowLabel = 0
    this.hops = b[start + 8]!
    this.protocol = b[start + 9]!
    const field = read16(b, start + 6)
    this.fragmentOffset = (field & FRAGMENT_OFFSET) << 3
    this.moreFragments = (field & MORE_FRAGMENTS) !== 0
    this.fragment = this.moreFragments || this.fragmentOffset > 0
    return this.headerLength < IPV4_HEADER || this.headerLength > this.totalLength ? 'malformed' : null
  }

  #ipv6(length: number): Unreadable | null {
    const { start } = this
    const b = this.#b
    const payload = read16(b, start + 4)
    this.headerLength = IPV6_HEADER
    this.totalLength = payload === 0 ? length : IPV6_HEADER + payload
    this.trafficClass = (read16(b, start) >>> 4) & 0xff
    this.flowLabel = read32(b, start) & 0xfffff
    this.hops = b[start + 7]!
    this.protocol = b[start + 6]!
    while (isExtension(this.protocol)) {
      const at = this.payload
      if (this.headerLength + FRAGMENT_HEADER > this.totalLength) return 'malformed'
      if (at + FRAGMENT_HEADER > this.#end) return 'truncated'
      const isFragment = this.protocol === FRAGMENT
      this.protocol = b[at]!
      this.headerLength += isFragment ? FRAGMENT_HEADER : 8 * (b[at + 1]! + 1)
      if (!isFragment) continue
      const field = read16(b, at + 2)
      this.fragment = true
      this.fragmentOffset = field & ~7
      this.moreFragments = (field & 1) !== 0
      // The bytes of a later fragment may mean anything.
      if (this.fragmentOffset > 0) break
    }
    return this.headerLength > this.totalLength ? 'malformed' : null
  }
}

const NOTHING = new Uint8Array(0)

/** The packet of `length` bytes at `start`. */
export const dissect = (b: Uint8Array, start = 0, length = b.length - start): Dissection =>
  new Dissection().read(b, start, length)

/** The destination of a packet; null when it has no header of IP. */
export const destinationOf = (b: Uint8Array, start: number, length: number): Address | null => {
  const version = length > 0 ? b[start]! >>> 4 : 0
  if (version === 6 && length >= IPV6_HEADER) return readIpv6Address(b, start + 24)
  return version === 4 && length >= IPV4_HEADER ? read32(b, start + 16) : null
}

/** Bytes of the TCP header at `at`, options included, as its data offset says. */
export const tcpHeaderLength = (b: Uint8Array, at: number): number => (b[at + 12]! >>> 4) << 2

/** One TCP option: its kind, where it is, and its bytes; 0 bytes when the list is broken there. */
export interface TcpOptionAt {
  readonly kind: number
  readonly at: number
  readonly size: number
}

/** The options between two offsets, those after an end of the list included. A broken one is the last. */
export function* tcpOptionsAt(b: Uint8Array, from: number, end: number): Generator<TcpOptionAt> {
  for (let at = from; at < end; ) {
    const kind = b[at]!
    const single = kind === OPTION_END || kind === OPTION_NOP
    const given = single ? 1 : at + 1 < end ? b[at + 1]! : 0
    const size = single || (given >= 2 && at + given <= end) ? given : 0
    yield { kind, at, size }
    if (size === 0) return
    at += size
  }
}
