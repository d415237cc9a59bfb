/**
 * Networks of hosts and routers in virtual time, all from one seed.
 * @module tuntcp/sim
 */

export { Ladder } from './ladder.ts'
export {
  createNetwork,
  type Network,
  type NetworkHost,
  type NetworkHostOptions,
  type NetworkLink,
  type NetworkOptions,
} from './network.ts'
export type { Router } from './router.ts'
export { SeededRandom } from './seeded-random.ts'
export { VirtualClock } from './virtual-clock.ts'
