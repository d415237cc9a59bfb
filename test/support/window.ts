import type { Connection } from '../../src/tcp/block/connection.ts'
import type { CongestionControl } from '../../src/tcp/congestion/controller.ts'

/** Puts a connection's window and threshold, in bytes, where a test wants them; only controllers may do so otherwise. */
export const setWindow = (c: Connection, to: { cwnd?: number; ssthresh?: number }): void => {
  const control: CongestionControl = c.congestion
  Object.assign(control, to)
}
