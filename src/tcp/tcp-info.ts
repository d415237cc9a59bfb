/** TCP_INFO: what Linux's getsockopt tells of a connection (struct tcp_info, tcp(7)), by its names and in its units. */
import { seqDiff } from '../wire/sequence.ts'
import { TIMESTAMPS_LENGTH } from '../wire/tcp.ts'
import { BEGINNING, INITIAL_CEP, OPTION_FAILED } from './block/accurate-ecn.ts'
import { blockOf, type ConnectionView as Connection } from './block/connection-view.ts'
import { asks } from './ecn/negotiation.ts'
import { receiveWindow } from './queues/receive-window.ts'
import type { State } from './state.ts'

/** Linux's numbers of the states. */
const STATE_NUMBERS: Readonly<Record<State, number>> = {
  ESTABLISHED: 1,
  SYN_SENT: 2,
  SYN_RECEIVED: 3,
  FIN_WAIT_1: 4,
  FIN_WAIT_2: 5,
  TIME_WAIT: 6,
  CLOSED: 7,
  CLOSE_WAIT: 8,
  LAST_ACK: 9,
  LISTEN: 10,
  CLOSING: 11,
}

/** TCPI_OPT_… */
const TIMESTAMPS = 1
const SACK = 2
const WINDOW_SCALE = 4
const ECN = 8
const ECN_SEEN = 16
const SYN_DATA = 32

/** TCP_CA_… */
const OPEN = 0
const DISORDER = 1
const CWR = 2
const RECOVERY = 3
const LOSS = 4

/** ssthresh as long as there was no loss. */
const INFINITE_SSTHRESH = 0x7fff_ffff

/**
 * The fields that mean something here. Times are µs but for `last_…` and `total_rto_time`, which are ms; rates bytes per
 * second. Counts of segments are bytes by the MSS, rounded up, where we count bytes.
 */
export interface TcpInfo {
  /** 1 ESTABLISHED … 11 CLOSING, as the kernel numbers them */
  readonly tcpi_state: number
  /** 0 open, 1 disorder, 2 window reduced by ECN, 3 recovery, 4 loss */
  readonly tcpi_ca_state: number
  /** Timeouts since the last progress */
  readonly tcpi_retransmits: number
  /** Probes of a shut window or of an idle peer that are unanswered */
  readonly tcpi_probes: number
  readonly tcpi_backoff: number
  /** Bits: 1 timestamps, 2 SACK, 4 window scale, 8 ECN, 16 ECN seen, 32 text on the SYN was taken */
  readonly tcpi_options: number
  readonly tcpi_snd_wscale: number
  readonly tcpi_rcv_wscale: number
  readonly tcpi_delivery_rate_app_limited: number
  /** 1 no cookie yet, 2 the text was not taken, 3 the SYN was sent again */
  readonly tcpi_fastopen_client_fail: number
  readonly tcpi_rto: number
  readonly tcpi_ato: number
  readonly tcpi_snd_mss: number
  readonly tcpi_rcv_mss: number
  /** Segments: in flight or lost, SACKed, lost, retransmitted and in flight */
  readonly tcpi_unacked: number
  readonly tcpi_sacked: number
  readonly tcpi_lost: number
  readonly tcpi_retrans: number
  /** Always 0, as in Linux since forward acknowledgment went */
  readonly tcpi_fackets: number
  /** ms ago */
  readonly tcpi_last_data_sent: number
  readonly tcpi_last_ack_sent: number
  readonly tcpi_last_data_recv: number
  readonly tcpi_last_ack_recv: number
  readonly tcpi_pmtu: number
  readonly tcpi_rcv_ssthresh: number
  readonly tcpi_rtt: number
  readonly tcpi_rttvar: number
  /** Segments; 2147483647 before the first loss */
  readonly tcpi_snd_ssthresh: number
  readonly tcpi_snd_cwnd: number
  readonly tcpi_advmss: number
  /** Segments by which one was seen to overtake others; 3 before */
  readonly tcpi_reordering: number
  readonly tcpi_rcv_rtt: number
  /** Bytes that the application has read in a round trip */
  readonly tcpi_rcv_space: number
  readonly tcpi_total_retrans: number
  /** 0: not paced */
  readonly tcpi_pacing_rate: number
  readonly tcpi_bytes_acked: number
  readonly tcpi_bytes_received: number
  readonly tcpi_segs_out: number
  readonly tcpi_segs_in: number
  readonly tcpi_notsent_bytes: number
  /** 0 before the first sample */
  readonly tcpi_min_rtt: number
  readonly tcpi_data_segs_in: number
  readonly tcpi_data_segs_out: number
  readonly tcpi_delivery_rate: number
  readonly tcpi_busy_time: number
  readonly tcpi_rwnd_limited: number
  readonly tcpi_sndbuf_limited: number
  readonly tcpi_delivered: number
  readonly tcpi_delivered_ce: number
  readonly tcpi_bytes_sent: number
  readonly tcpi_bytes_retrans: number
  /** ACKs with a D-SACK */
  readonly tcpi_dsack_dups: number
  /** 1 once reordering was seen */
  readonly tcpi_reord_seen: number
  readonly tcpi_rcv_ooopack: number
  readonly tcpi_snd_wnd: number
  readonly tcpi_rcv_wnd: number
  readonly tcpi_total_rto: number
  readonly tcpi_total_rto_recoveries: number
  readonly tcpi_total_rto_time: number
  /** 0 no ECN, 1 the classic kind, 2 accurate, 3 accurate asked for and not answered yet */
  readonly tcpi_ecn_mode: number
  /** The peer's AccECN options: 0 none yet, 1 an empty one, 2 good ones, 3 ones that cannot be believed */
  readonly tcpi_accecn_opt_seen: number
  /** Bits: 1 our SYN,ACK has fallen back, 2 the peer's ACE field is not believed, or our packets are mangled, 4 our option does not get through, 8 the peer's is not believed */
  readonly tcpi_accecn_fail_mode: number
  /** Accurate ECN: segments marked CE that have come; text bytes that the peer tells have come as ECT(1), ECT(0), CE; and to us */
  readonly tcpi_received_ce: number
  readonly tcpi_delivered_e1_bytes: number
  readonly tcpi_delivered_e0_bytes: number
  readonly tcpi_delivered_ce_bytes: number
  readonly tcpi_received_e1_bytes: number
  readonly tcpi_received_e0_bytes: number
  readonly tcpi_received_ce_bytes: number
}

