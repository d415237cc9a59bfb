import { type Address, formatAddress } from '../../wire/address.ts'
import {
  FRAGMENT_OFFSET,
  IPV4_HEADER,
  MORE_FRAGMENTS,
  PROTOCOL_TCP,
  read16,
  read32,
} from '../../wire/ipv4.ts'
import { FRAGMENT, IPV6_HEADER } from '../../wire/ipv6.ts'
import { readIpv6Address } from '../../wire/ipv6-address.ts'
import type { Seq } from '../../wire/sequence.ts'
import { TCP_HEADER } from '../../wire/tcp.ts'

/**
 * A packet as a script sees it. Valid during the call only. What is no TCP segment (a fragment but for the first,
 * garbage) has ports, numbers, flags and a length of 0. Nothing is read before it is asked for.
 */
export interface PacketView {
  /** Milliseconds on the path's clock. */
  readonly time: number
  /** Its number among those that have entered the path, from 0. */
  readonly index: number
  /** The name of the path: 'out' or 'in' of an emulated link, 'a→b' in a network. */
  readonly direction: string
  /** Bytes of the IP packet. */
  readonly packetLength: number
  /** A copy of the packet. */
  bytes(): Uint8Array
  readonly source: Address
  readonly destination: Address
  /** The protocol of IPv4, the next header of IPv6. */
  readonly protocol: number
  /** Whether it is a fragment, the first included. */
  readonly fragment: boolean
  /** Whether it is TCP, with its header. */
  readonly tcp: boolean
  readonly sourcePort: number
  readonly destinationPort: number
  /** SEG.SEQ, int32. */
  readonly seq: Seq
  /** SEG.ACK, int32. */
  readonly ack: Seq
  /** As in the header: FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32, ECE 64, CWR 128. */
  readonly flags: number
  readonly window: number
  /** Bytes of text. */
  readonly length: number
}

/** One for all packets of a path, set to each in turn. */
export class PacketLens implements PacketView {
  readonly direction: string
  time = 0
  index = 0
  packetLength = 0
  #b: Uint8Array = new Uint8Array(0)
  #start = 0
  /** The offset of the TCP header; -1 when there is none, -2 when nobody has asked. */
  #tcp = -2

  constructor(direction: string) {
    this.direction = direction
  }

  look(b: Uint8Array, start: number, length: number, time: number, index: number): void {
    this.#b = b
    this.#start = start
    this.packetLength = length
    this.time = time
    this.index = index
    this.#tcp = -2
  }

  bytes(): Uint8Array {
    return this.#b.slice(this.#start, this.#start + this.packetLength)
  }
  get source(): Address {
    if (this.#ipv6) return readIpv6Address(this.#b, this.#start + 8)
    return this.#ipv4 ? read32(this.#b, this.#start + 12) : 0
  }
  get destination(): Address {
    if (this.#ipv6) return readIpv6Address(this.#b, this.#start + 24)
    return this.#ipv4 ? read32(this.#b, this.#start + 16) : 0
  }
  get protocol(): number {
    if (this.#ipv6) return this.#b[this.#start + 6]!
    return this.#ipv4 ? this.#b[this.#start + 9]! : 0
  }
  get fragment(): boolean {
    if (this.#ipv6) return this.protocol === FRAGMENT
    return this.#ipv4 && (read16(this.#b, this.#start + 6) & (MORE_FRAGMENTS | FRAGMENT_OFFSET)) !== 0
  }
  get tcp(): boolean {
    return this.#header() >= 0
  }
  get sourcePort(): number {
    return this.tcp ? read16(this.#b, this.#tcp) : 0
  }
  get destinationPort(): number {
    return this.tcp ? read16(this.#b, this.#tcp + 2) : 0
  }
  get seq(): Seq {
    return this.tcp ? read32(this.#b, this.#tcp + 4) : 0
  }
  get ack(): Seq {
    return this.tcp ? read32(this.#b, this.#tcp + 8) : 0
  }
  get flags(): number {
    return this.tcp ? this.#b[this.#tcp + 13]! : 0
  }
  get window(): number {
    return this.tcp ? read16(this.#b, this.#tcp + 14) : 0
  }
  get length(): number {
    if (!this.tcp) return 0
    const said = this.#ipv6
      ? IPV6_HEADER + read16(this.#b, this.#start + 4)
      : read16(this.#b, this.#start + 2)
    const end = this.#start + Math.min(this.packetLength, said)
    return Math.max(0, end - this.#tcp - ((this.#b[this.#tcp + 12]! >>> 4) << 2))
  }

  /** `192.0.2.1.80 > 192.0.2.2.4000`, for error messages. */
  toString(): string {
    const ends = [this.source, this.destination].map(formatAddress)
    return this.tcp
      ? `${ends[0]}.${this.sourcePort} > ${ends[1]}.${this.destinationPort}`
      : `${ends[0]} > ${ends[1]}`
  }

  get #ipv4(): boolean {
    return this.packetLength >= IPV4_HEADER && this.#b[this.#start]! >>> 4 === 4
  }

  get #ipv6(): boolean {
    return this.packetLength >= IPV6_HEADER && this.#b[this.#start]! >>> 4 === 6
  }

  #header(): number {
    if (this.#tcp !== -2) return this.#tcp
    this.#tcp = -1
    if (this.protocol !== PROTOCOL_TCP) return -1
    if (this.#ipv4 && read16(this.#b, this.#start + 6) & FRAGMENT_OFFSET) return -1
    const header = this.#ipv6 ? IPV6_HEADER : Math.max(IPV4_HEADER, (this.#b[this.#start]! & 15) << 2)
    const at = this.#start + header
    if (at + TCP_HEADER <= this.#start + this.packetLength) this.#tcp = at
    return this.#tcp
  }
}
