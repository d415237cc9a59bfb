/** The way of a packet in: validation, reassembly, demultiplexing. */

import { Flow } from '../ip/flow.ts'
import type { Interface } from '../ip/interfaces.ts'
import type { IpOptions } from '../ip/options.ts'
import { Reassembly } from '../ip/reassembly.ts'
import { segmentArrives } from '../tcp/arrives.ts'
import { Connection } from '../tcp/connection.ts'
import { refuse } from '../tcp/ending.ts'
import { listenArrives } from '../tcp/listen.ts'
import type { SegmentSource } from '../tcp/outgoing.ts'
import { type TimeWait, timeWaitArrives } from '../tcp/time-wait.ts'
import { type Address, ANY_IPV4, isMulticast } from '../wire/address.ts'
import { CHECKSUM_COMPLETE, type PacketBatch } from '../wire/batch.ts'
import {
  isIcmpError,
  PROTOCOL_UNREACHABLE,
  REASSEMBLY_TIMEOUT,
  TIME_EXCEEDED,
  UNREACHABLE,
} from '../wire/icmp.ts'
import { IPV4_HEADER, Ipv4Header, PROTOCOL_ICMP, PROTOCOL_TCP, parseIpv4, read32 } from '../wire/ipv4.ts'
import { returnRoute } from '../wire/source-route.ts'
import { parseTcp, Segment } from '../wire/tcp.ts'
import type { Host } from './host.ts'
import { IcmpLimiter, type IcmpPort, icmpArrives } from './icmp.ts'
import type { HostTimer } from './rhythm.ts'

/** An ICMP error quotes the header and this much of the packet (RFC 792; more would be allowed). */
const QUOTED = 8

/** Where a segment for nobody came from and would be answered to. One is reused for all. */
class Stranger extends Flow implements SegmentSource {
  readonly active = false
  readonly sendQueue = null
  options: SegmentSource['options']

  constructor(options: SegmentSource['options']) {
    super(ANY_IPV4, 0, ANY_IPV4, 0)
    this.options = options
  }
}

export class Input implements IcmpPort {
  readonly #host: Host
  readonly #header = new Ipv4Header()
  readonly #segment = new Segment()
  readonly #reassembly: Reassembly
  readonly #fragmentTimer: HostTimer
  readonly #icmpLimiter: IcmpLimiter
  /** Where a segment for nobody came from and would be answered to. */
  readonly #stranger: Stranger
  /** The batch being processed, and the packet of it; -1 when that is memory of our own. */
  #batch: PacketBatch | null = null
  #index = -1

  constructor(host: Host, options: IpOptions) {
    this.#host = host
    this.#reassembly = new Reassembly(options)
    this.#icmpLimiter = new IcmpLimiter(options.icmpErrorsPerSecond, options.icmpErrorBurst)
    this.#fragmentTimer = host.newTimer(this, 'reassembly')
    this.#stranger = new Stranger(host.options)
  }

  get fragmentBytes(): number {
    return this.#reassembly.bytes
  }

