/** The event stream of a host as qlog: docs/qlog.md says which of its events become which. */
import { Connection } from '../../tcp/block/connection.ts'
import type {
  ConnectionId,
  PacketEvent,
  RecoveryEvent,
  SegmentOutEvent,
  SendReason,
  TimerEvent,
  TraceEvent,
  TraceSink,
  TransitionEvent,
} from '../../tcp/block/events.ts'
import { type Address, formatAddress, formatEndpoint, isIpv6 } from '../../wire/address.ts'
import type { DropReason } from '../../wire/drop.ts'
import {
  checkOptions,
  type KindsOf,
  NUMBER,
  orNull,
  required,
  TEXT,
  wordOf,
} from '../../wire/option-kinds.ts'
import type { Segment } from '../../wire/tcp.ts'
import { type ObservedSegment, observeSegment, sequenceLength } from '../observed-segment.ts'
import { connectionName } from '../transition-text.ts'
import { type Flow, Flows } from './flows.ts'
import { metricsOf } from './metrics.ts'
import { packetData, receivedData, withoutPacket } from './packet-data.ts'
import {
  eventRecord,
  headerRecord,
  type QlogData,
  rounded,
  VANTAGE_POINTS,
  type VantagePoint,
} from './records.ts'

/** Bytes of a packet that its headers lie within. */
const HEADERS = 160

/** The group of what belongs to no connection that is known. */
const NO_CONNECTION = 'none'

const AFTER_TIMEOUT: ReadonlySet<SendReason> = new Set<SendReason>([
  'SYN retransmission',
  'retransmission timeout',
  'after timeout',
])

/** Reasons of segments that take the place of lost ones. */
const REPLACING: ReadonlySet<SendReason> = new Set<SendReason>([
  ...AFTER_TIMEOUT,
  'third duplicate ACK',
  'partial ACK',
  'lost',
  'rescue',
  'smaller',
])

/** Options of a {@link Qlog}. */
export interface QlogOptions {
  /** The beginning of the log's time, ms on the host's clock. */
  readonly from: number
  /** The same, ms since 1970; null and by default unknown. */
  readonly epoch?: number | null
  readonly title?: string
  /** Default: unknown, as a host may open some of its connections and accept others. */
  readonly vantagePoint?: VantagePoint
}

const OPTIONS: KindsOf<QlogOptions> = {
  from: required(NUMBER),
  epoch: orNull(NUMBER),
  title: TEXT,
  vantagePoint: wordOf(VANTAGE_POINTS),
}

/** Writes what happens in a host as records of a qlog file: hand `sink` to the host's trace. */
export class Qlog {
  readonly sink: TraceSink = event => this.#event(event)
  readonly #write: (record: string) => void
  readonly #from: number
  readonly #flows = new Flows()
  /** The segment that is about to leave. */
  #leaving: SegmentOutEvent | null = null
  /** The packet that has come, and not yet become an event. */
  #packet: ObservedSegment | null = null
  /** The flow of the segment that arrived last: a drop that follows is its. */
  #arrived: Flow | null = null

  /** @param write takes whole records, in order */
  constructor(write: (record: string) => void, options: QlogOptions) {
    checkOptions('options', options, OPTIONS)
    const { from, epoch = null, title = 'tuntcp', vantagePoint = 'unknown' } = options
    this.#write = write
    this.#from = from
    write(headerRecord({ title, vantagePoint, epoch }))
  }

