/** CUBIC as tests begin with it. */
import type { CongestionControl } from '../../../src/tcp/congestion/controller.ts'
import { Cubic } from '../../../src/tcp/congestion/cubic.ts'
import { loseOne, MSS } from './samples.ts'

/** In slow start, with a window of so many segments. */
export const begun = (segments: number, fastConvergence = true): CongestionControl => {
  const c = new Cubic(fastConvergence)
  c.start(MSS, segments * MSS, 0)
  return c
}

/** In congestion avoidance, brought there by a loss at `segments`. */
export const after = (segments: number): CongestionControl => {
  const c = begun(segments)
  loseOne(c, 0)
  return c
}
