/**
 * A source of hostile packets. It talks to its target as a number of peers would, learning from the answers what
 * would be valid next: handshakes are completed, segments lie in windows; then most of what it says is bent a
 * little. Everything follows from the random numbers it is given.
 */
import type { SeededRandom } from '../../src/sim/seeded-random.ts'
import { type Address, familyOf, isIpv6 } from '../../src/wire/address.ts'
import { read16, read32, write16, write32 } from '../../src/wire/bytes.ts'
import { icmpPacket } from '../../src/wire/icmp-message.ts'
import { writeIp } from '../../src/wire/ip.ts'
import { readIpv6Address, writeIpv6Address } from '../../src/wire/ipv6-address.ts'
import { ACK, FIN, PSH, RST, SYN, URG, writeTcp } from '../../src/wire/tcp.ts'

import {
  fragmentOf,
  fragmentOfIpv6,
  LAYOUT,
  seal,
  tellLength,
  withExtension,
  withOptions,
} from './fuzzer-packets.ts'

/** One conversation that it leads. */
interface Peer {
  readonly address: Address
  readonly port: number
  readonly targetPort: number
  /** 'called': the target has sent us a SYN. */
  phase: 'closed' | 'opening' | 'called' | 'open'
  /** The number that the target expects next of us, and the one we expect of it. */
  seq: number
  ack: number
  timestamps: boolean
  tsEcr: number
  /** The last packet that the target has sent to it. */
  last: Uint8Array | null
}

const EDGES = [0, 1, 0x7fff_fffe, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff]
const NO_OPTIONS = new Uint8Array(0)
const ICMP_TYPES = { 4: [3, 3, 3, 4, 8, 11, 12], 6: [1, 1, 2, 2, 3, 4, 128, 133, 135] }

export class Fuzzer {
  readonly peers: Peer[] = []
  readonly #random: SeededRandom
  readonly #target: Address
  readonly #spoofed: readonly Address[]
  readonly #family: 4 | 6
  /** Bytes of the plain header of its family. */
  readonly #ip: number
  /** Pieces of a packet on their way, and packets to say again. */
  readonly #pending: Uint8Array[] = []
  readonly #said: Uint8Array[] = []
  #tick = 1

  /**
   * @param target an address of the target's; all others are of its family
   * @param places the peers', with the ports of the target's that they talk to
   * @param spoofed addresses of others, in whose name nonsense is said
   */
  constructor(
    random: SeededRandom,
    target: Address,
    places: readonly { address: Address; port: number; targetPort: number }[],
    spoofed: readonly Address[],
  ) {
    this.#random = random
    this.#target = target
    this.#spoofed = spoofed
    this.#family = familyOf(target)
    this.#ip = LAYOUT[this.#family].header
    for (const place of places)
      this.peers.push({ ...place, phase: 'closed', seq: 0, ack: 0, timestamps: false, tsEcr: 0, last: null })
  }

