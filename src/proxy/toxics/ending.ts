/** Toxics about the end of a connection: slow_close, timeout, reset_peer, limit_data. */
import type { Alarm } from '../../base/clock.ts'
import type { Stage } from '../flow.ts'
import { PassingStage, type StageContext } from './stage.ts'

/** A stage that may close the connection: what has passed it is delivered, and what comes from then on is lost. */
abstract class ClosingStage extends PassingStage {
  protected closed = false

  /** Closes it, once. */
  protected readonly close = (): void => {
    if (this.closed) return
    this.closed = true
    this.context.closing()
    this.next.end()
  }

  override end(): void {
    if (!this.closed) this.next.end()
  }
}

/** The end of the stream comes `delay` ms late. */
export class SlowClose extends PassingStage {
  readonly #delay: number
  #alarm: Alarm | null = null

  constructor(context: StageContext, attributes: { readonly delay: number }) {
    super(context)
    this.#delay = attributes.delay
  }

  override end(): void {
    const { clock } = this.context
    this.#alarm = clock.schedule(clock.now() + this.#delay, () => {
      this.#alarm = null
      this.next.end()
    })
  }

  override leave(heir?: Stage): void {
    if (this.#alarm === null) return
    this.stop()
    const next = heir ?? this.next
    next.end()
  }

  override stop(): void {
    if (this.#alarm !== null) this.context.clock.cancel(this.#alarm)
    this.#alarm = null
  }
}

/** Nothing gets through, and what comes is lost; after `timeout` ms the connection ends, with 0 when the toxic leaves. */
export class Timeout extends ClosingStage {
  #alarm: Alarm | null = null

  constructor(context: StageContext, attributes: { readonly timeout: number }) {
    super(context)
    const { clock } = context
    if (attributes.timeout > 0) this.#alarm = clock.schedule(clock.now() + attributes.timeout, this.close)
  }

  override push(): void {}

  override end(): void {
    this.close()
  }

  removed(): void {
    this.close()
  }

  override stop(): void {
    if (this.#alarm !== null) this.context.clock.cancel(this.#alarm)
    this.#alarm = null
  }
}

/** Ends the connection by a reset `timeout` ms after the first bytes or the end, which are lost: sooner if the toxic leaves. */
export class ResetPeer extends PassingStage {
  override full = false
  readonly #timeout: number
  #alarm: Alarm | null = null

  constructor(context: StageContext, attributes: { readonly timeout: number }) {
    super(context)
    this.#timeout = attributes.timeout
  }

  override push(): void {
    const { clock, reset } = this.context
    if (this.#timeout <= 0) reset()
    else this.#alarm ??= clock.schedule(clock.now() + this.#timeout, reset)
    this.full = true
  }

  override end(): void {
    this.push()
  }

  override leave(): void {
    const pending = this.#alarm !== null
    this.stop()
    if (pending) this.context.reset()
  }

  override stop(): void {
    if (this.#alarm !== null) this.context.clock.cancel(this.#alarm)
    this.#alarm = null
    this.full = false
  }
}

/** The bytes that a connection has had through a limit: the count outlives a change of the limit. */
export interface Transmitted {
  bytes: number
}

/** The connection ends when `bytes` have passed. */
export class LimitData extends ClosingStage {
  readonly #limit: number
  readonly #transmitted: Transmitted

  constructor(context: StageContext, attributes: { readonly bytes: number }, transmitted: Transmitted) {
    super(context)
    this.#limit = attributes.bytes
    this.#transmitted = transmitted
  }

  override push(chunk: Buffer): void {
    const left = Math.max(0, this.#limit - this.#transmitted.bytes)
    const part = chunk.subarray(0, left)
    this.#transmitted.bytes += part.length
    if (part.length > 0) this.next.push(part)
    if (this.#transmitted.bytes >= this.#limit) this.close()
  }
}
