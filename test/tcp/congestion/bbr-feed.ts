import { Bbr } from '../../../src/tcp/congestion/bbr/bbr.ts'
import type { BbrState } from '../../../src/tcp/congestion/bbr/block.ts'
import type { AckSample, CongestionControl, LostSegment } from '../../../src/tcp/congestion/controller.ts'
import { ack, MSS } from './samples.ts'

/** A controller and what it is told: a path of 100 ms that delivers 100 bytes per ms, ACK by ACK. */
export class Feed {
  readonly bbr = new Bbr(1)
  now = 0
  delivered = 10 * MSS
  /** A second name for it that shows all of the interface. */
  readonly control: CongestionControl = this.bbr

  constructor(segments = 10) {
    this.control.start(MSS, segments * MSS, 0, 'none')
  }

  ack(over: Partial<AckSample> = {}): void {
    this.now += 10
    this.delivered += MSS
    this.bbr.acknowledged(
      ack({
        now: this.now,
        totalDelivered: this.delivered,
        priorDelivered: this.delivered - 10 * MSS,
        deliveryRate: 100,
        cwndLimited: false,
        ...over,
      }),
    )
  }

  until(state: BbrState, over: Partial<AckSample> = {}): void {
    for (let n = 0; n < 1000 && this.bbr.state !== state; n++) this.ack(over)
  }

  lose(over: Partial<LostSegment> = {}): void {
    this.bbr.lost({
      now: this.now,
      seq: 0,
      size: MSS,
      sentInFlight: 10 * MSS,
      lostSince: MSS,
      totalDelivered: this.delivered,
      appLimited: false,
      ...over,
    })
  }
}
