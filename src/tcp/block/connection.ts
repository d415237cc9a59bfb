import type { Flow } from '../../ip/flow.ts'
import { type Seq, seqAdd, seqDiff } from '../../wire/sequence.ts'
import type { CongestionControl } from '../congestion/controller.ts'
import { createCongestionControl } from '../congestion/registry.ts'
import { type FilterRule, smaller, WindowedFilter } from '../congestion/windowed-filter.ts'
import { type DeliveryRate, NO_RATE } from '../flight/delivery-rate.ts'
import type { Flight } from '../flight/flight.ts'
import { NO_FLIGHT, takeFlight } from '../flight/flight-pool.ts'
import { LossReport } from '../flight/loss-report.ts'
import { NO_RACK, Rack } from '../flight/rack.ts'
import { ReceiveBuffer } from '../queues/receive-buffer.ts'
import type { ReceiveQueue } from '../queues/receive-queue.ts'
import { keepQueue, NO_TEXT, takeQueue } from '../queues/receive-queue-pool.ts'
import { SendQueue } from '../queues/send-queue.ts'
import { isSynchronized, type State, type StateEvent, transitionFor } from '../state.ts'
import type { ConnectionUser } from './connection-user.ts'
import type { Environment } from './environment.ts'
import type { Cause, ConnectionId, SendReason, TimerKind } from './events.ts'
import { type Holding, NO_HOLDING } from './memory.ts'
import type { TcpOptions } from './options.ts'
import { NO_PATH, type PathMtu } from './path-mtu-state.ts'
import { FlagsAndRareState } from './rare-state.ts'
import { NO_RECOVERY, Recovery } from './recovery-state.ts'
import { Rto } from './rto.ts'
import { ReceiveSpace, SendSpace } from './sequence-spaces.ts'
import { NO_TIMER, type Timer } from './timer.ts'
import { NO_TRAFFIC, TrafficCounters } from './traffic-counters.ts'

/** The time for which the smallest round trip is believed, ms: as Linux (RFC 8985 §6.2 step 1 leaves it open). */
const MIN_RTT: FilterRule = { window: 300_000, better: smaller }

/** One connection: the transmission control block of RFC 9293 §3.3.1. Its behaviour is in the files beside. */
export class Connection extends FlagsAndRareState implements ConnectionId {
  // In the order in which they are used, so that a segment finds what it needs close together in memory. First, after the
  // flow, what every segment that arrives goes by.

  readonly env: Environment
  state: State
  /** Shared with the host until the user changes one. */
  options: Readonly<TcpOptions>
  user: ConnectionUser | null = null
  readonly snd: SendSpace
  readonly rcv = new ReceiveSpace()
  /** For TCP_INFO alone: segments as the wire has them, and when we last sent an ACK, ms. */
  segmentsIn = 0
  segmentsOut = 0
  ackSentAt = -1
  traffic: Readonly<TrafficCounters> = NO_TRAFFIC
  /** The time of the last segment received: for keep-alive. */
  receivedAt = 0
  tsOffset = 0
  /** TS.Recent and when it was taken (RFC 7323 §4.3, §5.5). */
  tsRecent = 0
  tsRecentAt = 0

  // Arrivals, and their acknowledgment.

  /** Text that has arrived and waits to be read, or lies above a gap. */
  receiveQueue: Readonly<ReceiveQueue> = NO_TEXT
  receiveBuffer: ReceiveBuffer
  /** In-order bytes that no ACK has covered. */
  unackedBytes = 0
  ackReason: SendReason = 'ACK'
  /** ACKs that are still to leave at once (the option of that name). */
  quickAcks: number
  /** The MSS option we sent or will send. */
  advertisedMss = 0
  /** Timers are lent by the host, as long as they run. */
  delayedAckTimer: Readonly<Timer> = NO_TIMER
  retransmitTimer: Readonly<Timer> = NO_TIMER
  readonly rto: Rto
  /** Shared with others as long as there is nothing special about this path. */
  pathMtu: PathMtu = NO_PATH

  // Sending.

  readonly sendQueue: SendQueue
  /**
   * The flight, with what of it is lost or SACKed. This and the next two are of use only while something is under
   * way, or once it was: a connection that has not come to it shares one for all.
   */
  flight: Readonly<Flight> = NO_FLIGHT
  rack: Readonly<Rack> = NO_RACK
  rate: Readonly<DeliveryRate> = NO_RATE
  /** Only the controller itself moves its window, and what is in src/tcp/congestion. */
  congestion: Readonly<CongestionControl>
  /** The smallest round trip of the last minutes (RFC 8985 §6.2 step 1), ms; -1 before the first. */
  readonly minRtt = new WindowedFilter(MIN_RTT)
  /** Retransmissions of the front of the queue since the last progress (R1, R2). */
  retries = 0
  /** The time at which unacknowledged data last made progress: the user timeout counts from it. */
  progressAt = 0
  /** The time at which text was last sent: for idle restart. */
  sentAt = 0
  /** The end of the segment being {@link timing}, and when it was sent. */
  timedSeq: Seq = 0
  timedAt = 0
  /** The time at which the retransmission timer expires, or would if it did not wait for a tail loss probe first. */
  timeoutAt = 0
  /** The peer's MSS option, or 536. */
  peerMss = 536

  createdAt: number
  stateSince: number
  /**
   * Its place at the host: with the listener that it came from, until the user has it; later among the orphans, if it
   * is one.
   */
  parent: object | null = null
  /** The memory of its host that it holds. */
  held: Readonly<Holding> = NO_HOLDING

