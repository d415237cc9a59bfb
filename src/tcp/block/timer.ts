import type { TimerKind } from './events.ts'

/** A timer of one owner, which the host's timing wheel arms. */
export interface Timer {
  /** The kind that it is at the moment. */
  kind: TimerKind
  /** Milliseconds on the host's clock; meaningless unless {@link armed}. */
  readonly deadline: number
  readonly armed: boolean
}

/** In place of a timer that does not run. */
export const NO_TIMER: Readonly<Timer> = { kind: 'retransmission', deadline: 0, armed: false }
