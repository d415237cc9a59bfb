/** The internet layer of a host: which packets are for it, whole again where they were cut, and for which protocol. */
import { type Address, ANY_IPV4, isIpv6, isLoopback, isMulticast } from '../wire/address.ts'
import { CHECKSUM_COMPLETE, type PacketBatch } from '../wire/batch.ts'
import { copyOf } from '../wire/bytes.ts'
import { dissect } from '../wire/dissect.ts'
import type { DropReason } from '../wire/drop.ts'
import {
  ICMP_HEADER,
  isIcmpError,
  PROTOCOL_UNREACHABLE,
  REASSEMBLY_TIMEOUT,
  TIME_EXCEEDED,
  UNREACHABLE,
} from '../wire/icmp.ts'
import { icmpMessage } from '../wire/icmp-message.ts'
import {
  FRAGMENT_REASSEMBLY_TIME,
  isIcmpv6Error,
  PARAMETER_PROBLEM_V6,
  TIME_EXCEEDED_V6,
} from '../wire/icmpv6.ts'
import { Ipv4Header, ipv4HeaderLength, parseIpv4, read16, read32 } from '../wire/ipv4.ts'
import {
  ERRONEOUS_FIELD,
  IPV6_HEADER,
  Ipv6Header,
  LEAST_IPV6_MTU,
  parseIpv6,
  UNRECOGNIZED_NEXT_HEADER,
  UNRECOGNIZED_OPTION,
} from '../wire/ipv6.ts'
import { readIpv6Address } from '../wire/ipv6-address.ts'
import { PROTOCOL_ICMP, PROTOCOL_ICMPV6, PROTOCOL_NONE } from '../wire/protocol.ts'
import { familyOf } from './family.ts'
import { Icmp } from './icmp.ts'
import { IcmpLimiter, type Quotation } from './icmp-error.ts'
import { Icmpv6 } from './icmpv6.ts'
import type { Identifications } from './identification.ts'
import type { Interface, Interfaces } from './interfaces.ts'
import type { IpOptions } from './options.ts'
import { encodePacket } from './output.ts'
import type { PacketEvent } from './packet-event.ts'
import { type HostPool, NOBODY } from './pool.ts'
import { Datagram, type Protocol } from './protocol.ts'
import { Reassembly } from './reassembly.ts'

/** An ICMP error quotes the header and this much of the packet (RFC 792; more would be allowed). */
const QUOTED = 8

/** The part of the host that the internet layer needs. */
export interface InternetHost {
  readonly now: number
  readonly packetTrace: ((event: PacketEvent) => void) | null
  readonly interfaces: Interfaces
  readonly identifications: Identifications
  readonly counters: { packetsIn: number }
  readonly options: { readonly ttl: number }
  /** The other hosts that have the same addresses, or null. */
  readonly pool: HostPool | null
  /** A packet was not used: counts and reports why. */
  drop(reason: DropReason): void
  /** Fragments that wait for the rest of their datagrams take so many bytes of memory from now on. */
  fragmentsWeigh(bytes: number): void
  /** A packet is in the batch of a link. */
  sent(to: Interface): void
  /** Calls {@link Internet.expireFragments} at this time, ms. */
  armFragmentTimer(at: number): void
}

/** The way of a packet that was found to be right, with the interfaces of that version. */
class Directed {
  source: Address = ANY_IPV4
  destination: Address = ANY_IPV4
  from: Interface | null = null
  version = -1
  unicast = true
}

/** The internet layer, for both families. */
export class Internet {
  readonly #host: InternetHost
  readonly #ipv4 = new Ipv4Header()
  readonly #ipv6 = new Ipv6Header()
  readonly #datagram = new Datagram()
  readonly #reassembly: Reassembly
  readonly #icmpLimiter: IcmpLimiter
  /** For each family, by number. */
  readonly #protocols = { 4: new Map<number, Protocol>(), 6: new Map<number, Protocol>() }
  /** The ends of the last packet that was well directed: mostly the next one has the same, and need not be looked at. */
  readonly #directed = new Directed()
  /** The interface on which the batch being processed came. */
  #from: Interface | null = null

