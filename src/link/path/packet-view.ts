import { type Address, formatAddress } from '../../wire/address.ts'
import { copyOf, read16, read32 } from '../../wire/bytes.ts'
import { Dissection, tcpHeaderLength } from '../../wire/dissect.ts'
import type { Seq } from '../../wire/sequence.ts'

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
  /** The version of IP; 0 for what is neither IPv4 nor IPv6. */
  readonly family: 4 | 6 | 0
  readonly source: Address
  readonly destination: Address
  /** The protocol of the payload: behind the extension headers, with IPv6. */
  readonly protocol: number
  /** True when it is a fragment, the first included. */
  readonly fragment: boolean
  /** True when it is TCP, with its header. */
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
  readonly #dissection = new Dissection()
  /** True when the packet has been dissected: nothing is read before it is asked for. */
  #read = false

  constructor(direction: string) {
    this.direction = direction
  }

  look(b: Uint8Array, start: number, length: number, time: number, index: number): void {
    this.#b = b
    this.#start = start
    this.packetLength = length
    this.time = time
    this.index = index
    this.#read = false
  }

  get #packet(): Dissection {
    if (!this.#read) this.#dissection.read(this.#b, this.#start, this.packetLength)
    this.#read = true
    return this.#dissection
  }

  bytes(): Uint8Array {
    return copyOf(this.#b, this.#start, this.#start + this.packetLength)
  }
  get family(): 4 | 6 | 0 {
    return this.#packet.version
  }
  get source(): Address {
    return this.#packet.source
  }
  get destination(): Address {
    return this.#packet.destination
  }
  get protocol(): number {
    return this.#packet.protocol
  }
  get fragment(): boolean {
    return this.#packet.fragment
  }
  get tcp(): boolean {
    return this.#packet.tcp >= 0
  }
  get sourcePort(): number {
    return this.tcp ? read16(this.#b, this.#packet.tcp) : 0
  }
  get destinationPort(): number {
    return this.tcp ? read16(this.#b, this.#packet.tcp + 2) : 0
  }
  get seq(): Seq {
    return this.tcp ? read32(this.#b, this.#packet.tcp + 4) : 0
  }
  get ack(): Seq {
    return this.tcp ? read32(this.#b, this.#packet.tcp + 8) : 0
  }
  get flags(): number {
    return this.tcp ? this.#b[this.#packet.tcp + 13]! : 0
  }
  get window(): number {
    return this.tcp ? read16(this.#b, this.#packet.tcp + 14) : 0
  }
  get length(): number {
    const { tcp, headerLength, totalLength } = this.#packet
    if (tcp < 0) return 0
    const size = Math.min(this.packetLength, totalLength) - headerLength
    return Math.max(0, size - tcpHeaderLength(this.#b, tcp))
  }

  /** `192.0.2.1.80 > 192.0.2.2.4000`, for error messages. */
  toString(): string {
    const ends = [this.source, this.destination].map(formatAddress)
    return this.tcp
      ? `${ends[0]}.${this.sourcePort} > ${ends[1]}.${this.destinationPort}`
      : `${ends[0]} > ${ends[1]}`
  }
}
