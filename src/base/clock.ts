import type { Phase, Turn } from './turns.ts'

/** A callback and its time. {@link Clock.schedule} returns it, {@link Clock.cancel} takes it. */
export interface Alarm {
  /** Milliseconds on the clock that made it. */
  readonly at: number
}

/** The time as a host sees it. The core never reads another. */
export interface Clock {
  /** Milliseconds, with fraction, never going back. The origin is the clock's own. */
  now(): number
  /** Calls back once, not before `at` (ms). */
  schedule(at: number, callback: () => void): Alarm
  cancel(alarm: Alarm): void
  /** Calls back soon: at this time, after the caller has returned and turns that wait, before any alarm. */
  defer(callback: () => void): void
  /**
   * Calls back at this time in a turn of its own, as an event loop does. The default phase is `poll`. Without this method an
   * alarm that is due at once stands in for it.
   */
  turn?(callback: Turn, phase?: Phase): void
  /**
   * Calls back before the event loop polls the next time, where a round of turns may follow from it, or at the end of the round under
   * way: for what a kernel would do meanwhile. Without this method an alarm that is due at once stands in for it.
   */
  meanwhile?(callback: () => void): void
  /** Its turns may leave a rest (NativeRest of turns.ts), which it sees to. Without this property they are called whole. */
  readonly takesRests?: boolean
  /** Its turns take time, so that readers may be given their share of it. Without this property none passes meanwhile. */
  readonly timesTurns?: boolean
}

/** Random numbers as a host needs them: unpredictable in production, from a seed in tests. */
export interface Random {
  /** Uniform in [0, 2^32). */
  uint32(): number
}
