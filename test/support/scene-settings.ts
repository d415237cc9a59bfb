import type { MemoryOptions } from '../../src/host/memory/options.ts'
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import type { TcpOptions } from '../../src/tcp/block/options.ts'
import { congestionControls } from '../../src/tcp/congestion/registry.ts'
import type { SceneSettings } from './hostile-scene.ts'

/** Packets come for about three minutes of a scene's time, ms. */
const PACKETS_TAKE = 180_000

/** A scene of both families with all stimuli, its options drawn from the seed. */
export const sceneSettings = (seed: number, packets: number): SceneSettings => {
  const random = new SeededRandom(`settings of ${seed}`)
  const of = <T>(...choice: readonly T[]): T => choice[random.below(choice.length)]!
  const mostly = () => random.chance(0.8)
  const tcp: Partial<TcpOptions> = {
    backlog: of(2, 32, 32, 128),
    timeWaitRecords: of(0, 16, 256),
    receiveBuffer: of(2048, 16_384, 16_384, 65_536, 1 << 20),
    sendBuffer: of(4096, 16_384, 65_536, 1 << 20),
    reassemblySegments: of(4, 64, 4096),
    minMss: of(48, 536),
    timestamps: mostly(),
    windowScaling: mostly(),
    sack: mostly(),
    lossDetection: of('rack', 'rack', 'sack'),
    tailLossProbe: mostly(),
    frto: mostly(),
    noDelay: random.chance(0.5),
    ecn: of('off', 'passive', 'on', 'accurate', 'accurate-passive', 'accurate-classic'),
    accEcnOption: of('never', 'needed', 'always', 'persistent'),
    congestionControl: of(...congestionControls()),
    synCookies: of('auto', 'auto', 'always', 'never'),
    fastOpen: random.chance(0.5),
    fastOpenCookies: mostly(),
    fastOpenPending: of(1, 128),
    deferAccept: of(0, 0, 0, 2),
    mtuProbing: of('off', 'blackhole', 'on'),
    challengeAcks: of(1, 10, 1000),
    keepAlive: random.chance(0.3),
    keepAliveIdle: of(500, 60_000),
    keepAliveInterval: 1000,
    userTimeoutOption: random.chance(0.3),
    sourceRoutes: random.chance(0.3),
    minRto: of(200, 1000),
    delayedAck: of(0, 40, 200),
    orphanProbes: of(0, 8),
    timeWaitIgnoresRst: random.chance(0.5),
    pathMtuDiscovery: mostly(),
  }
  const memory: Partial<MemoryOptions> = of<Partial<MemoryOptions>>(
    {},
    {},
    { high: 2 << 20 },
    { high: 512 << 10 },
    { peerHalfOpen: 4, peerBytes: 200_000 },
    { orphans: 4, orphanTime: 5000 },
  )
  const rest = { knowing: of(0, 0.2, 0.5), visitEvery: of(200, 1000) }
  const comesRound = of(0, 2 ** 31, 2 ** 32)
  const start = comesRound === 0 ? 0 : comesRound - random.below(PACKETS_TAKE)
  return { seed, packets, families: [4, 6], tcp, memory, ...rest, start, whole: of(0, 1, 8, 128) }
}
