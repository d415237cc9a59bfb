import type { AckSample, CongestionControl } from '../../../src/tcp/congestion/controller.ts'

export const MSS = 1000

/** An ACK for a segment, in a flow that uses its window, but for what is said otherwise. */
export const ack = (over: Partial<AckSample> = {}): AckSample => {
  const acked = over.acked ?? MSS
  return {
    now: 0,
    acked,
    delivered: acked,
    lost: 0,
    markedPackets: 0,
    marked: 0,
    priorInFlight: 10 * MSS,
    inFlight: 10 * MSS - acked,
    cwndLimited: true,
    recovering: false,
    afterTimeout: false,
    sack: false,
    rtt: 100,
    minRtt: 100,
    srtt: 100,
    deliveryRate: 0,
    appLimited: false,
    totalDelivered: 0,
    priorDelivered: 0,
    sentInFlight: 10 * MSS,
    lostSince: 0,
    una: 0,
    nxt: 2 ** 20,
    ...over,
  }
}

/** One round trip of ACKs for the whole window, spread from `now` on; returns when it is over. */
export const round = (
  control: CongestionControl,
  now: number,
  over: Partial<AckSample> = {},
  rtt = 100,
): number => {
  const acks = Math.max(1, Math.floor(control.cwnd / MSS))
  for (let n = 1; n <= acks; n++) control.acknowledged(ack({ now: now + (n * rtt) / acks, ...over }))
  return now + rtt
}

/** Loss, fast recovery without anything between, and its end, as recovery does it with PRR. */
export const loseOne = (control: CongestionControl, now: number, inFlight = control.cwnd): void => {
  control.congestion('loss', inFlight, now)
  control.cwnd = control.ssthresh
  control.recovered(now)
}