  /** Learns from a packet that the target has sent. */
  observe(p: Uint8Array): void {
    const ip = this.#ip
    if (p[LAYOUT[this.#family].protocol] !== 6) return
    const to = this.#family === 4 ? read32(p, 16) : readIpv6Address(p, 24)
    const peer = this.peers.find(
      q => q.port === read16(p, ip + 2) && q.address === to && q.targetPort === read16(p, ip),
    )
    if (peer === undefined) return
    peer.last = p
    const flags = p[ip + 13]!
    const header = (p[ip + 12]! >> 4) * 4
    const seq = read32(p, ip + 4)
    const end = (seq + p.length - ip - header + (flags & SYN ? 1 : 0) + (flags & FIN ? 1 : 0)) | 0
    if (flags & RST) {
      peer.phase = 'closed'
    } else if (flags & SYN) {
      peer.ack = end
      peer.timestamps = header >= 36
      if (flags & ACK) {
        peer.phase = 'open'
        peer.seq = read32(p, ip + 8)
      } else {
        peer.phase = 'called'
        peer.seq = this.#number()
      }
    } else {
      peer.seq = read32(p, ip + 8)
      if (((end - peer.ack) | 0) > 0) peer.ack = end
    }
    if (header >= 32 && p[ip + 22] === 8) peer.tsEcr = read32(p, ip + 24)
  }

  /** The next packet. */
  next(): Uint8Array {
    const random = this.#random
    const waiting = this.#pending.pop()
    if (waiting !== undefined) return waiting
    const kind = random.below(100)
    if (kind < 4) return this.#noise()
    if (kind < 8) return this.#stranger()
    if (kind < 13) return this.#icmp()
    if (kind < 17 && this.#said.length > 0) return this.#again()
    const peer = this.peers[random.below(this.peers.length)]!
    let p = this.#segment(peer)
    if (random.chance(0.35)) p = this.#bend(p)
    if (random.chance(0.06)) {
      this.#cut(p)
      return this.#pending.pop()!
    }
    if (this.#said.length < 256) this.#said.push(p)
    else this.#said[random.below(256)] = p
    return p
  }

  #number(): number {
    const random = this.#random
    if (random.chance(0.7)) return random.uint32() | 0
    return (EDGES[random.below(EDGES.length)]! - random.below(2000)) | 0
  }

  #noise(): Uint8Array {
    const p = new Uint8Array(this.#random.below(120))
    this.#random.fill(p)
    if (p.length >= this.#ip && this.#random.chance(0.5)) {
      const { first, source, destination } = LAYOUT[this.#family]
      p[0] = first
      tellLength(p, this.#family)
      this.#putAddress(p, destination, this.#target)
      if (this.#random.chance(0.8)) this.#putAddress(p, source, this.peers[0]!.address)
      if (this.#random.chance(0.8)) seal(p)
    }
    return p
  }

  #putAddress(p: Uint8Array, at: number, address: Address): void {
    if (isIpv6(address)) writeIpv6Address(p, at, address)
    else write32(p, at, address)
  }

  /** A well-formed segment that means nothing, in anybody's name. */
  #stranger(): Uint8Array {
    const random = this.#random
    const anybody = random.chance(0.5)
      ? this.#spoofed[random.below(this.#spoofed.length)]!
      : this.peers[random.below(this.peers.length)]!.address
    const port = random.chance(0.7)
      ? this.peers[random.below(this.peers.length)]!.targetPort
      : random.below(65_536)
    return this.#tcp(
      anybody,
      random.below(65_536),
      port,
      this.#number(),
      this.#number(),
      random.chance(0.4) ? SYN : random.below(256),
      random.below(65_536),
      random.below(65_536),
      this.#options(),
      random.below(60),
    )
  }

  #tcp(
    source: Address,
    port: number,
    targetPort: number,
    seq: number,
    ack: number,
    flags: number,
    window: number,
    urgent: number,
    options: Uint8Array,
    length: number,
  ): Uint8Array {
    const header = 20 + options.length
    const ip = this.#ip
    const p = new Uint8Array(ip + header + length)
    writeIp(p, 0, p.length, 6, source, this.#target, 64, 0)
    // Fragments of different packets must be told apart.
    if (ip === 20) write16(p, 4, this.#random.below(65_536))
    writeTcp(p, ip, port, targetPort, seq, ack, header, flags, window, urgent)
    p.set(options, ip + 20)
    for (let i = ip + header; i < p.length; i++) p[i] = i + seq
    return seal(p)
  }

  /** Up to 40 bytes that may be options, in words. */
  #options(): Uint8Array {
    const random = this.#random
    if (random.chance(0.5)) return NO_OPTIONS
    const bytes: number[] = []
    const byte = () => random.below(256)
    while (bytes.length < 40 && random.chance(0.75)) {
      const kinds: number[][] = [
        [2, 4, random.chance(0.5) ? 5 : 0, byte()],
        [3, 3, random.below(20)],
        [4, 2],
        [5, 10, byte(), byte(), byte(), byte(), byte(), byte(), byte(), byte()],
        [8, 10, 0, 0, 0, byte(), 0, 0, 0, 0],
        [byte(), random.below(12), byte(), byte()],
        [1],
        [0],
      ]
      bytes.push(...kinds[random.below(kinds.length)]!)
    }
    while (bytes.length % 4 !== 0) bytes.push(1)
    return Uint8Array.from(bytes.slice(0, 40))
  }

  #stamp(peer: Peer): Uint8Array {
    const options = new Uint8Array(12)
    options.set([1, 1, 8, 10])
    write32(options, 4, this.#tick)
    write32(options, 8, peer.tsEcr)
    return options
  }

  /** A segment that this peer could well send now. */
  #segment(peer: Peer): Uint8Array {
    const random = this.#random
    const say = (seq: number, ack: number, flags: number, length = 0, window = 65_535, urgent = 0) =>
      this.#tcp(
        peer.address,
        peer.port,
        peer.targetPort,
        seq | 0,
        ack | 0,
        flags,
        window,
        urgent,
        flags & SYN ? this.#options() : peer.timestamps ? this.#stamp(peer) : NO_OPTIONS,
        length,
      )
    this.#tick = (this.#tick + 1) | 0
    const { seq, ack } = peer
    if (peer.phase === 'called') {
      if (random.chance(0.3)) return say(seq, 0, SYN, 0, random.chance(0.3) ? 0 : 65_535)
      peer.phase = 'open'
      return say(seq, ack, SYN | ACK)
    }
    if (peer.phase !== 'open') {
      if (peer.phase === 'closed') peer.seq = this.#number()
      peer.phase = random.chance(0.1) ? 'closed' : 'opening'
      return say(peer.seq, 0, SYN, 0, random.chance(0.1) ? 0 : 65_535)
    }
    const length = random.chance(0.05) ? 1460 : random.below(100)
    const choice = random.below(100)
    if (choice < 35) return say(seq, ack, ACK | PSH, length)
    if (choice < 50) return say(seq, ack, ACK, 0, random.below(65_536))
    if (choice < 63) return say(seq + random.below(4000), ack, ACK, random.chance(0.5) ? 1 : length)
    if (choice < 68) return say(seq - random.below(3000), ack, ACK, length)
    if (choice < 72) return say(seq, ack, ACK | FIN, random.below(10))
    if (choice < 76) return say(seq + random.below(2000), 0, RST)
    if (choice < 79) return say(seq + random.below(2000), 0, SYN)
    if (choice < 84) return say(seq, ack, ACK | URG, length, 65_535, random.below(65_536))
    if (choice < 89) return say(seq, ack, ACK, 0, random.below(3))
    if (choice < 92) return say(seq - 1, ack, ACK, random.below(2))
    if (choice < 95) return say(seq, ack + random.below(70_000), ACK)
    if (choice < 99) return say(seq, ack - random.below(70_000), ACK, length)
    peer.phase = 'closed'
    return say(seq, ack, RST | ACK, random.below(3))
  }

  /** Echo requests, and errors about what the target has sent, or has not. */
  #icmp(): Uint8Array {
    const random = this.#random
    const ip = this.#ip
    const peer = this.peers[random.below(this.peers.length)]!
    const quote = peer.last ?? this.#noise()
    const body =
      random.chance(0.3) || quote.length === 0
        ? new Uint8Array(random.below(100))
        : quote.slice(0, random.chance(0.7) ? ip + 8 : random.below(quote.length))
    if (body.length > ip + 8 && random.chance(0.3)) body[random.below(ip + 8)] = random.below(256)
    const types = ICMP_TYPES[this.#family]
    const type = random.chance(0.8) ? types[random.below(types.length)]! : random.below(256)
    const { address } = peer
    const p = icmpPacket(address, this.#target, type, random.below(8), random.uint32(), body, 64, 0)
    if (random.chance(0.1)) p[ip + 2]! ^= 1
    return p
  }

  /** Something said before, and perhaps not quite. */
  #again(): Uint8Array {
    const p = this.#said[this.#random.below(this.#said.length)]!.slice()
    return this.#random.chance(0.5) ? p : this.#bend(p)
  }

  /** A packet with one thing wrong with it. Mostly its checksums are right nevertheless. */
  #bend(given: Uint8Array): Uint8Array {
    const random = this.#random
    let p: Uint8Array = given.slice()
    const ip = this.#ip
    const { hopLimit, protocol, length } = LAYOUT[this.#family]
    if (p.length < ip + 20) return p
    switch (random.below(11)) {
      case 0:
        p = p.slice(0, random.below(p.length))
        if (p.length >= ip && random.chance(0.7)) tellLength(p, this.#family)
        break
      case 1:
        p[0] = random.below(256)
        break
      case 2:
        write16(p, length, random.below(1600))
        break
      case 3:
        p[ip + 12] = random.below(256)
        break
      case 4:
        p[ip + 13] = random.below(256)
        break
      case 5:
        write32(p, ip + 4, read32(p, ip + 4) + (random.chance(0.5) ? 1 : -1) * 2 ** random.below(32))
        break
      case 6:
        write32(p, ip + 8, read32(p, ip + 8) + (random.chance(0.5) ? 1 : -1) * 2 ** random.below(32))
        break
      case 7:
        write16(p, ip + 14, random.below(65_536))
        write16(p, ip + 18, random.below(65_536))
        break
      case 8: {
        p = this.#family === 4 ? withOptions(p, random) : withExtension(p, random)
        break
      }
      case 9:
        p[hopLimit] = random.below(3)
        p[protocol] = random.chance(0.5) ? 6 : random.below(256)
        break
      default:
        for (let n = 1 + random.below(4); n > 0; n--) p[random.below(p.length)] = random.below(256)
    }
    return random.chance(0.8) ? seal(p) : p
  }

  /** The packet in fragments: some missing, some twice, some overlapping, in any order. */
  #cut(p: Uint8Array): void {
    const random = this.#random
    const ip = this.#ip
    if (p.length < ip + 8) {
      this.#pending.push(p)
      return
    }
    const identification = random.below(65_536)
    const size = 8 * (1 + random.below(random.chance(0.5) ? 3 : 100))
    for (let from = ip; from < p.length; from += size) {
      if (random.chance(0.1)) continue
      const bytes = p.subarray(from, from + size + (random.chance(0.05) ? 8 : 0))
      const more = from + size < p.length
      const piece =
        ip === 20
          ? fragmentOf(p, bytes, from - 20, more)
          : fragmentOfIpv6(p, bytes, from - 40, more, identification)
      this.#pending.splice(random.below(this.#pending.length + 1), 0, piece)
      if (random.chance(0.05)) this.#pending.push(piece)
      if (this.#pending.length > 40) break
    }
    if (this.#pending.length === 0) this.#pending.push(p)
  }
}