  #tell(time: number, name: string, group: string, data: QlogData): void {
    this.#write(eventRecord(time - this.#from, name, group, data))
  }

  #event(e: TraceEvent): void {
    switch (e.type) {
      case 'packet':
        if (e.direction === 'in') this.#comes(e)
        else this.#leaves(e)
        break
      case 'segment-in':
        this.#arrives(e.segment, e.time)
        break
      case 'segment-out':
        this.#leaving = e
        break
      case 'transition':
        this.#transition(e)
        break
      case 'timer':
        this.#timer(e)
        break
      case 'drop':
        this.#drop(e.reason, e.time)
        break
      case 'recovery':
        this.#recovery(e)
        break
      case 'path-mtu':
        this.#tell(e.time, 'connectivity:mtu_updated', this.#group(e.connection), {
          old: e.from,
          new: e.to,
          trigger: e.cause,
        })
        break
      case 'soft-error':
        this.#tell(e.time, 'loglevel:warning', this.#group(e.connection), {
          message: e.text,
          trouble: e.code,
        })
        break
      case 'syn-cookie':
        this.#tell(e.time, 'connectivity:syn_cookie', this.#group(e.connection), { action: e.action })
        break
      case 'user-timeout':
        this.#tell(e.time, 'transport:parameters_set', this.#group(e.connection), {
          initiator: 'remote',
          user_timeout: e.remote,
          adopted: e.adopted,
        })
        break
    }
  }

  /** A packet from the link, which the host may yet drop. */
  #comes(e: PacketEvent): void {
    this.#packet = observed(e)
    this.#arrived = null
  }

  /** A valid segment, from a packet or from several, or one that the host has sent to itself. */
  #arrives(segment: Segment, time: number): void {
    const s = this.#packet ?? withoutPacket(segment, time)
    this.#packet = null
    const flow = this.#flows.of(s.destination, s.source)
    this.#arrived = flow
    this.#tell(time, 'transport:packet_received', flow.group, receivedData(s, flow))
  }

  #leaves(e: PacketEvent): void {
    const s = observed(e)
    const leaving = this.#leaving
    this.#leaving = null
    if (s === null) return
    const flow = this.#flows.of(s.source, s.destination)
    if (leaving !== null) this.#before(leaving, flow)
    this.#tell(e.time, 'transport:packet_sent', flow.group, {
      ...packetData(s, flow.sent(s)),
      is_mtu_probe_packet: leaving?.reason === 'path MTU probe' || undefined,
      trigger: leaving === null ? undefined : sentTrigger(leaving.reason, flow.cause),
      reason: leaving?.reason,
    })
  }

  /** Tells the state of the connection by the time that a segment leaves. */
  #before(leaving: SegmentOutEvent, flow: Flow): void {
    const { connection, reason, seq, time } = leaving
    this.#metrics(connection, flow, time)
    if (!REPLACING.has(reason)) return
    const end = seq + sequenceLength(leaving)
    for (const number of flow.lost(seq | 0, end | 0))
      this.#tell(time, 'recovery:packet_lost', flow.group, {
        header: { packet_number: number },
        trigger: lostTrigger(reason, flow.cause),
        reason,
      })
  }

  #metrics(c: ConnectionId, flow: Flow, time: number): void {
    if (!(c instanceof Connection)) return
    const changed: Record<string, number> = {}
    for (const [name, value] of metricsOf(c)) {
      if (flow.metrics.get(name) === value) continue
      flow.metrics.set(name, value)
      changed[name] = value
    }
    if (Object.keys(changed).length > 0) this.#tell(time, 'recovery:metrics_updated', flow.group, changed)
  }

  #drop(reason: DropReason, time: number): void {
    const s = this.#packet
    this.#packet = null
    const flow = s === null ? this.#arrived : this.#flows.of(s.destination, s.source)
    this.#tell(time, 'transport:packet_dropped', flow?.group ?? NO_CONNECTION, {
      ...(flow === null
        ? {}
        : s === null
          ? { header: { packet_number: flow.lastReceived } }
          : packetData(s, flow.received())),
      trigger: dropTrigger(reason),
      details: { reason },
    })
  }

  #transition(e: TransitionEvent): void {
    const c = e.connection
    const group = this.#group(c)
    if ((e.from === 'CLOSED' || e.from === 'LISTEN') && c.remotePort !== 0)
      this.#tell(e.time, 'connectivity:connection_started', group, {
        local: endpoint(c.localAddress, c.localPort),
        remote: endpoint(c.remoteAddress, c.remotePort),
      })
    this.#tell(e.time, 'connectivity:connection_state_updated', group, {
      old: e.from,
      new: e.to,
      trigger: e.event,
      section: e.section,
    })
    if (e.to === 'CLOSED') this.#flows.end(...endsOf(c))
  }

  #timer(e: TimerEvent): void {
    // One is armed for nearly every segment of a paced connection.
    if (e.timer === 'pacing') return
    this.#tell(e.time, 'transport:timer_updated', this.#group(e.connection), {
      timer_type: e.timer,
      event_type: TIMER_EVENTS[e.action],
      delta: e.at === undefined ? undefined : rounded(e.at - e.time),
    })
  }

  #recovery(e: RecoveryEvent): void {
    const flow = this.#flow(e.connection)
    this.#tell(e.time, 'recovery:congestion_state_updated', flow.group, {
      old: flow.phase,
      new: e.phase,
      trigger: e.cause,
      undone: e.undone || undefined,
    })
    flow.phase = e.phase
    flow.cause = e.cause
    this.#metrics(e.connection, flow, e.time)
  }

  #flow(c: ConnectionId): Flow {
    return this.#flows.of(...endsOf(c))
  }

  /** A listener is no connection that could come again. */
  #group(c: ConnectionId): string {
    return c.remotePort === 0 ? connectionName(c) : this.#flow(c).group
  }
}

const TIMER_EVENTS = { armed: 'set', fired: 'expired', stopped: 'cancelled' } as const

const observed = ({ batch, index, time }: PacketEvent): ObservedSegment | null => {
  const start = batch.starts[index]!
  // The head of a packet lies together; its text may lie elsewhere.
  const head = batch.buffers[index]!.subarray(start, start + Math.min(batch.lengths[index]!, HEADERS))
  const s = observeSegment(head, time)
  return typeof s === 'string' ? null : s
}

const endsOf = (c: ConnectionId) =>
  [formatEndpoint(c.localAddress, c.localPort), formatEndpoint(c.remoteAddress, c.remotePort)] as const

const endpoint = (address: Address, port: number): QlogData =>
  isIpv6(address)
    ? { ip_v6: formatAddress(address), port_v6: port }
    : { ip_v4: formatAddress(address), port_v4: port }

/** RACK finds by time what is lost, the others by what came after it. */
const byTime = (cause: string): boolean => cause === 'RACK' || cause === 'tail loss probe'

const lostTrigger = (reason: SendReason, cause: string): string | undefined => {
  if (reason === 'smaller') return undefined
  if (AFTER_TIMEOUT.has(reason)) return 'pto_expired'
  return byTime(cause) ? 'time_threshold' : 'reordering_threshold'
}

const sentTrigger = (reason: SendReason, cause: string): string | undefined => {
  if (reason === 'tail loss probe') return 'pto_probe'
  const lost = REPLACING.has(reason) ? lostTrigger(reason, cause) : undefined
  if (lost === undefined) return undefined
  return lost === 'reordering_threshold' ? 'retransmit_reordered' : 'retransmit_timeout'
}

const REJECTED: ReadonlySet<DropReason> = new Set<DropReason>(['backlog-full', 'memory', 'peer-limit'])

const dropTrigger = (reason: DropReason): string => {
  if (reason === 'closed-port') return 'connection_unknown'
  if (REJECTED.has(reason)) return 'rejected'
  return /^(ip|fragment|icmp|tcp)-/.test(reason) ? 'invalid' : 'general'
}
