/** Makes hostile packets of both families, some of them with numbers that only a peer could know. */
import type { Host } from '../../src/host/host.ts'
import type { SeededRandom } from '../../src/sim/seeded-random.ts'
import { Connection } from '../../src/tcp/block/connection.ts'
import { type Address, familyOf, isIpv6, parseAddress } from '../../src/wire/address.ts'
import { write16, write32 } from '../../src/wire/bytes.ts'
import { fold, sum16 } from '../../src/wire/checksum.ts'
import { icmpPacket } from '../../src/wire/icmp-message.ts'
import { ipHeaderLength, writeIp } from '../../src/wire/ip.ts'
import { writeIpv4 } from '../../src/wire/ipv4.ts'
import {
  DESTINATION_OPTIONS,
  FRAGMENT,
  FRAGMENT_HEADER,
  HOP_BY_HOP,
  ROUTING,
  writeFragmentHeader,
} from '../../src/wire/ipv6.ts'
import { pseudoHeaderSum } from '../../src/wire/pseudo-header.ts'
import { ACK, FIN, RST, SYN, writeTcp } from '../../src/wire/tcp.ts'

const TCP = 6
const MORE_FRAGMENTS = 0x2000
/** From so many ports it comes. */
export const ATTACKERS_PORTS = 40
/** Its addresses. */
export const ATTACKERS: Readonly<Record<4 | 6, readonly Address[]>> = {
  4: ['192.0.2.100', '192.0.2.101', '198.51.100.7'].map(parseAddress),
  6: ['2001:db8::100', '2001:db8::101', '2001:db8:7::7'].map(parseAddress),
}
/** Types of ICMP: errors mostly, also such as ask for an answer, or say nothing to a host. */
const ICMP_TYPES = { 4: [3, 3, 3, 11, 12, 4, 8, 5], 6: [1, 1, 2, 2, 3, 4, 128, 135] } as const
const EXTENSIONS = [HOP_BY_HOP, DESTINATION_OPTIONS, ROUTING, FRAGMENT]
const USUAL_FLAGS = [SYN, SYN | ACK, ACK, ACK, ACK, ACK | FIN, ACK, RST | ACK, ACK | 8, ACK | 32]

export class Attacker {
  readonly #random: SeededRandom
  readonly #host: Host
  readonly #victim: Readonly<Record<4 | 6, Address>>
  readonly #ports: readonly number[]
  readonly #families: readonly (4 | 6)[]

  /** @param ports of the host's listeners, and others */
  constructor(
    host: Host,
    victim: Readonly<Record<4 | 6, Address>>,
    ports: readonly number[],
    random: SeededRandom,
    families: readonly (4 | 6)[] = [4, 6],
  ) {
    this.#families = families
    this.#host = host
    this.#victim = victim
    this.#ports = ports
    this.#random = random
  }

  #of<T>(list: readonly T[]): T {
    return list[this.#random.below(list.length)]!
  }

  packet(targets: readonly Connection[]): Uint8Array {
    const random = this.#random
    const kind = random.below(20)
    if (kind === 0) {
      const noise = new Uint8Array(random.below(120))
      random.fill(noise)
      if (noise.length > 0 && random.chance(0.5)) noise[0] = random.chance(0.5) ? 0x45 : 0x60
      return noise
    }
    if (kind === 1) return this.#of(this.#families) === 4 ? this.#fragment() : this.#fragmentOfIpv6()
    if (kind === 2 && targets.length > 0) return this.#icmp(this.#of(targets))
    let packet = this.#segment(targets)
    if (packet[0]! >>> 4 === 6 && random.chance(0.15)) packet = this.#extended(packet)
    // Bits flip after the checksums were made, and packets are cut short.
    if (random.chance(0.2))
      for (let n = random.below(4); n >= 0; n--) packet[random.below(packet.length)]! ^= 1 << random.below(8)
    return random.chance(0.03) ? packet.subarray(0, random.below(packet.length)) : packet
  }

