import type { Connection } from '../../tcp/block/connection.ts'
import { rounded } from './records.ts'

/** A threshold above this is none yet. */
const NO_THRESHOLD = 2 ** 30
const MS_PER_S = 1000
const BITS = 8

/** The metrics of recovery, by the names that qlog has for them: bytes, ms, and bits per second. */
export const metricsOf = (c: Connection): readonly (readonly [string, number])[] => {
  const { congestion, rto, flight, minRtt, retries } = c
  return [
    ['congestion_window', Math.floor(congestion.cwnd)],
    ...(congestion.ssthresh < NO_THRESHOLD ? [['ssthresh', Math.floor(congestion.ssthresh)] as const] : []),
    ['bytes_in_flight', flight.underWay],
    ...(rto.srtt < 0
      ? []
      : ([
          ['smoothed_rtt', rounded(rto.srtt)],
          ['rtt_variance', rounded(rto.rttvar)],
        ] as const)),
    ...(minRtt.value >= 0 ? [['min_rtt', rounded(minRtt.value)] as const] : []),
    ['pto_count', retries],
    ...(congestion.pacingRate > 0
      ? [['pacing_rate', Math.round(congestion.pacingRate * MS_PER_S * BITS)] as const]
      : []),
  ]
}