  constructor(host: InternetHost, options: IpOptions) {
    this.#host = host
    this.#reassembly = new Reassembly(options)
    this.#icmpLimiter = new IcmpLimiter(options.icmpErrorsPerSecond, options.icmpErrorBurst)
    this.#protocols[4].set(PROTOCOL_ICMP, new Icmp(this))
    this.#protocols[6].set(PROTOCOL_ICMPV6, new Icmpv6(this))
  }

  /** Has a protocol take the datagrams of its number, of either family. */
  handle(number: number, protocol: Protocol): void {
    this.#protocols[4].set(number, protocol)
    this.#protocols[6].set(number, protocol)
  }

  /** Bytes of fragments that wait for the rest of their datagrams. */
  get fragmentBytes(): number {
    return this.#reassembly.bytes
  }

  /** @param handedOver it came to another host of the pool first, which has counted it */
  receive(from: Interface, batch: PacketBatch, handedOver = false): void {
    const host = this.#host
    this.#from = from
    const datagram = this.#datagram
    for (let i = 0; i < batch.count; i++) {
      if (!handedOver) host.counters.packetsIn++
      // Packets of the host to itself were seen when they left.
      if (host.packetTrace !== null && from !== host.interfaces.loopback)
        host.packetTrace({
          type: 'packet',
          time: host.now,
          direction: 'in',
          batch,
          index: i,
          link: from.link.name,
        })
      datagram.batch = batch
      datagram.index = i
      datagram.trusted = batch.checksums[i] !== CHECKSUM_COMPLETE
      datagram.segmentSize = batch.segmentSizes[i]!
      this.#packet(from, batch.buffers[i]!, batch.starts[i]!, batch.lengths[i]!)
    }
  }

  /** Hands the datagram that is being delivered to another host of the pool. */
  handOver(to: number): void {
    const { buffer, packetStart, headerLength, length } = this.#datagram
    this.#handOver(to, buffer, packetStart, headerLength + length)
  }

