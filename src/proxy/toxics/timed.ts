/** Toxics that let all bytes through, at their times: latency, bandwidth, slicer. */
import { type StageContext, TimedStage } from './stage.ts'

/** The most that Toxiproxy's latency holds: 1024 chunks of 32 KiB. */
const LATENCY_HOLDS = 32 << 20
/** A chunk from a socket. */
const CHUNK = 65_536
/** A low rate goes out in pieces of so long, ms. */
const PIECE = 100

/** Each chunk is `latency` ± `jitter` ms late, in order. */
export class Latency extends TimedStage {
  protected readonly most = LATENCY_HOLDS
  readonly #latency: number
  readonly #jitter: number

  constructor(context: StageContext, attributes: { readonly latency: number; readonly jitter: number }) {
    super(context)
    this.#latency = attributes.latency
    this.#jitter = attributes.jitter
  }

  protected take(chunk: Buffer, came: number): void {
    const { luck } = this.context
    const jitter = this.#jitter > 0 ? luck.below(2 * this.#jitter) - this.#jitter : 0
    this.later(chunk, came, came + this.#latency + jitter)
  }
}

/** `rate` kilobytes (1000 bytes) a second; 0 lets nothing through. */
export class Bandwidth extends TimedStage {
  protected readonly most = CHUNK
  /** Bytes a ms. */
  readonly #rate: number
  /** The time at which all that has come will have gone, ms. */
  #busyUntil = 0

  constructor(context: StageContext, attributes: { readonly rate: number }) {
    super(context)
    this.#rate = attributes.rate
  }

  protected take(chunk: Buffer, came: number): void {
    const rate = this.#rate
    if (rate <= 0) {
      this.later(chunk, came, Number.POSITIVE_INFINITY)
      return
    }
    const piece = Math.max(1, Math.floor(rate * PIECE))
    this.#busyUntil = Math.max(this.#busyUntil, this.context.clock.now())
    for (let at = 0; at < chunk.length; at += piece) {
      const part = chunk.subarray(at, at + piece)
      this.#busyUntil += part.length / rate
      this.later(part, came, this.#busyUntil)
    }
  }

  override end(): void {
    const now = this.context.clock.now()
    this.later(null, now, this.#rate > 0 ? this.lastDue : Number.POSITIVE_INFINITY)
  }
}

/** Chunks are cut into slices of `averageSize` ± `sizeVariation` bytes, `delay` microseconds apart. */
export class Slicer extends TimedStage {
  protected readonly most = CHUNK
  readonly #size: number
  readonly #variation: number
  readonly #delay: number
  /** The time at which the next slice may go, ms. */
  #free = 0

  constructor(
    context: StageContext,
    attributes: {
      readonly average_size: number
      readonly size_variation: number
      readonly delay: number
    },
  ) {
    super(context)
    this.#size = Math.max(1, attributes.average_size)
    this.#variation = Math.max(0, Math.min(attributes.size_variation, this.#size - 1))
    this.#delay = Math.max(0, attributes.delay) / 1000
  }

  protected take(chunk: Buffer, came: number): void {
    this.#free = Math.max(this.#free, this.context.clock.now())
    for (const [start, end] of this.#slices(0, chunk.length)) {
      this.later(chunk.subarray(start, end), came, this.#free)
      this.#free += this.#delay
    }
  }

  /** Halves what is too large, until nothing is: that varies the sizes evenly. */
  #slices(start: number, end: number): (readonly [number, number])[] {
    if (end - start - this.#size <= this.#variation) return [[start, end]]
    const shift = this.#variation > 0 ? this.context.luck.below(2 * this.#variation) - this.#variation : 0
    const middle = Math.min(end - 1, Math.max(start + 1, start + ((end - start) >> 1) + shift))
    return [...this.#slices(start, middle), ...this.#slices(middle, end)]
  }
}