const micro = (ms: number): number => Math.max(0, Math.round(ms * 1000))

const caState = (c: Connection): number => {
  switch (c.recovery.phase) {
    case 'open':
      return c.flight.sacked > 0 || c.recovery.duplicateAcks > 0 ? DISORDER : OPEN
    case 'reduction':
      return CWR
    case 'recovery':
      return RECOVERY
    case 'loss':
      return LOSS
  }
}

const optionBits = (c: Connection): number =>
  (c.timestamps ? TIMESTAMPS : 0) |
  (c.sack ? SACK : 0) |
  (c.scalingAgreed ? WINDOW_SCALE : 0) |
  (c.ecn.on ? ECN : 0) |
  (c.traffic.ecnSeen ? ECN_SEEN : 0) |
  (earlyTextTaken(c) ? SYN_DATA : 0)

/** All of the text of a SYN, ours or the peer's. */
const earlyTextTaken = ({ fastOpen }: Connection): boolean =>
  fastOpen !== null && (fastOpen.opened || (fastOpen.taken > 0 && fastOpen.taken >= fastOpen.text))

const fastOpenFailure = (c: Connection): number => {
  const f = c.fastOpen
  if (f === null || !c.active || !f.asked || f.delivered) return 0
  if (c.troubles.synRetransmissions > 0) return 3
  if (f.cookie?.length === 0) return 1
  return f.text > 0 && c.synchronized ? 2 : 0
}

const DISABLED = 0
const RFC3168 = 1
const ACCURATE = 2
const PENDING = 3

/** TCP_ACCECN_…_FAIL_… */
const ACE_FAIL_SEND = 1
const ACE_FAIL_RECEIVE = 2
const OPTION_FAIL_SEND = 4
const OPTION_FAIL_RECEIVE = 8

const accurateEcn = (c: Connection) => {
  const { ecn } = c
  const a = ecn.accurate
  const pending = c.state === 'SYN_SENT' && asks(c.options) === 'accurate'
  const { r, s } = a ?? { r: BEGINNING, s: BEGINNING }
  return {
    tcpi_ecn_mode: a !== null ? ACCURATE : ecn.on ? RFC3168 : pending ? PENDING : DISABLED,
    tcpi_accecn_opt_seen: a?.optionSeen ?? 0,
    tcpi_accecn_fail_mode:
      a === null
        ? 0
        : (a.claimedLess ? ACE_FAIL_SEND : 0) |
          (ecn.ect && a.heeds ? 0 : ACE_FAIL_RECEIVE) |
          (a.blocked ? OPTION_FAIL_SEND : 0) |
          (a.optionSeen === OPTION_FAILED ? OPTION_FAIL_RECEIVE : 0),
    // These counters of Linux's begin at zero.
    tcpi_received_ce: r.cep - INITIAL_CEP,
    tcpi_delivered_e1_bytes: s.e1b - BEGINNING.e1b,
    tcpi_delivered_e0_bytes: s.e0b - BEGINNING.e0b,
    tcpi_delivered_ce_bytes: s.ceb,
    tcpi_received_e1_bytes: r.e1b - BEGINNING.e1b,
    tcpi_received_e0_bytes: r.e0b - BEGINNING.e0b,
    tcpi_received_ce_bytes: r.ceb,
  }
}

