import type { Clock } from '../base/clock.ts'
import type { Link } from '../ip/link.ts'
import { checkOptions, type KindsOf, OBJECT } from '../wire/option-kinds.ts'
import type { Luck } from './path/luck.ts'
import type { PathOptions } from './path/options.ts'
import { Path } from './path/path.ts'
import type { PathObserver } from './path/transit.ts'

/** The paths between the two links, one for each direction. By default they do nothing. */
export interface BridgePaths {
  readonly aToB?: PathOptions
  readonly bToA?: PathOptions
}

/** Two links joined by emulated paths. */
export interface Bridge {
  /** Their options may be changed while packets flow. */
  readonly aToB: Path
  readonly bToA: Path
  /** Closes both links. */
  close(): void
}

/**
 * Relays what each of two links delivers to the other through an emulated path, and starts at once. With two TUN
 * devices, each in a network namespace of its own, it is the network between two kernels. Super-segments of a
 * device with offload are cut into packets before they meet anything.
 * @throws RangeError for what is no probability, delay, rate, size or address, naming the option
 */
export const bridge = (
  linkA: Link,
  linkB: Link,
  paths: BridgePaths,
  luck: Luck,
  clock: Clock,
  observer: PathObserver | null = null,
): Bridge => {
  checkOptions('paths', paths, { aToB: OBJECT, bToA: OBJECT } satisfies KindsOf<BridgePaths>)
  const aToB: Path = new Path(paths.aToB ?? {}, {
    name: 'a→b',
    luck,
    clock,
    observer,
    deliver: batch => linkB.transmit(batch),
    back: batch => bToA.enter(batch),
  })
  const bToA: Path = new Path(paths.bToA ?? {}, {
    name: 'b→a',
    luck,
    clock,
    observer,
    deliver: batch => linkA.transmit(batch),
    back: batch => aToB.enter(batch),
  })
  linkA.start(batch => aToB.enter(batch))
  linkB.start(batch => bToA.enter(batch))
  return {
    aToB,
    bToA,
    close() {
      aToB.close()
      bToA.close()
      linkA.close()
      linkB.close()
    },
  }
}
