/** One direction of a stream between two sockets, with stages that delay, cut or hold what passes. */
import type { Spliced } from './splice.ts'

/** A sink that takes bytes in order, and then their end. */
export interface Sink {
  push(chunk: Buffer): void
  end(): void
}

/** A stage that bytes go through on their way. */
export interface Stage extends Sink {
  /** The sink that it hands over to. */
  next: Sink
  /** True when it holds so much back that its source is to wait. */
  readonly full: boolean
  /** It leaves its place: what it holds is handed over at once, in order; to the stage that takes its place, if one does. */
  leave(heir?: Stage): void
  /** It is gone for good, and nothing takes its place. */
  removed?(): void
  /** The connection is over: nothing is handed over any more. */
  stop(): void
}

export class Flow {
  /** Bytes that have come from the source. */
  bytes = 0
  readonly #from: Spliced
  readonly #to: Spliced
  readonly #reached: (then: () => void) => void
  readonly #stages: Stage[] = []
  #paused = false
  #ended = false
  #closes = false

  /** @param reached calls back when the far end of `to` knows of the connection: before, it is not closed for both directions */
  constructor(from: Spliced, to: Spliced, reached: (then: () => void) => void) {
    this.#from = from
    this.#to = to
    this.#reached = reached
    from.on('data', (chunk: Buffer) => {
      this.bytes += chunk.length
      this.#first.push(chunk)
      this.balance()
    })
    from.on('end', () => this.end())
    to.on('drain', () => this.balance())
  }

  /** Puts a stage behind those that are there. */
  add(stage: Stage): void {
    stage.next = this.#last
    const before = this.#stages.at(-1)
    if (before !== undefined) before.next = stage
    this.#stages.push(stage)
  }

  /** Has a stage leave; those behind it get what it holds. */
  remove(stage: Stage): void {
    const at = this.#stages.indexOf(stage)
    if (at < 0) return
    stage.leave()
    this.#stages.splice(at, 1)
    const before = this.#stages[at - 1]
    if (before !== undefined) before.next = stage.next
    this.balance()
  }

  /** Another stage takes the place of one that leaves. */
  replace(stage: Stage, other: Stage): void {
    const at = this.#stages.indexOf(stage)
    if (at < 0) return
    other.next = stage.next
    this.#stages[at] = other
    const before = this.#stages[at - 1]
    if (before !== undefined) before.next = other
    stage.leave(other)
    this.balance()
  }

  /** Reads from the source as long as those behind it take what comes. Stages call it when they are full no more. */
  readonly balance = (): void => {
    const paused = this.#to.writableNeedDrain || this.#stages.some(stage => stage.full)
    if (paused === this.#paused) return
    this.#paused = paused
    if (paused) this.#from.pause()
    else this.#from.resume()
  }

  /** The source has ended, or is gone. */
  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#first.end()
  }

  /** From now on the end of the stream closes its sink for both directions, when all that was written is delivered. */
  closeAtEnd(): void {
    this.#closes = true
  }

  /** The connection is over. */
  stop(): void {
    for (const stage of this.#stages) stage.stop()
  }

  get #first(): Sink {
    return this.#stages[0] ?? this.#last
  }

  readonly #last: Sink = {
    push: chunk => {
      if (chunk.length > 0 && !this.#to.destroyed && !this.#to.writableEnded) this.#to.write(chunk)
    },
    end: () => {
      if (this.#to.destroyed) return
      if (!this.#closes) this.#to.end()
      else if (this.#to.connecting && this.#to.writableLength === 0) this.#to.destroy()
      else {
        if (this.#to.writable) this.#to.end()
        this.#reached(() => this.#to.destroySoon())
      }
    },
  }
}
