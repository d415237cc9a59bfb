/** The paths between the two hosts of a tunnel, one for each direction. */
import type { Clock } from '../base/clock.ts'
import type { Luck } from '../link/path/luck.ts'
import type { PathOptions } from '../link/path/options.ts'
import { Path } from '../link/path/path.ts'
import type { PathObserver } from '../link/path/transit.ts'
import type { PacketBatch } from '../wire/batch.ts'

/** The directions of a stream, as Toxiproxy calls them: what clients send, and what they receive. */
export type Stream = 'upstream' | 'downstream'

export const STREAMS: readonly Stream[] = ['upstream', 'downstream']

/** The part of its tunnel that a lane needs. */
export interface LaneContext {
  readonly clock: Clock
  /** Each path's own: what one loses changes no other's. */
  readonly luck: (stream: Stream) => Luck
  /** Sees each packet; null for nobody. */
  readonly observer: PathObserver | null
  /** True when packets go around a path that has nothing to do to them, though the observer then does not see them. */
  readonly around?: boolean | undefined
  readonly router: string
  /** Takes what has crossed, and when the last of it was due, ms. */
  readonly arrived: (stream: Stream, batch: PacketBatch, due: number) => void
}

export class Lane {
  readonly upstream: Path
  readonly downstream: Path
  readonly #faulty = { upstream: false, downstream: false }
  readonly #watched: boolean

  constructor(context: LaneContext) {
    this.#watched = context.observer !== null && context.around !== true
    const path = (name: Stream, back: Stream): Path =>
      new Path(
        {},
        {
          name,
          luck: context.luck(name),
          clock: context.clock,
          observer: context.observer,
          router: context.router,
          deliver: (batch, due) => context.arrived(name, batch, due),
          back: batch => this[back].enter(batch),
        },
      )
    this.upstream = path('upstream', 'downstream')
    this.downstream = path('downstream', 'upstream')
  }

  /** The faults that packets meet from now on; `faulty`: there are some. @throws as Path */
  set(stream: Stream, options: PathOptions, faulty: boolean): void {
    this[stream].options = options
    this.#faulty[stream] = faulty
  }

  /** Returns whether a packet of this direction may go past the path: nothing would befall it, and none is ahead of it there. */
  isClear(stream: Stream): boolean {
    return !this.#faulty[stream] && !this.#watched && this[stream].underWay === 0
  }

  /** Nothing is under way. */
  get isEmpty(): boolean {
    return this.upstream.underWay === 0 && this.downstream.underWay === 0
  }

  close(): void {
    this.upstream.close()
    this.downstream.close()
  }
}