  #near(value: number): number {
    const random = this.#random
    switch (random.below(6)) {
      case 0:
      case 1:
      case 2:
        return value
      case 3:
        return (value + random.below(2000) - 1000) | 0
      case 4:
        return (value + (random.chance(0.5) ? 0x7fffffff : 65_535)) | 0
      default:
        return random.uint32() | 0
    }
  }

  #options(): Uint8Array {
    const random = this.#random
    const options = new Uint8Array(random.chance(0.4) ? 4 * random.below(11) : 0)
    random.fill(options)
    if (options.length >= 4 && random.chance(0.5)) options.set([2, 4, random.below(256), random.below(256)])
    if (options.length >= 12 && random.chance(0.3)) options.set([8, 10], 2)
    return options
  }

  #segment(targets: readonly Connection[]): Uint8Array {
    const random = this.#random
    const target = targets.length > 0 && random.chance(0.8) ? this.#of(targets) : null
    const source = target?.remoteAddress ?? this.#of(ATTACKERS[this.#of(this.#families)])
    const victim = this.#victim[familyOf(source)]
    const ip = ipHeaderLength(source)
    const options = this.#options()
    const packet = new Uint8Array(ip + 20 + options.length + (random.chance(0.5) ? random.below(300) : 0))
    random.fill(packet)
    packet.set(options, ip + 20)
    const usual = this.#of(USUAL_FLAGS)
    const flags =
      target === null ? (random.chance(0.7) ? SYN : usual) : random.chance(0.9) ? usual : random.below(256)
    writeIp(packet, 0, packet.length, TCP, source, victim, 64, random.below(256))
    writeTcp(
      packet,
      ip,
      target?.remotePort ?? 1000 + random.below(ATTACKERS_PORTS),
      target?.localPort ?? this.#of(this.#ports),
      this.#near(target === null ? 0 : target.rcv.nxt),
      this.#near(target === null ? 0 : random.chance(0.5) ? target.snd.nxt : target.snd.una),
      20 + options.length,
      flags,
      random.chance(0.2) ? 0 : random.below(65_536),
      random.below(65_536),
    )
    const length = packet.length - ip
    const pseudo = pseudoHeaderSum(source, victim, TCP, length)
    write16(packet, ip + 16, ~fold(pseudo + sum16(packet, ip, length)))
    return packet
  }

  /** With extension headers before its segment, well-formed or not. */
  #extended(packet: Uint8Array): Uint8Array {
    const random = this.#random
    let extended = packet
    for (let n = random.below(random.chance(0.9) ? 3 : 14); n >= 0; n--) {
      const header = new Uint8Array(8 * (1 + random.below(3)))
      if (random.chance(0.5)) random.fill(header)
      header[0] = extended[6]!
      header[1] = header.length / 8 - 1
      // One PadN over all of it: options that mean nothing.
      if (random.chance(0.7)) header.set([1, header.length - 4], 2)
      const longer = new Uint8Array(extended.length + header.length)
      longer.set(extended.subarray(0, 40))
      longer.set(header, 40)
      longer.set(extended.subarray(40), 40 + header.length)
      longer[6] = random.chance(0.9) ? this.#of(EXTENSIONS) : random.below(256)
      write16(longer, 4, longer.length - 40)
      extended = longer
    }
    return extended
  }

  #fragment(): Uint8Array {
    const random = this.#random
    const packet = new Uint8Array(20 + random.below(200))
    random.fill(packet)
    const [source, victim] = [this.#of(ATTACKERS[4]), this.#victim[4]]
    if (isIpv6(source) || isIpv6(victim)) throw new TypeError('an address of IPv4 was asked for')
    const offset = random.below(random.chance(0.5) ? 30 : 8192)
    const flags = (random.chance(0.7) ? MORE_FRAGMENTS : 0) | offset
    writeIpv4(packet, 0, packet.length, TCP, source, victim, 64, 0, random.below(50), flags)
    return packet
  }

  #fragmentOfIpv6(): Uint8Array {
    const random = this.#random
    const packet = new Uint8Array(40 + FRAGMENT_HEADER + random.below(200))
    random.fill(packet)
    writeIp(packet, 0, packet.length, FRAGMENT, this.#of(ATTACKERS[6]), this.#victim[6], 64, 0)
    const offset = 8 * random.below(random.chance(0.5) ? 30 : 8192)
    writeFragmentHeader(packet, 40, TCP, offset, random.chance(0.7), random.below(50))
    return packet
  }

  /** An error about what the host has sent on a connection, or an echo request. */
  #icmp(target: Connection): Uint8Array {
    const random = this.#random
    const { localAddress, remoteAddress } = target
    const family = familyOf(localAddress)
    const ip = ipHeaderLength(localAddress)
    const quote = new Uint8Array(ip + 8)
    writeIp(quote, 0, ip + 20, TCP, localAddress, remoteAddress, 64, 0)
    write16(quote, ip, target.localPort)
    write16(quote, ip + 2, target.remotePort)
    write32(quote, ip + 4, this.#near(target.snd.una))
    const type = this.#of<number>(ICMP_TYPES[family])
    const from = ATTACKERS[family][0]!
    return icmpPacket(from, localAddress, type, random.below(16), random.uint32(), quote, 64, 0)
  }

  /** Those of its connections that it would know the numbers of. */
  targets(): Connection[] {
    const found: Connection[] = []
    for (const c of this.#host.connections)
      if (c instanceof Connection && ATTACKERS[familyOf(c.remoteAddress)].includes(c.remoteAddress))
        found.push(c)
    return found
  }
}
