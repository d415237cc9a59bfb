/**
 * A source of hostile packets. It talks to its target as a number of peers would, learning from the answers what
 * would be valid next: handshakes are completed, segments lie in windows; then most of what it says is bent a
 * little. Everything follows from the random numbers it is given.
 */
import type { SeededRandom } from '../../src/sim/seeded-random.ts'
import { checksum, fold, sum16 } from '../../src/wire/checksum.ts'
import { read16, read32, write16, write32, writeIpv4 } from '../../src/wire/ipv4.ts'
import { pseudoHeaderSum } from '../../src/wire/pseudo-header.ts'
import { ACK, FIN, PSH, RST, SYN, URG, writeTcp } from '../../src/wire/tcp.ts'

/** One conversation that it leads. */
interface Peer {
  readonly address: number
  readonly port: number
  readonly targetPort: number
  /** 'called': the target has sent us a SYN. */
  phase: 'closed' | 'opening' | 'called' | 'open'
  /** What the target expects next of us, and what we expect of it. */
  seq: number
  ack: number
  timestamps: boolean
  tsEcr: number
  /** The last packet that the target has sent to it. */
  last: Uint8Array | null
}

const EDGES = [0, 1, 0x7fff_fffe, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff]
const NO_OPTIONS = new Uint8Array(0)

/** Sets the IPv4 header checksum, and that of TCP or ICMP, as far as the packet's lengths make any sense. */
const seal = (p: Uint8Array): Uint8Array => {
  if (p.length < 20) return p
  const header = Math.min((p[0]! & 15) * 4, p.length)
  write16(p, 10, 0)
  write16(p, 10, checksum(p, 0, header))
  const length = p.length - header
  if (p[9] === 6 && length >= 20) {
    write16(p, header + 16, 0)
    const pseudo = pseudoHeaderSum(read32(p, 12), read32(p, 16), 6, length)
    write16(p, header + 16, ~fold(pseudo + sum16(p, header, length)))
  } else if (p[9] === 1 && length >= 4) {
    write16(p, header + 2, 0)
    write16(p, header + 2, checksum(p, header, length))
  }
  return p
}

export class Fuzzer {
  readonly peers: Peer[] = []
  readonly #random: SeededRandom
  readonly #target: number
  readonly #spoofed: readonly number[]
  /** Pieces of a packet on their way, and packets to say again. */
  readonly #pending: Uint8Array[] = []
  readonly #said: Uint8Array[] = []
  #tick = 1

  /**
   * @param ports the target's, for peers in turn; `calls` is the local port from which the target calls that one
   * @param spoofed addresses of others, in whose name nonsense is said
   */
  constructor(
    random: SeededRandom,
    target: number,
    places: readonly { address: number; port: number; targetPort: number }[],
    spoofed: readonly number[],
  ) {
    this.#random = random
    this.#target = target
    this.#spoofed = spoofed
    for (const place of places)
      this.peers.push({ ...place, phase: 'closed', seq: 0, ack: 0, timestamps: false, tsEcr: 0, last: null })
  }

