/** TCP as a protocol above IP: from a segment to the connection, the record or the listener that it is for. */
import { Flow } from '../ip/flow.ts'
import type { Quotation } from '../ip/icmp-error.ts'
import { type HostPool, NO_ROOM, NOBODY, OURS } from '../ip/pool.ts'
import type { Datagram, Protocol } from '../ip/protocol.ts'
import { segmentArrives } from '../tcp/arrives.ts'
import { Connection } from '../tcp/block/connection.ts'
import { blockOf } from '../tcp/block/connection-view.ts'
import type { SegmentSource } from '../tcp/block/outgoing.ts'
import { refuse } from '../tcp/ending.ts'
import { icmpError } from '../tcp/icmp-errors.ts'
import { listenArrives } from '../tcp/listen.ts'
import { tooBig } from '../tcp/recovery/path-mtu-discovery.ts'
import { TimeWait, timeWaitArrives } from '../tcp/time-wait.ts'
import { ANY_IPV4, isIpv6 } from '../wire/address.ts'
import type { DropReason } from '../wire/drop.ts'
import { IPV4_HEADER, read16, read32 } from '../wire/ipv4.ts'
import { returnRoute } from '../wire/source-route.ts'
import { parseTcp, Segment } from '../wire/tcp.ts'
import type { Host } from './host.ts'

/** The two ends of a segment for nobody, as an answer would have them. One object is reused for all. */
class Stranger extends Flow implements SegmentSource {
  readonly active = false
  readonly sendQueue = null
  options: SegmentSource['options']

  constructor(options: SegmentSource['options']) {
    super(ANY_IPV4, 0, ANY_IPV4, 0)
    this.options = options
  }
}

/** The TCP of a host, as its internet layer sees it. */
export class TcpInput implements Protocol {
  readonly #host: Host
  readonly #segment = new Segment()
  readonly #stranger: Stranger

  constructor(host: Host) {
    this.#host = host
    this.#stranger = new Stranger(host.options)
  }

  arrives(datagram: Datagram): DropReason | null {
    const host = this.#host
    const segment = this.#segment
    const { buffer, packetStart, headerLength, source } = datagram
    segment.source = source
    segment.destination = datagram.destination
    segment.trafficClass = datagram.trafficClass
    segment.segmentSize = datagram.segmentSize
    segment.batch = datagram.batch
    segment.index = datagram.index
    segment.sourceRoute =
      headerLength > IPV4_HEADER && !isIpv6(source) ? returnRoute(buffer, packetStart, headerLength) : null
    const bad = parseTcp(buffer, datagram.start, datagram.length, datagram.trusted, segment)
    if (bad !== null) return bad
    // MUST-57: nothing but silence for TCP to a broadcast or multicast address.
    if (!datagram.unicast) return 'tcp-broadcast'
    const found = host.connections.get(
      segment.destination,
      segment.destinationPort,
      segment.source,
      segment.sourcePort,
    )
    if (found === null && host.pool !== null) {
      const elsewhere = this.#elsewhere(host.pool, segment)
      if (elsewhere !== null) return elsewhere
    }
    host.packetTrace?.({ type: 'segment-in', time: host.now, segment })
    if (segment.malformedOption) host.drop('tcp-option')
    if (found === null) this.#unconnected(segment, null)
    else if (found instanceof TimeWait) return this.#timeWait(found, segment)
    else segmentArrives(blockOf(found), segment)
    return null
  }

  /**
   * A segment for no connection of this host's: another host of the pool may have the connection, or be the one that listens.
   * Claims the flow where this host listens, as the segment may open a connection: of two copies of a SYN that two hosts
   * get at a time, one opens it.
   * @returns why this host has done with it, or null
   */
  #elsewhere(pool: HostPool, segment: Segment): DropReason | null {
    const { destination, destinationPort, source, sourcePort } = segment
    let to: number
    if (this.#host.listeners.find(destination, destinationPort) !== null) {
      to = pool.claim(destination, destinationPort, source, sourcePort)
      if (to === OURS) return null
      if (to === NO_ROOM) return 'memory'
    } else {
      to = pool.ownerOf(destination, destinationPort, source, sourcePort)
      if (to === NOBODY) to = pool.listenerAt(destinationPort)
      if (to === NOBODY) return null
    }
    this.#host.handOver(to)
    return 'handed-over'
  }

  #timeWait(record: TimeWait, segment: Segment): DropReason | null {
    const host = this.#host
    const verdict = timeWaitArrives(host, record, segment)
    if (verdict === null) return null
    if (verdict === 'end') {
      host.endTimeWait(record, 'ABORT', 'segment')
      return null
    }
    // A SYN that opens nothing ends nothing either.
    const listener = host.listeners.find(segment.destination, segment.destinationPort)
    if (listener !== null && host.passiveOpens.hasPlace(listener, segment, true)) {
      host.endTimeWait(record, 'SYN reuses TIME_WAIT', 'segment')
      // With the record the flow was given up: another host may have been as quick.
      const elsewhere = host.pool === null ? null : this.#elsewhere(host.pool, segment)
      if (elsewhere !== null) return elsewhere
    }
    this.#unconnected(segment, record)
    return null
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
      host.passiveOpens.over()
      if (host.pool !== null && !host.has(stranger)) host.disown(stranger)
      return
    }
    stranger.options = host.options
    if (host.options.sourceRoutes) host.reroute(stranger, segment.sourceRoute)
    host.drop('closed-port')
    refuse(host, stranger, segment)
  }

  /** Only a connection makes something of an error; a TIME-WAIT record does not. */
  troubled({
    buffer,
    start,
    localAddress,
    remoteAddress,
    packetLength,
    error,
    nextHopMtu,
  }: Quotation): DropReason | null {
    const host = this.#host
    const localPort = read16(buffer, start)
    const remotePort = read16(buffer, start + 2)
    const c = host.connections.get(localAddress, localPort, remoteAddress, remotePort)
    if (!(c instanceof Connection)) {
      const owner = host.pool?.ownerOf(localAddress, localPort, remoteAddress, remotePort) ?? NOBODY
      if (owner === NOBODY) return 'icmp-quote'
      host.handOver(owner)
      return 'handed-over'
    }
    const seq = read32(buffer, start + 4)
    // Nobody has to know where routers cut what is too large. Those of IPv6 never do.
    if (nextHopMtu >= 0 && (c.options.pathMtuDiscovery || isIpv6(remoteAddress)))
      return tooBig(c, nextHopMtu, packetLength, seq)
    return icmpError(c, error, seq) ? null : 'icmp-sequence'
  }
}
