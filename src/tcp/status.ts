/** STATUS (§3.10.6): what can be told of a connection. */
import type { Address } from '../wire/address.ts'
import { INITIAL_CEP } from './block/accurate-ecn.ts'
import { blockOf, type ConnectionView as Connection } from './block/connection-view.ts'
import { ecnFeedback } from './block/ecn.ts'
import type { TimerKind } from './block/events.ts'
import { weightOf } from './block/memory.ts'
import type { RecoveryPhase } from './block/recovery-state.ts'
import { receiveWindow } from './queues/receive-window.ts'
import type { State } from './state.ts'

/** The answer of STATUS (RFC 9293 §3.10.6) for a connection, a listener or a TIME-WAIT record. */
export interface ConnectionStatus {
  readonly state: State
  readonly localAddress: Address
  readonly localPort: number
  readonly remoteAddress: Address
  readonly remotePort: number
  readonly active: boolean
  /** Bytes received and not yet read; for a listener, connections waiting to be accepted. */
  readonly receiveQueue: number
  /** Bytes sent or queued and not yet acknowledged. */
  readonly sendQueue: number
  /** Bytes of the host's memory that its queues take. */
  readonly memory: number
  /** The timer that is due next, or null. Times in ms. */
  readonly timer: { readonly kind: TimerKind; readonly expiresIn: number; readonly retries: number } | null
  /** Milliseconds since the connection began, and since it entered its state. */
  readonly age: number
  readonly stateAge: number
  /** Congestion window and slow-start threshold in bytes. */
  readonly cwnd: number
  readonly ssthresh: number
  /** Smoothed round-trip time and its variance in ms; -1 before the first sample. */
  readonly srtt: number
  readonly rttvar: number
  /** Retransmission timeout in ms, backoff included. */
  readonly rto: number
  /** Effective send MSS. */
  readonly mss: number
  /** The largest IPv4 packet it sends: the path MTU as far as it is known; 0 before the peer's SYN. */
  readonly pathMtu: number
  /** Windows in bytes: the peer's, and ours. */
  readonly sendWindow: number
  readonly receiveWindow: number
  readonly retransmissions: number
  /** The Diffserv field of the last segment from the peer, the ECN bits zero: DSCP × 4 (MAY-9). */
  readonly remoteTrafficClass: number
  /** The congestion controller’s name, and where loss recovery is. */
  readonly congestionControl: string
  readonly recovery: RecoveryPhase
  /** Bytes in flight, SACKed, and lost and waiting to be sent again. */
  readonly inFlight: number
  readonly sacked: number
  readonly lost: number
  /** The kind of ECN that was agreed on; and with accurate ECN the packets marked CE: the peer's that have come, and ours as it tells. */
  readonly ecn: 'none' | 'classic' | 'accurate'
  readonly marksReceived: number
  readonly marksDelivered: number
}

export const status = (c: Connection): ConnectionStatus => {
  const { now } = blockOf(c).env
  const { accurate } = c.ecn
  let timer: ConnectionStatus['timer'] = null
  for (const t of [c.retransmitTimer, c.delayedAckTimer, c.idleTimer]) {
    if (t.armed && (timer === null || t.deadline - now < timer.expiresIn))
      timer = {
        kind: t.kind,
        expiresIn: Math.max(0, t.deadline - now),
        retries: t.kind === 'keep-alive' ? c.troubles.keepAliveProbes : c.retries,
      }
  }
  return {
    state: c.state,
    localAddress: c.localAddress,
    localPort: c.localPort,
    remoteAddress: c.remoteAddress,
    remotePort: c.remotePort,
    active: c.active,
    receiveQueue: c.receiveQueue.length,
    sendQueue: c.sendQueue.length,
    memory: weightOf(c),
    timer,
    age: now - c.createdAt,
    stateAge: now - c.stateSince,
    cwnd: c.congestion.cwnd,
    ssthresh: c.congestion.ssthresh,
    srtt: c.rto.srtt,
    rttvar: c.rto.rttvar,
    rto: c.rto.value,
    mss: c.snd.mss,
    pathMtu: c.pathMtu.size,
    sendWindow: c.snd.wnd,
    receiveWindow: receiveWindow(c),
    retransmissions: c.troubles.retransmissions,
    remoteTrafficClass: c.rcv.trafficClass & 0xfc,
    congestionControl: c.congestion.name,
    recovery: c.recovery.phase,
    inFlight: c.flight.underWay,
    sacked: c.flight.sacked,
    lost: c.flight.lost,
    ecn: ecnFeedback(c),
    marksReceived: accurate === null ? 0 : accurate.r.cep - INITIAL_CEP,
    marksDelivered: accurate === null ? 0 : accurate.s.cep - INITIAL_CEP,
  }
}
