/**
 * The one stream of what happens in a host. The log, captures, tables and ladders are readers of it; with
 * nobody listening no event is made.
 */
import type { PacketEvent } from '../../ip/packet-event.ts'
import type { Address } from '../../wire/address.ts'
import type { DropReason } from '../../wire/drop.ts'
import type { Segment } from '../../wire/tcp.ts'
import type { State, StateEvent } from '../state.ts'
import type { RecoveryPhase } from './recovery-state.ts'

export type { PacketEvent }

/** The four numbers that name a connection (§3.3.1's sockets), and who opened it. */
export interface ConnectionId {
  readonly localAddress: Address
  readonly localPort: number
  readonly remoteAddress: Address
  readonly remotePort: number
  /** True when our side opened it (active OPEN). */
  readonly active: boolean
}

/** The reason why a segment was sent. */
export type SendReason =
  | 'SYN'
  | 'SYN,ACK'
  | 'SYN retransmission'
  | 'SYN,ACK again'
  | 'SYN cookie'
  | 'ack of SYN'
  | 'data'
  | 'FIN'
  | 'retransmission timeout'
  | 'after timeout'
  | 'third duplicate ACK'
  | 'partial ACK'
  | 'lost'
  | 'rescue'
  | 'tail loss probe'
  | 'smaller'
  | 'path MTU probe'
  | 'zero-window probe'
  | 'keep-alive'
  | 'ACK'
  | 'delayed ACK'
  | 'ack of FIN'
  | 'duplicate ACK'
  | 'window update'
  | 'challenge ACK'
  | 'reset'

/** The timers of a connection. */
export type TimerKind =
  | 'retransmission'
  | 'tail-loss-probe'
  | 'reordering'
  | 'persist'
  | 'pacing'
  | 'delayed-ack'
  | 'keep-alive'
  | 'fin-wait-2'
  | '2msl'

/** The reason why recovery began or ended, or was seen to be needless. */
export type RecoveryCause =
  | 'third duplicate ACK'
  | 'RACK'
  | 'SACK'
  | 'ECN echo'
  | 'tail loss probe'
  | 'timeout'
  | 'recovered'
  | 'F-RTO'
  | 'timestamp'
  | 'D-SACK'
  | 'window probe'

/** The kind of thing that set a transition off. */
export type Cause = 'segment' | 'call' | 'timeout'

/** A connection has gone from one state to another. */
export interface TransitionEvent {
  readonly type: 'transition'
  /** Milliseconds on the host's clock, as in every event. */
  readonly time: number
  readonly connection: ConnectionId
  readonly from: State
  readonly to: State
  readonly event: StateEvent
  readonly section: string
  readonly cause: Cause
}

/** A valid TCP segment that has arrived, before it is processed. Reused: read it during the call. */
export interface SegmentInEvent {
  readonly type: 'segment-in'
  readonly time: number
  readonly segment: Segment
}

/** A segment of ours, about to be written as the next outgoing packet. Reused: read it during the call. */
export interface SegmentOutEvent {
  readonly type: 'segment-out'
  readonly time: number
  readonly connection: ConnectionId
  readonly seq: number
  readonly ack: number
  readonly flags: number
  readonly window: number
  readonly length: number
  readonly reason: SendReason
}

/** A timer of a connection was armed or stopped, or has fired. */
export interface TimerEvent {
  readonly type: 'timer'
  readonly time: number
  readonly connection: ConnectionId
  readonly timer: TimerKind
  readonly action: 'armed' | 'fired' | 'stopped'
  /** The time at which it is due; only for 'armed'. */
  readonly at?: number
}

/** A packet was not used. */
export interface DropEvent {
  readonly type: 'drop'
  readonly time: number
  readonly reason: DropReason
}

/** A trouble that does not end the connection (MUST-47): ICMP errors, R1, a full queue. */
export interface SoftErrorEvent {
  readonly type: 'soft-error'
  readonly time: number
  readonly connection: ConnectionId
  readonly code: string
  readonly text: string
}

/** Loss recovery has begun, ended, or found that nothing was lost ({@link undone}). */
export interface RecoveryEvent {
  readonly type: 'recovery'
  readonly time: number
  readonly connection: ConnectionId
  readonly phase: RecoveryPhase
  readonly cause: RecoveryCause
  readonly undone: boolean
  /** Bytes */
  readonly cwnd: number
  readonly ssthresh: number
  /** Bytes found lost that wait to be sent again */
  readonly lost: number
}

/**
 * The reason why the size of packets changes: a router said so, to this connection or another; that was forgotten; or by RFC 4821:
 * the search begins low, large packets vanish, a larger one has passed.
 */
export type PathMtuCause = 'ICMP' | 'learned' | 'aged' | 'search' | 'black hole' | 'probe'

/** A connection sends packets of another size from now on. */
export interface PathMtuEvent {
  readonly type: 'path-mtu'
  readonly time: number
  readonly connection: ConnectionId
  /** Bytes of IPv4 packets */
  readonly from: number
  readonly to: number
  readonly cause: PathMtuCause
}

/** A SYN was answered without keeping anything of it; an ACK has returned a cookie, or a wrong one (RFC 4987 §3.6). */
export interface SynCookieEvent {
  readonly type: 'syn-cookie'
  readonly time: number
  readonly connection: ConnectionId
  readonly action: 'sent' | 'accepted' | 'failed'
}

/** The peer has told its user timeout, another than before (RFC 5482). Times in ms. */
export interface UserTimeoutEvent {
  readonly type: 'user-timeout'
  readonly time: number
  readonly connection: ConnectionId
  readonly remote: number
  /** True when it counts for ours. */
  readonly adopted: boolean
}

/** Any event that a host tells of. */
export type TraceEvent =
  | TransitionEvent
  | PacketEvent
  | SegmentInEvent
  | SegmentOutEvent
  | TimerEvent
  | DropEvent
  | SoftErrorEvent
  | RecoveryEvent
  | PathMtuEvent
  | SynCookieEvent
  | UserTimeoutEvent

/** Reads the stream of what happens in a host. */
export interface TraceSink {
  (event: TraceEvent): void
  /** True for a reader of connections alone: no event of a packet, a segment, a timer or a drop is made for it. */
  readonly ofConnections?: boolean
}

/** The reader of single packets, segments, timers and drops: the same, or null where it wants none of them. */
export const packetReader = (sink: TraceSink | null): TraceSink | null =>
  sink === null || sink.ofConnections === true ? null : sink