  receive(from: Interface, batch: PacketBatch): void {
    const host = this.#host
    this.#batch = batch
    for (let i = 0; i < batch.count; i++) {
      host.counters.packetsIn++
      // What the host sends to itself was seen when it left.
      if (host.trace !== null && from !== host.interfaces.loopback)
        host.trace({
          type: 'packet',
          time: host.now,
          direction: 'in',
          batch,
          index: i,
          link: from.link.name,
        })
      this.#index = i
      const trusted = batch.checksums[i] !== CHECKSUM_COMPLETE
      this.#packet(
        from,
        batch.buffers[i]!,
        batch.starts[i]!,
        batch.lengths[i]!,
        trusted,
        batch.segmentSizes[i]!,
      )
    }
  }

  #packet(
    from: Interface,
    b: Uint8Array,
    start: number,
    length: number,
    trusted: boolean,
    segmentSize: number,
  ): void {
    const host = this.#host
    const header = this.#header
    const bad = parseIpv4(b, start, length, header)
    if (bad !== null) {
      host.drop(bad)
      return
    }
    const { interfaces } = host
    if (!interfaces.isValidSource(header.source, from)) {
      host.drop('ip-source')
      return
    }
    const broadcast = interfaces.isBroadcast(header.destination) || isMulticast(header.destination)
    if (!broadcast && !interfaces.isOwn(header.destination)) {
      host.drop('ip-destination')
      return
    }
    if (header.destination >>> 24 === 127 && from !== interfaces.loopback) {
      host.drop('ip-destination')
      return
    }
    if (header.moreFragments || header.fragmentOffset > 0) {
      this.#fragment(from, b, start)
      return
    }
    const payload = start + header.headerLength
    const payloadLength = header.totalLength - header.headerLength
    switch (header.protocol) {
      case PROTOCOL_TCP:
        this.#segment.sourceRoute =
          header.headerLength > IPV4_HEADER ? returnRoute(b, start, header.headerLength) : null
        this.#tcp(b, payload, payloadLength, trusted, segmentSize, broadcast)
        break
      case PROTOCOL_ICMP: {
        const dropped = icmpArrives(this, b, payload, payloadLength, header, !broadcast)
        if (dropped !== null) host.drop(dropped)
        break
      }
      default:
        host.drop('ip-protocol')
        this.#error(UNREACHABLE, PROTOCOL_UNREACHABLE, b.subarray(start))
    }
  }

  #fragment(from: Interface, b: Uint8Array, start: number): void {
    const host = this.#host
    const { totalLength, headerLength } = this.#header
    const reassembly = this.#reassembly
    const before = reassembly.evicted
    const result = reassembly.add(b, start, totalLength, headerLength, host.now)
    for (let n = reassembly.evicted - before; n > 0; n--) host.drop('fragment-evicted')
    if (typeof result === 'string') {
      if (result !== 'held') host.drop(result)
      this.#armFragmentTimer()
      return
    }
    this.#index = -1
    this.#packet(from, result, 0, result.length, false, 0)
  }

  #armFragmentTimer(): void {
    const at = this.#reassembly.nextExpiry()
    if (at !== Number.POSITIVE_INFINITY) this.#host.arm(this.#fragmentTimer, at)
  }

  /** The timer for fragments has expired: what never became whole is dropped, and its sender told (RFC 1122). */
  expireFragments(): void {
    for (const first of this.#reassembly.expire(this.#host.now)) {
      this.#host.drop('fragment-timeout')
      // Only the sender of the first fragment can make something of it (RFC 1122 §3.3.2).
      if (first !== null) this.#error(TIME_EXCEEDED, REASSEMBLY_TIMEOUT, first)
    }
    this.#armFragmentTimer()
  }

  /**
   * Sends an ICMP error about a packet with a valid header, if the rate allows; never about what came to many, or
   * about an ICMP error (RFC 1122 §3.2.2).
   */
  #error(type: number, code: number, packet: Uint8Array): void {
    if (!this.#host.interfaces.isOwn(read32(packet, 16))) return
    if (packet[9] === PROTOCOL_ICMP && isIcmpError(packet[(packet[0]! & 15) << 2]!)) return
    if (!this.#icmpLimiter.take(this.#host.now)) return
    const quote = packet.slice(0, Math.min(packet.length, ((packet[0]! & 15) << 2) + QUOTED))
    this.#host.sendIcmp(read32(packet, 16), read32(packet, 12), type, code, 0, quote)
  }

  // IcmpPort

  connection(
    localAddress: Address,
    localPort: number,
    remoteAddress: Address,
    remotePort: number,
  ): Connection | null {
    const found = this.#host.connections.get(localAddress, localPort, remoteAddress, remotePort)
    return found instanceof Connection ? found : null
  }

  reply(source: Address, destination: Address, type: number, rest: number, body: Uint8Array): void {
    this.#host.sendIcmp(source, destination, type, 0, rest, body)
  }

  // TCP

  #tcp(
    b: Uint8Array,
    start: number,
    length: number,
    trusted: boolean,
    segmentSize: number,
    broadcast: boolean,
  ): void {
    const host = this.#host
    const segment = this.#segment
    segment.source = this.#header.source
    segment.destination = this.#header.destination
    segment.trafficClass = this.#header.trafficClass
    segment.segmentSize = segmentSize
    segment.packet = this.#index
    const bad = parseTcp(b, start, length, trusted, segment)
    if (bad !== null) {
      host.drop(bad)
      return
    }
    // MUST-57: nothing but silence for TCP to a broadcast or multicast address.
    if (broadcast) {
      host.drop('tcp-broadcast')
      return
    }
    host.trace?.({ type: 'segment-in', time: host.now, segment })
    if (segment.malformedOption) host.drop('tcp-option')
    const found = host.connections.get(
      segment.destination,
      segment.destinationPort,
      segment.source,
      segment.sourcePort,
    )
    if (found instanceof Connection) {
      segmentArrives(found, segment)
      return
    }
    if (found !== null) {
      const verdict = timeWaitArrives(host, found, segment)
      if (verdict === null) return
      if (verdict === 'end') {
        host.endTimeWait(found, 'ABORT', 'segment')
        return
      }
      // A SYN that opens nothing ends nothing either.
      if (host.listeners.find(segment.destination, segment.destinationPort)?.hasRoom)
        host.endTimeWait(found, 'SYN reuses TIME_WAIT', 'segment')
      this.#unconnected(segment, found)
      return
    }
    this.#unconnected(segment, null)
  }

  /** No connection: a listener's, or nobody's (§3.10.7.1). */
  #unconnected(segment: Segment, before: TimeWait | null): void {
    const host = this.#host
    const stranger = this.#stranger
    stranger.become(segment.destination, segment.destinationPort, segment.source, segment.sourcePort)
    const listener = host.listeners.find(segment.destination, segment.destinationPort)
    if (listener !== null) {
      stranger.options = listener.options
      if (listener.options.sourceRoutes) host.reroute(stranger, segment.sourceRoute)
      listenArrives(host, stranger, segment, host.passiveOpens.for(listener, stranger, before))
      return
    }
    stranger.options = host.options
    if (host.options.sourceRoutes) host.reroute(stranger, segment.sourceRoute)
    host.drop('closed-port')
    refuse(host, stranger, segment)
  }

  /** Environment.keep. Who may ask has heard of the packet in this very beat. */
  keep(packet: number): void {
    this.#batch!.take(packet)
  }
}
