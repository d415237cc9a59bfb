/** Tunnels in virtual time. */
import type { Lane } from '../../src/proxy/lane.ts'
import { Tunnel } from '../../src/proxy/tunnel.ts'
import { benchmarkPrefixes } from '../../src/sim/benchmark-addresses.ts'
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import { VirtualClock } from '../../src/sim/virtual-clock.ts'

/** Those of the near host and of the far one. */
export const PREFIXES = [benchmarkPrefixes(1)[0], benchmarkPrefixes(2)[0]] as const

/** `lane` adds one; `pump` lets so many milliseconds pass, each in a turn of the event loop. */
export const makeTunnel = () => {
  const clock = new VirtualClock()
  const tunnel = new Tunnel({
    names: ['near', 'far'],
    prefixes: PREFIXES,
    clock,
    random: new SeededRandom(1),
    tcp: {},
    memory: {},
    trace: null,
    observer: null,
    shared: null,
  })
  const lane = (): Lane => tunnel.lane(stream => new SeededRandom(stream))
  const pump = async (rounds: number): Promise<void> => {
    for (; rounds > 0; rounds--) {
      await new Promise(resolve => setImmediate(resolve))
      clock.advance(1)
    }
  }
  return { clock, tunnel, lane, pump }
}
