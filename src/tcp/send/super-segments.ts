/** The size of a super-segment: it decides where PSH and retransmissions stand. */
import { aceFlags } from '../../wire/accurate-ecn.ts'
import { CWR, TCP_HEADER } from '../../wire/tcp.ts'
import type { Connection } from '../block/connection.ts'
import { sendMss } from './mss.ts'

/** GSO_LEGACY_MAX_SIZE, bytes. */
const LARGEST = 65_536

/** Pacing rates that Linux reckons with, in windows a round trip: in slow start, and later. */
const SLOW_START_GAIN = 2
const AVOIDANCE_GAIN = 1.2

/** tcp_tso_rtt_log: each so many microseconds of round trip halve what is added. */
const HALVING = 512

/** The largest IP packet, and so the largest super-segment, less the options that TCP may have on it. */
const LARGEST_SUPER_SEGMENT = 65_535 - TCP_HEADER - 40

/**
 * Devices take CWR from all segments but the first that they cut from a large one (RFC 3168 §6.1.2). Of an ACE field that has
 * the bit all must have it (RFC 9768 §3.3.4).
 */
const changesWhenCut = ({ ecn: { accurate } }: Connection): boolean =>
  accurate !== null && (aceFlags(accurate.r.cep) & CWR) !== 0

/** The largest text of one segment that the link takes, super-segments included: at least one MSS. */
export const mostText = (c: Connection, mss = sendMss(c)): number => {
  const { segmentation, header } = c.env.route(c)
  if (!segmentation || changesWhenCut(c)) return mss
  const room = LARGEST_SUPER_SEGMENT - header
  return Math.max(mss, room - (room % mss))
}

/**
 * Text bytes that may leave at once. Where the option `tsoSegments` asks for it that is what the pacing rate lets leave
 * in a millisecond, more on short paths, and no more than half of either window (as Linux's TSO autosizing has it); else
 * as much as the link takes.
 */
export const largestText = (c: Connection, mss = sendMss(c)): number => {
  const most = mostText(c, mss)
  const least = c.options.tsoSegments
  if (least === 0) return most
  const { cwnd, ssthresh } = c.congestion
  const { srtt } = c.rto
  let bytes = LARGEST
  if (srtt > 0) {
    const gain = cwnd < ssthresh / 2 ? SLOW_START_GAIN : AVOIDANCE_GAIN
    const inMillisecond = (gain * Math.max(cwnd, c.flight.underWay) * 1000) / (srtt * 1024)
    const halvings = Math.floor((Math.max(0, c.minRtt.value) * 1000) / HALVING)
    bytes = Math.min(LARGEST, inMillisecond + (c.minRtt.value < 0 ? 0 : Math.floor(LARGEST / 2 ** halvings)))
  }
  const wanted = Math.max(least, Math.floor(bytes / mss))
  const halfCwnd = Math.max(1, Math.floor(cwnd / mss / 2))
  const halfWindow = Math.max(1, Math.floor(c.snd.maxWnd / 2 / mss))
  return Math.min(most, Math.min(wanted, halfCwnd, halfWindow) * mss)
}