  /** Learns from a packet that the target has sent. */
  observe(p: Uint8Array): void {
    if (p[9] !== 6) return
    const peer = this.peers.find(
      q => q.port === read16(p, 22) && q.address === read32(p, 16) && q.targetPort === read16(p, 20),
    )
    if (peer === undefined) return
    peer.last = p
    const flags = p[33]!
    const header = (p[32]! >> 4) * 4
    const seq = read32(p, 24)
    const end = (seq + p.length - 20 - header + (flags & SYN ? 1 : 0) + (flags & FIN ? 1 : 0)) | 0
    if (flags & RST) {
      peer.phase = 'closed'
    } else if (flags & SYN) {
      peer.ack = end
      peer.timestamps = header >= 36
      if (flags & ACK) {
        peer.phase = 'open'
        peer.seq = read32(p, 28)
      } else {
        peer.phase = 'called'
        peer.seq = this.#number()
      }
    } else {
      peer.seq = read32(p, 28)
      if (((end - peer.ack) | 0) > 0) peer.ack = end
    }
    if (header >= 32 && p[42] === 8) peer.tsEcr = read32(p, 44)
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
    if (p.length >= 20 && this.#random.chance(0.5)) {
      p[0] = 0x45
      write16(p, 2, p.length)
      write32(p, 16, this.#target)
      if (this.#random.chance(0.8)) write32(p, 12, this.peers[0]!.address)
      if (this.#random.chance(0.8)) seal(p)
    }
    return p
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
    source: number,
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
    const p = new Uint8Array(20 + header + length)
    writeIpv4(p, 0, p.length, 6, source, this.#target, 64, 0, this.#random.below(65_536))
    writeTcp(p, 20, port, targetPort, seq, ack, header, flags, window, urgent)
    p.set(options, 40)
    for (let i = 20 + header; i < p.length; i++) p[i] = i + seq
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

  /** What this peer could well say now. */
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
    const peer = this.peers[random.below(this.peers.length)]!
    const quote = peer.last ?? this.#noise()
    const body =
      random.chance(0.3) || quote.length === 0
        ? new Uint8Array(random.below(100))
        : quote.slice(0, random.chance(0.7) ? 28 : random.below(quote.length))
    if (body.length > 28 && random.chance(0.3)) body[random.below(28)] = random.below(256)
    const p = new Uint8Array(28 + body.length)
    writeIpv4(p, 0, p.length, 1, peer.address, this.#target, 64, 0, random.below(65_536))
    p[20] = random.chance(0.8) ? [3, 3, 3, 4, 8, 11, 12][random.below(7)]! : random.below(256)
    p[21] = random.below(8)
    write32(p, 24, random.uint32())
    p.set(body, 28)
    return random.chance(0.9) ? seal(p) : p
  }

  /** Something said before, and perhaps not quite. */
  #again(): Uint8Array {
    const p = this.#said[this.#random.below(this.#said.length)]!.slice()
    return this.#random.chance(0.5) ? p : this.#bend(p)
  }

  /** A packet with one thing wrong with it. Mostly its checksums are right nevertheless. */
  #bend(given: Uint8Array): Uint8Array {
    const random = this.#random
    let p = given.slice()
    if (p.length < 40) return p
    switch (random.below(11)) {
      case 0:
        p = p.slice(0, random.below(p.length))
        if (p.length >= 20 && random.chance(0.7)) write16(p, 2, p.length)
        break
      case 1:
        p[0] = random.below(256)
        break
      case 2:
        write16(p, 2, random.below(1600))
        break
      case 3:
        p[32] = random.below(256)
        break
      case 4:
        p[33] = random.below(256)
        break
      case 5:
        write32(p, 24, read32(p, 24) + (random.chance(0.5) ? 1 : -1) * 2 ** random.below(32))
        break
      case 6:
        write32(p, 28, read32(p, 28) + (random.chance(0.5) ? 1 : -1) * 2 ** random.below(32))
        break
      case 7:
        write16(p, 34, random.below(65_536))
        write16(p, 38, random.below(65_536))
        break
      case 8: {
        const options = new Uint8Array(4 * (1 + random.below(10)))
        random.fill(options)
        const bent = new Uint8Array(p.length + options.length)
        bent.set(p.subarray(0, 20))
        bent.set(options, 20)
        bent.set(p.subarray(20), 20 + options.length)
        bent[0] = 0x45 + options.length / 4
        write16(bent, 2, bent.length)
        p = bent
        break
      }
      case 9:
        p[8] = random.below(3)
        p[9] = random.chance(0.5) ? 6 : random.below(256)
        break
      default:
        for (let n = 1 + random.below(4); n > 0; n--) p[random.below(p.length)] = random.below(256)
    }
    return random.chance(0.8) ? seal(p) : p
  }

  /** The packet in fragments: some missing, some twice, some overlapping, in any order. */
  #cut(p: Uint8Array): void {
    const random = this.#random
    if (p.length < 28) {
      this.#pending.push(p)
      return
    }
    const size = 8 * (1 + random.below(random.chance(0.5) ? 3 : 100))
    for (let from = 20; from < p.length; from += size) {
      if (random.chance(0.1)) continue
      const bytes = p.subarray(from, from + size + (random.chance(0.05) ? 8 : 0))
      const piece = new Uint8Array(20 + bytes.length)
      piece.set(p.subarray(0, 20))
      piece.set(bytes, 20)
      write16(piece, 2, piece.length)
      write16(piece, 6, (from + size < p.length ? 0x2000 : 0) | ((from - 20) >> 3))
      write16(piece, 10, 0)
      write16(piece, 10, checksum(piece, 0, 20))
      this.#pending.splice(random.below(this.#pending.length + 1), 0, piece)
      if (random.chance(0.05)) this.#pending.push(piece)
      if (this.#pending.length > 40) break
    }
    if (this.#pending.length === 0) this.#pending.push(p)
  }
}
