/** A slider below a field: it goes from stop to stop, as far apart as the values that one tries. */
import type { FaultName, OptionName } from '../../view/page/settings.tsx'

const PERCENTS = Array.from({ length: 50 }, (_, i) => (i + 1) / 100)

/** Stops as the plan of an experiment has its faults: parts of one, ms, bit/s, bytes. Each begins with what harms least. */
export const FAULT_STOPS: Readonly<Record<FaultName, readonly number[]>> = {
  loss: PERCENTS,
  delay: Array.from({ length: 50 }, (_, i) => (i + 1) * 10),
  jitter: Array.from({ length: 40 }, (_, i) => (i + 1) * 5),
  rate: [1e9, 1e8, 5e7, 2e7, 1e7, 5e6, 2e6, 1e6, 5e5, 256_000, 128_000, 64_000],
  queue: [1e6, 500_000, 256_000, 128_000, 64_000, 32_000, 16_000, 8000, 4000, 2000],
  reorder: PERCENTS,
  duplicate: PERCENTS,
  corrupt: PERCENTS,
  mtu: [1500, 1492, 1400, 1300, 1280, 1000, 800, 576, 296],
}

const ROUNDS = [10, 20, 50, 100, 200, 300, 500, 1000, 2000, 3000, 5000, 10_000, 30_000, 60_000, 120_000]

/** Ms. */
export const OPTION_STOPS: Readonly<Record<OptionName, readonly number[]>> = {
  msl: ROUNDS,
  minRto: ROUNDS,
  initialRto: ROUNDS,
  maxRto: ROUNDS,
  delayedAck: [0, 10, 20, 25, 40, 100, 200, 300, 400, 500],
  finWait2Timeout: ROUNDS,
}

/** The stop that is next to a value. */
export const stopAt = (stops: readonly number[], value: number): number => {
  const distance = (stop: number) => Math.abs(Math.log((stop + 1e-3) / (value + 1e-3)))
  return stops.reduce((best, stop, i) => (distance(stop) < distance(stops[best]!) ? i : best), 0)
}

interface SliderProps {
  readonly name: string
  readonly stops: readonly number[]
  /** Null when it is off. */
  readonly value: number | null
  /** The value, or that it is off, for those who hear it. */
  readonly text: string
  /** True when there is a place for "off" before all stops. */
  readonly canBeOff?: boolean
  readonly set: (value: number | null) => void
}

export const Slider = ({ name, stops, value, text, canBeOff = false, set }: SliderProps) => (
  <input
    type="range"
    aria-label={name}
    aria-valuetext={text}
    min={canBeOff ? -1 : 0}
    max={stops.length - 1}
    value={value === null ? -1 : stopAt(stops, value)}
    // The value counts when it is let go: each place on the way would be a change of its own.
    onChange={event => set(stops[event.currentTarget.valueAsNumber] ?? null)}
  />
)