/** TCP_INFO of a connection, in any state. */
export const tcpInfo = (c: Connection): TcpInfo => {
  const { traffic, troubles, rto, snd, rcv, congestion, rate } = c
  const { now } = blockOf(c).env
  const mss = Math.max(1, snd.mss)
  const segments = (bytes: number) => Math.ceil(bytes / mss)
  const since = (at: number) => Math.round(now - (at > 0 ? at : c.createdAt))
  const persisting = c.retransmitTimer.armed && c.retransmitTimer.kind === 'persist'
  const board = c.flight.segments(mss)
  return {
    tcpi_state: STATE_NUMBERS[c.state],
    tcpi_ca_state: caState(c),
    tcpi_retransmits: persisting ? 0 : c.retries,
    tcpi_probes: persisting ? c.retries : troubles.keepAliveProbes,
    tcpi_backoff: rto.backoff,
    tcpi_options: optionBits(c),
    tcpi_snd_wscale: snd.scale,
    tcpi_rcv_wscale: rcv.scale,
    tcpi_delivery_rate_app_limited: traffic.appLimited ? 1 : 0,
    tcpi_fastopen_client_fail: fastOpenFailure(c),
    tcpi_rto: micro(rto.value),
    tcpi_ato: micro(c.options.delayedAck),
    tcpi_snd_mss: snd.mss,
    tcpi_rcv_mss: rcv.mss,
    tcpi_unacked: c.synAcked ? board.unacked : c.inFlight > 0 ? board.unacked + 1 : 0,
    tcpi_sacked: board.sacked,
    tcpi_lost: board.lost,
    tcpi_retrans: board.retransmitted,
    tcpi_fackets: 0,
    tcpi_last_data_sent: since(c.sentAt),
    tcpi_last_ack_sent: since(c.ackSentAt),
    tcpi_last_data_recv: since(traffic.receivedAt),
    tcpi_last_ack_recv: since(c.receivedAt),
    tcpi_pmtu: c.pathMtu.size,
    tcpi_rcv_ssthresh: c.receiveBuffer.size,
    tcpi_rtt: micro(rto.srtt),
    tcpi_rttvar: micro(rto.rttvar),
    tcpi_snd_ssthresh: congestion.ssthresh >= 2 ** 30 ? INFINITE_SSTHRESH : segments(congestion.ssthresh),
    tcpi_snd_cwnd: segments(congestion.cwnd),
    tcpi_advmss: c.advertisedMss - (c.timestamps ? TIMESTAMPS_LENGTH : 0),
    tcpi_reordering: c.rack.reordering,
    tcpi_rcv_rtt: micro(c.receiveBuffer.roundTrip),
    tcpi_rcv_space: c.receiveBuffer.readPerRoundTrip,
    tcpi_total_retrans: troubles.retransmissions,
    tcpi_pacing_rate: Math.round(congestion.pacingRate * 1000),
    tcpi_bytes_acked: traffic.bytesAcked,
    tcpi_bytes_received: traffic.bytesReceived,
    tcpi_segs_out: c.segmentsOut,
    tcpi_segs_in: c.segmentsIn,
    tcpi_notsent_bytes: Math.max(0, seqDiff(c.sendEnd, c.synAcked ? snd.nxt : c.sendQueue.seq)),
    tcpi_min_rtt: micro(c.minRtt.value),
    tcpi_data_segs_in: traffic.segmentsIn,
    tcpi_data_segs_out: traffic.segmentsOut,
    tcpi_delivery_rate: Math.round(traffic.deliveryRate * 1000),
    tcpi_busy_time: micro(traffic.busy(now)),
    tcpi_rwnd_limited: micro(traffic.windowLimited(now)),
    tcpi_sndbuf_limited: micro(traffic.bufferLimited(now)),
    tcpi_delivered: segments(rate.delivered),
    tcpi_delivered_ce:
      c.ecn.accurate === null ? segments(troubles.bytesMarked) : c.ecn.accurate.s.cep - INITIAL_CEP,
    tcpi_bytes_sent: traffic.bytesSent,
    tcpi_bytes_retrans: troubles.bytesRetransmitted,
    tcpi_dsack_dups: troubles.duplicateSacks,
    tcpi_reord_seen: c.rack.reorderingSeen ? 1 : 0,
    tcpi_rcv_ooopack: troubles.outOfOrder,
    tcpi_snd_wnd: snd.wnd,
    tcpi_rcv_wnd: receiveWindow(c),
    tcpi_total_rto: troubles.timeouts,
    tcpi_total_rto_recoveries: troubles.timeoutRecoveries,
    tcpi_total_rto_time: Math.round(troubles.timeoutTime(now)),
    ...accurateEcn(c),
  }
}