  constructor(
    env: Environment,
    flow: Readonly<Flow>,
    active: boolean,
    iss: Seq,
    options: Readonly<TcpOptions>,
  ) {
    super(flow)
    this.env = env
    this.active = active
    this.state = active ? 'CLOSED' : 'LISTEN'
    this.options = options
    this.snd = new SendSpace(iss)
    this.sendQueue = new SendQueue(seqAdd(iss, 1))
    this.quickAcks = options.quickAcks
    this.receiveBuffer = ReceiveBuffer.beginning(options.receiveBuffer)
    this.rto = new Rto(options)
    this.congestion = createCongestionControl(options.congestionControl, iss)
    this.userTimeoutDue = options.userTimeoutOption
    this.createdAt = env.now
    this.stateSince = env.now
    this.receivedAt = env.now
  }

  /** The only way to another state: through the table, reported on the event stream. */
  transition(event: StateEvent, cause: Cause): void {
    const row = transitionFor(this.state, event)
    this.state = row.to
    this.stateSince = this.env.now
    this.env.trace?.({
      type: 'transition',
      time: this.env.now,
      connection: this,
      from: row.from,
      to: row.to,
      event,
      section: row.section,
      cause,
    })
  }

  /** Has the host look after it at the end of the batch: notices for the user, something to send. */
  wake(notices = 0): void {
    this.notices |= notices
    if (!this.awake) {
      this.awake = true
      this.env.wake(this)
    }
  }

  /** (Re)starts a timer. Returns the one that runs, to be kept in its place. */
  arm(before: Timer, kind: TimerKind, delay: number): Timer {
    const timer = before === NO_TIMER ? this.env.newTimer(this, kind) : before
    timer.kind = kind
    const at = this.env.now + delay
    this.env.arm(timer, at)
    this.env.packetTrace?.({
      type: 'timer',
      time: this.env.now,
      connection: this,
      timer: kind,
      action: 'armed',
      at,
    })
    return timer
  }

  /** Stops a timer, if it runs, and gives it back. Returns what to keep in its place. */
  disarm(timer: Timer): Timer {
    if (timer === NO_TIMER) return timer
    if (timer.armed)
      this.env.packetTrace?.({
        type: 'timer',
        time: this.env.now,
        connection: this,
        timer: timer.kind,
        action: 'stopped',
      })
    this.env.freeTimer(timer)
    return NO_TIMER
  }

  // Copies on write: parts that are shared by all connections as long as they say nothing. Others read them, and write to
  // what these return.

  /** There is a sign of a loss. Nothing below SND.UNA is to be recovered. */
  ownRecovery(): Recovery {
    if (this.recovery === NO_RECOVERY) this.recovery = new Recovery(seqAdd(this.snd.una, -1))
    return this.recovery as Recovery
  }

  /** The flight that the next transmission leaves with. */
  ownFlight(): Flight {
    this.resting = false
    if (this.flight === NO_FLIGHT) {
      const flight = takeFlight(this.snd.una)
      if (this.congestion.lost !== undefined) flight.lossReader = new LossReport(this)
      this.flight = flight
    }
    return this.flight as Flight
  }

  /** Something is delivered, or comes back as a duplicate; all below `seq` was delivered before. */
  ownRack(seq: Seq): Rack {
    if (this.rack === NO_RACK) this.rack = new Rack(seq)
    return this.rack as Rack
  }

  /** Text, or a FIN, leaves. */
  ownRate(): DeliveryRate {
    const rate = this.rate.own()
    this.rate = rate
    return rate
  }

  /** Text has come, or leaves. */
  ownTraffic(): TrafficCounters {
    if (this.traffic === NO_TRAFFIC) this.traffic = new TrafficCounters()
    return this.traffic as TrafficCounters
  }

  /** Text comes, or the user says how much of it may. */
  ownReceiveBuffer(): ReceiveBuffer {
    this.receiveBuffer = this.receiveBuffer.own()
    return this.receiveBuffer
  }

  /** Text comes in order, or above a gap. */
  ownReceiveQueue(): ReceiveQueue {
    if (this.receiveQueue === NO_TEXT) this.receiveQueue = takeQueue()
    return this.receiveQueue as ReceiveQueue
  }

  /** Text was taken. */
  taken(): void {
    this.receiveQueue = keepQueue(this.receiveQueue)
  }

  /** There is something special about the path. */
  ownPath(): PathMtu {
    this.pathMtu = this.pathMtu.own()
    return this.pathMtu
  }

  /** Bytes sent and not acknowledged, SYN and FIN counted (FlightSize). */
  get inFlight(): number {
    return seqDiff(this.snd.nxt, this.snd.una)
  }

  /** True when everything sent, SYN and FIN included, is acknowledged. */
  get allAcked(): boolean {
    return this.snd.una === this.snd.nxt
  }

  /** True when our SYN is acknowledged. (SND.UNA comes back to ISS after 4 GB.) */
  get synAcked(): boolean {
    return seqDiff(this.sendQueue.seq, this.snd.una) <= 0
  }

  /** The sequence number after the last byte that the user has queued; our FIN takes it. */
  get sendEnd(): Seq {
    return this.sendQueue.end
  }

  /** True when our FIN was sent, at least once. */
  get finSent(): boolean {
    return this.finQueued && seqDiff(this.snd.nxt, this.sendEnd) > 0
  }

  /** True when our FIN is acknowledged. */
  get finAcked(): boolean {
    return this.finQueued && seqDiff(this.snd.una, this.sendEnd) > 0
  }

  get synchronized(): boolean {
    return isSynchronized(this.state)
  }

  /** TSval of a segment that leaves now (RFC 7323 §5.4: a clock of 1 ms, with an offset of this pair's own). */
  get tsNow(): number {
    return this.timestampAt(this.env.now)
  }

  /** TSval of a segment that left at `time`. */
  timestampAt(time: number): number {
    return (Math.floor(time) + this.tsOffset) | 0
  }
}
