/** TCP_INFO as Linux has it for a socket of a script. */
import type { StreamSocket } from '../posix/stream-socket.ts'
import { INFO_OPTIONS, TCP_STATES } from '../posix/tcp-info.ts'
import type { ConnectionView as Connection } from '../tcp/block/connection-view.ts'
import { status } from '../tcp/status.ts'
import { tcpInfo } from '../tcp/tcp-info.ts'
import { type Seq, seqDiff } from '../wire/sequence.ts'

/** The fields that scripts may ask for; of a socket without a connection only its state is known. */
export const linuxInfo = (socket: StreamSocket | null): Readonly<Record<string, number>> => {
  if (socket === null) return {}
  const c = socket.connection
  if (c !== null) return { ...tcpInfo(c), ...otherwise(c) }
  return { tcpi_state: (socket.listener === null ? TCP_STATES.TCP_CLOSE : TCP_STATES.TCP_LISTEN)! }
}

/** The fields that Linux counts otherwise than {@link tcpInfo} says them. */
const otherwise = (c: Connection): Record<string, number> => {
  let lost = 0
  let again = 0
  const mss = Math.max(1, c.snd.mss)
  for (let t = c.flight.first; t !== null; t = t.next) {
    if (t.lost && !t.sacked) lost += Math.ceil(t.length / mss)
    // The SYN has carried it, and its SYN,ACK has not taken it.
    if (!t.retransmitted && t.underWay && isEarlyText(c, t.seq)) again += Math.ceil(t.length / mss)
  }
  return {
    tcpi_retrans: tcpInfo(c).tcpi_retrans + again,
    // A TIME-WAIT record takes the socket's place; and what was half open and is reset has had a socket, with fast open.
    tcpi_state:
      c.state === 'TIME_WAIT' || c.state === 'LISTEN' ? TCP_STATES.TCP_CLOSE! : tcpInfo(c).tcpi_state,
    tcpi_lost: lost,
    // Opened by a cookie alone there was no text on the SYN.
    tcpi_options:
      c.fastOpen?.opened && c.fastOpen.text === 0
        ? tcpInfo(c).tcpi_options & ~INFO_OPTIONS.TCPI_OPT_SYN_DATA!
        : tcpInfo(c).tcpi_options,
    // Counted from the handshake's end as long as nothing has come.
    ...(c.traffic.receivedAt < 0 ? { tcpi_last_data_recv: Math.round(status(c).stateAge) } : {}),
    // The SYN counts as delivered, with its text as one.
    tcpi_delivered:
      Math.ceil((c.rate.delivered - (c.fastOpen?.delivered ? c.fastOpen.text : 0)) / mss) +
      (c.synAcked ? 1 : 0),
  }
}

const isEarlyText = (c: Connection, seq: Seq): boolean => {
  const f = c.fastOpen
  return f !== null && !f.opened && c.synAcked && seqDiff(seq, c.snd.iss) <= f.text
}
