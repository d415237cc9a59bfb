import type { Seq } from '../../wire/sequence.ts'
import type { Connection } from '../block/connection.ts'
import type { LostSegment } from '../congestion/controller.ts'
import type { LossReader, Transmission } from './transmission.ts'

/** Tells a connection's congestion controller of each transmission that is found lost. */
export class LossReport implements LostSegment, LossReader {
  now = 0
  seq: Seq = 0
  size = 0
  sentInFlight = 0
  lostSince = 0
  totalDelivered = 0
  appLimited = false
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  takeLost(t: Transmission): void {
    const c = this.#connection
    this.now = c.env.now
    this.seq = t.seq
    this.size = t.length
    this.sentInFlight = t.sentInFlight
    this.lostSince = c.flight.lostInAll - t.lostBefore
    this.totalDelivered = c.rate.delivered
    this.appLimited = t.appLimited
    c.congestion.lost?.(this)
  }
}
