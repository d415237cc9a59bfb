import type { Connection } from '../block/connection.ts'
import type { LossReader, Transmission } from './transmission.ts'

/** Tells a connection's congestion controller of each transmission that is found lost. */
export class LossReport implements LossReader {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  takeLost(t: Transmission): void {
    const c = this.#connection
    c.congestion.lost?.({
      now: c.env.now,
      seq: t.seq,
      size: t.length,
      sentInFlight: t.sentInFlight,
      lostSince: c.flight.lostInAll - t.lostBefore,
      totalDelivered: c.rate.delivered,
      appLimited: t.appLimited,
    })
  }
}
