/** struct tcp_info as getsockopt(TCP_INFO) fills it on Linux, from a connection's state. */
import type { Connection } from '../tcp/connection.ts'
import type { State } from '../tcp/state.ts'
import { seqDiff } from '../wire/sequence.ts'

/** include/net/tcp_states.h */
export const TCP_STATES: Readonly<Record<string, number>> = {
  TCP_ESTABLISHED: 1,
  TCP_SYN_SENT: 2,
  TCP_SYN_RECV: 3,
  TCP_FIN_WAIT1: 4,
  TCP_FIN_WAIT2: 5,
  TCP_TIME_WAIT: 6,
  TCP_CLOSE: 7,
  TCP_CLOSE_WAIT: 8,
  TCP_LAST_ACK: 9,
  TCP_LISTEN: 10,
  TCP_CLOSING: 11,
}

const STATE: Readonly<Record<State, number>> = {
  ESTABLISHED: 1,
  SYN_SENT: 2,
  SYN_RECEIVED: 3,
  FIN_WAIT_1: 4,
  FIN_WAIT_2: 5,
  // The socket's own view: a TIME-WAIT record has taken its place.
  TIME_WAIT: 7,
  CLOSED: 7,
  CLOSE_WAIT: 8,
  LAST_ACK: 9,
  LISTEN: 10,
  CLOSING: 11,
}

/** enum tcp_ca_state */
export const CA_STATES: Readonly<Record<string, number>> = {
  TCP_CA_Open: 0,
  TCP_CA_Disorder: 1,
  TCP_CA_CWR: 2,
  TCP_CA_Recovery: 3,
  TCP_CA_Loss: 4,
}

/** Bits of {@link TcpInfo.options}. */
export const INFO_OPTIONS: Readonly<Record<string, number>> = {
  TCPI_OPT_TIMESTAMPS: 1,
  TCPI_OPT_SACK: 2,
  TCPI_OPT_WSCALE: 4,
  TCPI_OPT_ECN: 8,
  TCPI_OPT_ECN_SEEN: 16,
  TCPI_OPT_SYN_DATA: 32,
}

/** "No threshold yet", as Linux says it. */
const INFINITE_SSTHRESH = 0x7fff_ffff

/** Names without the prefix `tcpi_`. Times in microseconds or, where Linux has them so, milliseconds. */
export type TcpInfo = Readonly<Record<string, number>>

const segments = (bytes: number, mss: number): number => Math.ceil(bytes / mss)

const caState = (c: Connection): number => {
  const { recovery, flight } = c
  if (recovery.phase === 'open') return flight.sacked > 0 || recovery.duplicateAcks > 0 ? 1 : 0
  return { reduction: 2, recovery: 3, loss: 4 }[recovery.phase]
}

/** Counts of segments in flight, as Linux counts them. */
const inFlight = (c: Connection) => {
  const mss = c.snd.mss
  const counts = { unacked: 0, sacked: 0, lost: 0, retrans: 0 }
  for (let t = c.flight.first; t !== null; t = t.next) {
    const n = segments(t.length, mss)
    counts.unacked += n
    if (t.sacked) counts.sacked += n
    if (t.lost) counts.lost += n
    if (t.retransmitted && t.underWay) counts.retrans += n
  }
  return counts
}

export const tcpInfo = (c: Connection): TcpInfo => {
  const { now } = c.env
  const mss = c.snd.mss
  const { ssthresh, cwnd } = c.congestion
  const { srtt, rttvar } = c.rto
  const us = (ms: number): number => Math.max(0, Math.round(ms * 1000))
  return {
    state: STATE[c.state],
    ca_state: caState(c),
    retransmits: c.retries,
    probes: c.retransmitTimer.kind === 'persist' ? c.retries : c.keepAliveProbes,
    backoff: c.rto.backoff,
    options:
      (c.timestamps ? INFO_OPTIONS.TCPI_OPT_TIMESTAMPS! : 0) |
      (c.sack ? INFO_OPTIONS.TCPI_OPT_SACK! : 0) |
      (c.scalingAgreed ? INFO_OPTIONS.TCPI_OPT_WSCALE! : 0) |
      (c.ecn.on ? INFO_OPTIONS.TCPI_OPT_ECN! : 0),
    snd_wscale: c.snd.scale,
    rcv_wscale: c.rcv.scale,
    rto: us(c.rto.value),
    ato: us(c.options.delayedAck),
    snd_mss: mss,
    rcv_mss: c.rcv.mss,
    ...inFlight(c),
    last_data_sent: Math.round(now - c.sentAt),
    last_ack_recv: Math.round(now - c.receivedAt),
    last_data_recv: Math.round(now - c.textAt),
    pmtu: c.env.mtu(c.remoteAddress),
    rtt: us(Math.max(0, srtt)),
    rttvar: us(rttvar),
    // Arbitrarily high at first (RFC 5681 §3.1).
    snd_ssthresh: ssthresh >= 2 ** 30 ? INFINITE_SSTHRESH : Math.floor(ssthresh / mss),
    snd_cwnd: Math.floor(cwnd / mss),
    advmss: c.advertisedMss - (c.timestamps ? 12 : 0),
    reordering: c.rack.reordering,
    reord_seen: c.rack.reorderingSeen ? 1 : 0,
    total_retrans: c.retransmissions,
    min_rtt: us(Math.max(0, c.minRtt.value)),
    // Linux counts the SYN.
    delivered: (c.synAcked ? 1 : 0) + segments(c.rate.delivered, mss),
    notsent_bytes: Math.max(0, seqDiff(c.sendEnd, c.snd.nxt)),
    snd_wnd: c.snd.wnd,
    bytes_retrans: c.bytesRetransmitted,
  }
}