  #handOver(to: number, b: Uint8Array, start: number, length: number): void {
    const { batch, index, segmentSize } = this.#datagram
    const sum = batch === null ? CHECKSUM_COMPLETE : batch.checksums[index]!
    const loopback = this.#from === this.#host.interfaces.loopback
    this.#host.pool?.handOver(to, b, start, length, sum, segmentSize, loopback)
  }

  /** Returns whether the fragments of this identification are another host's to put together, which then has this one. */
  #fragmentElsewhere(identification: number, b: Uint8Array, start: number, length: number): boolean {
    const { pool } = this.#host
    const to = pool === null ? NOBODY : pool.reassembler(identification)
    if (to === NOBODY) return false
    this.#handOver(to, b, start, length)
    return true
  }

  #packet(from: Interface, b: Uint8Array, start: number, length: number): void {
    const dropped =
      length > 0 && b[start]! >>> 4 === 6
        ? this.#ipv6Packet(from, b, start, length)
        : this.#ipv4Packet(from, b, start, length)
    if (dropped !== null) this.#host.drop(dropped)
  }

  #ipv4Packet(from: Interface, b: Uint8Array, start: number, length: number): DropReason | null {
    const header = this.#ipv4
    const bad = parseIpv4(b, start, length, header) ?? this.#misdirected(from, header)
    if (bad !== null) return bad
    return header.moreFragments || header.fragmentOffset > 0
      ? this.#ipv4Fragment(from, b, start, header)
      : this.#deliver(from, b, start, header)
  }

  #ipv4Fragment(
    from: Interface,
    b: Uint8Array,
    start: number,
    { totalLength, headerLength }: Ipv4Header,
  ): DropReason | null {
    const reassembly = this.#reassembly
    if (this.#fragmentElsewhere(read16(b, start + 4), b, start, totalLength)) return 'handed-over'
    return this.#fragment(from, () => reassembly.add(b, start, totalLength, headerLength, this.#host.now))
  }

  #ipv6Packet(from: Interface, b: Uint8Array, start: number, length: number): DropReason | null {
    const header = this.#ipv6
    const bad = parseIpv6(b, start, length, header)
    if (bad !== null && header.problem < 0) return bad
    const misdirected = this.#misdirected(from, header)
    if (misdirected !== null) return misdirected
    if (bad !== null) {
      this.#parameterProblem(b, start, header.problem, header.problemAt)
      return bad
    }
    return header.fragmentAt > 0
      ? this.#ipv6Fragment(from, b, start, header)
      : this.#deliver(from, b, start, header)
  }

  #ipv6Fragment(from: Interface, b: Uint8Array, start: number, header: Ipv6Header): DropReason | null {
    const reassembly = this.#reassembly
    const identification = read32(b, start + header.fragmentAt + 4)
    if (this.#fragmentElsewhere(identification, b, start, header.totalLength)) return 'handed-over'
    const dropped = this.#fragment(from, () => reassembly.addIpv6(b, start, header, this.#host.now))
    // RFC 8200 §4.5: the field that is wrong is named.
    if (dropped === 'fragment-length') this.#parameterProblem(b, start, ERRONEOUS_FIELD, 4)
    if (dropped === 'fragment-too-big')
      this.#parameterProblem(b, start, ERRONEOUS_FIELD, header.fragmentAt + 2)
    return dropped
  }

  /** Returns why a packet cannot have come from where it says by `from`, or is not for us; else null. */
  #misdirected(
    from: Interface,
    { source, destination }: { source: Address; destination: Address },
  ): DropReason | null {
    const { interfaces } = this.#host
    const last = this.#directed
    if (
      last.source === source &&
      last.destination === destination &&
      last.from === from &&
      last.version === interfaces.version
    ) {
      this.#datagram.unicast = last.unicast
      return null
    }
    if (!interfaces.isValidSource(source, from)) return 'ip-source'
    if (isLoopback(destination) && from !== interfaces.loopback) return 'ip-destination'
    const unicast = !(interfaces.isBroadcast(destination) || isMulticast(destination))
    if (unicast && !interfaces.isOwn(destination)) return 'ip-destination'
    this.#datagram.unicast = unicast
    last.source = source
    last.destination = destination
    last.from = from
    last.version = interfaces.version
    last.unicast = unicast
    return null
  }

  /** Hands a datagram that is whole to its protocol. */
  #deliver(
    from: Interface,
    b: Uint8Array,
    start: number,
    header: Ipv4Header | Ipv6Header,
  ): DropReason | null {
    const datagram = this.#datagram
    const protocol = this.#protocols[header === this.#ipv6 ? 6 : 4].get(header.protocol)
    datagram.buffer = b
    datagram.packetStart = start
    datagram.headerLength = header.headerLength
    datagram.start = start + header.headerLength
    datagram.length = header.totalLength - header.headerLength
    datagram.source =
      header === this.#ipv6 ? this.#host.interfaces.scoped(header.source, from) : header.source
    datagram.destination = header.destination
    datagram.protocol = header.protocol
    datagram.trafficClass = header.trafficClass
    if (protocol !== undefined) return protocol.arrives(datagram)
    this.#unknownProtocol(b, start, header)
    return 'ip-protocol'
  }

  #unknownProtocol(b: Uint8Array, start: number, header: Ipv4Header | Ipv6Header): void {
    // RFC 8200 §4.7: what is said to be nothing is nothing to complain of.
    if (header.protocol === PROTOCOL_NONE) return
    if (header === this.#ipv6)
      this.#parameterProblem(b, start, UNRECOGNIZED_NEXT_HEADER, this.#ipv6.protocolAt)
    else this.#errorV4(UNREACHABLE, PROTOCOL_UNREACHABLE, b.subarray(start))
  }

  /** A fragment: `add` hands it to reassembly. */
  #fragment(from: Interface, add: () => Uint8Array | 'held' | DropReason): DropReason | null {
    const before = this.#reassembly.evicted
    const result = add()
    this.#host.fragmentsWeigh(this.#reassembly.weight)
    for (let n = this.#reassembly.evicted - before; n > 0; n--) this.#host.drop('fragment-evicted')
    if (typeof result === 'string') {
      this.#armFragmentTimer()
      return result === 'held' ? null : result
    }
    // Those who have had a fragment have not had the whole.
    if (this.#host.pool !== null) this.#host.pool.seen = 0
    const datagram = this.#datagram
    datagram.batch = null
    datagram.trusted = false
    datagram.segmentSize = 0
    this.#packet(from, result, 0, result.length)
    return null
  }

  #armFragmentTimer(): void {
    const at = this.#reassembly.nextExpiry()
    if (at !== Number.POSITIVE_INFINITY) this.#host.armFragmentTimer(at)
  }

  /** The timer for fragments has expired: what never became whole is dropped, and its sender told (RFC 1122). */
  expireFragments(): void {
    const expired = this.#reassembly.expire(this.#host.now)
    this.#host.fragmentsWeigh(this.#reassembly.weight)
    for (const first of expired) {
      this.#host.drop('fragment-timeout')
      // Only the sender of the first fragment can make something of it (RFC 1122 §3.3.2, RFC 8200 §4.5).
      if (first === null) continue
      if (first[0]! >>> 4 === 6) this.#errorV6(TIME_EXCEEDED_V6, FRAGMENT_REASSEMBLY_TIME, 0, first, false)
      else this.#errorV4(TIME_EXCEEDED, REASSEMBLY_TIMEOUT, first)
    }
    this.#armFragmentTimer()
  }

  // Errors that we send.

  /**
   * Sends an ICMP error about a packet with a valid header, if the rate allows; never about what came to many, or
   * about an ICMP error (RFC 1122 §3.2.2).
   */
  #errorV4(type: number, code: number, packet: Uint8Array): void {
    const headerLength = ipv4HeaderLength(packet, 0)
    if (!this.#host.interfaces.isOwn(read32(packet, 16))) return
    if (packet[9] === PROTOCOL_ICMP && isIcmpError(packet[headerLength]!)) return
    if (!this.#icmpLimiter.take(this.#host.now)) return
    const quote = copyOf(packet, 0, Math.min(packet.length, headerLength + QUOTED))
    this.#sendIcmp(read32(packet, 16), read32(packet, 12), type, code, 0, quote)
  }

  #parameterProblem(b: Uint8Array, start: number, code: number, pointer: number): void {
    const packet = b.subarray(start, start + this.#ipv6.totalLength)
    this.#errorV6(PARAMETER_PROBLEM_V6, code, pointer, packet, code === UNRECOGNIZED_OPTION)
  }

  /**
   * The same for IPv6, with as much of the packet as fits into the least MTU (RFC 4443 §2.4). About what came to a group
   * only an option that is not known is told, `toGroups`.
   */
  #errorV6(type: number, code: number, rest: number, packet: Uint8Array, toGroups: boolean): void {
    const { interfaces } = this.#host
    const to = readIpv6Address(packet, 8)
    let from: Address | null = readIpv6Address(packet, 24)
    if (isMulticast(from) && toGroups) from = interfaces.sourceFor(to)
    if (from === null || !interfaces.isOwn(from)) return
    const { protocol, payload } = dissect(packet)
    if (protocol === PROTOCOL_ICMPV6 && isIcmpv6Error(packet[payload] ?? 0)) return
    if (!this.#icmpLimiter.take(this.#host.now)) return
    const quote = copyOf(packet, 0, LEAST_IPV6_MTU - IPV6_HEADER - ICMP_HEADER)
    this.#sendIcmp(from, to, type, code, rest, quote)
  }

  // Answers to ICMP messages.

  /** Answers an echo request: identifier, sequence number and data go back. No group is the source of an answer. */
  echo({ buffer, start, length, source, destination, unicast }: Datagram, type: number): void {
    const ours = unicast ? destination : this.#host.interfaces.sourceFor(source)
    if (ours === null) return
    const data = copyOf(buffer, start + ICMP_HEADER, start + length)
    this.#sendIcmp(ours, source, type, 0, read32(buffer, start + 4), data)
  }

  /** An ICMP error quotes a packet of this protocol. @returns why it is ignored, or null */
  troubled(protocol: number, quotation: Quotation): DropReason | null {
    const above = this.#protocols[familyOf(quotation.localAddress).version].get(protocol)
    return above === undefined ? 'icmp-quote' : above.troubled(quotation)
  }

  /** Sends an ICMP message from one of our addresses, in fragments where the link asks for them. */
  #sendIcmp(
    source: Address,
    destination: Address,
    type: number,
    code: number,
    rest: number,
    body: Uint8Array,
  ): void {
    const host = this.#host
    const to = host.interfaces.route(destination).interface
    if (to === null) return
    encodePacket(
      to,
      isIpv6(source) ? PROTOCOL_ICMPV6 : PROTOCOL_ICMP,
      source,
      destination,
      icmpMessage(source, destination, type, code, rest, body),
      host.options.ttl,
      (host.identifications.next() << 16) | host.identifications.next(),
      () => host.sent(to),
    )
  }
}
