import type { Flow } from '../../ip/flow.ts'
import type { KnownPath } from '../../ip/path-mtu-cache.ts'
import type { Route } from '../../ip/route.ts'
import type { DropReason } from '../../wire/drop.ts'
import type { SourceRoute } from '../../wire/source-route.ts'
import type { Segment } from '../../wire/tcp.ts'
import type { TimeWait } from '../time-wait.ts'
import type { CallRecorder } from './call-recorder.ts'
import type { Connection } from './connection.ts'
import type { TimerKind, TraceSink } from './events.ts'
import type { Memory } from './memory.ts'
import type { OutgoingSegment, SegmentSource } from './outgoing.ts'
import type { Timer } from './timer.ts'

/** All that a connection needs of the world. The core draws no random number and reads no clock but this. */
export interface Environment {
  /** Milliseconds; constant while one batch of packets, one timer or one call is processed. */
  readonly now: number
  /** The listener to the event stream, or null. */
  readonly trace: TraceSink | null
  /** The same for events of packets, segments, timers and drops, which are many: null where nobody reads those. */
  readonly packetTrace: TraceSink | null
  /** The recorder of users' calls, or null. */
  readonly recorder: CallRecorder | null
  /** Lends a timer. */
  newTimer(owner: Connection | TimeWait, kind: TimerKind): Timer
  /** Stops a timer and takes it back: nobody may use it any more. */
  freeTimer(timer: Timer): void
  arm(timer: Timer, at: number): void
  disarm(timer: Timer): void
  /** Sends a segment now; `segment` may be reused when it returns. */
  transmit(source: SegmentSource, segment: OutgoingSegment): void
  /** So many bytes of text of a segment were taken: counts them. */
  textTaken(bytes: number): void
  /** Counts the memory that connections hold. */
  readonly memory: Memory
  /** Memory for what has to be kept longer; its bytes need not be zero. */
  allocate(bytes: number): Uint8Array
  /** A segment was not used: counts and reports why. */
  drop(reason: DropReason): void
  /** Puts the connection on the list of those to look after at the end of the batch. */
  wake(connection: Connection): void
  /** The way to the flow's other end. */
  route(flow: Flow): Route
  /** From now on the flow's packets go by these routers (§3.9.2.1). */
  reroute(flow: Flow, by: SourceRoute): void
  /** Grows with whatever is learned of any path. */
  readonly pathMtuVersion: number
  /** The path to the flow's other end as ICMP has told of it, or null. */
  knownPath(flow: Flow): KnownPath | null
  /** Remembers it for some time; `fragment`: routers shall fragment what is larger. */
  learnPathMtu(flow: Flow, mtu: number, fragment: boolean): void
  /** As a client: our SYN's fast open was answered, its text `delivered` or not (RFC 7413). */
  fastOpenAnswered(connection: Connection, segment: Segment, delivered: boolean): void
  /** As a client: our SYN had to be sent again, or met an ICMP error. */
  fastOpenFailed(connection: Connection): void
  /** As a client: the SYN,ACK to a SYN of ours that wished for ECN has come; `passed`: one that asked has got through. */
  ecnAnswered(connection: Connection, passed: boolean): void
  /**
   * The connection has completed its handshake, or fast open has brought text before: its listener, if any, hands it to
   * the user, once.
   */
  established(connection: Connection): void
  /** The user has let go of the connection, which goes on: somebody must see to its end. */
  orphaned(connection: Connection): void
  /** The connection is over: forget it. */
  remove(connection: Connection): void
  /** The connection enters TIME-WAIT: the record takes its place. */
  timeWait(connection: Connection, record: TimeWait): void
  /** ABORT of a connection in TIME-WAIT (§3.10.5): its record goes, if it is still there. */
  abortTimeWait(connection: Connection): void
}
