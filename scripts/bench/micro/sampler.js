/** Times a small operation many times over. */
import { quantile } from '../statistics.js'

/** The length of one sample, ms: short enough that most of them are not interrupted, long enough for the clock. */
const SAMPLE = 2
const WARM_UP = 150
const MOST_ROUNDS = 2 ** 30

const timeOf = (run, rounds) => {
  const start = performance.now()
  const operations = run(rounds)
  return { ms: performance.now() - start, operations }
}

/** Rounds that take about so many ms; meanwhile the code is compiled. */
const calibrate = run => {
  let rounds = 1
  for (const end = performance.now() + WARM_UP; performance.now() < end; ) {
    const { ms } = timeOf(run, rounds)
    if (ms < SAMPLE / 2) rounds = Math.min(MOST_ROUNDS, 2 * rounds)
    else rounds = Math.max(1, Math.round((rounds * SAMPLE) / ms))
  }
  return rounds
}

/**
 * All operations have turns, so that a slow minute of the machine is in the quartiles of each.
 * @param operations name → run: does so many rounds and returns how many operations those were
 * @param count samples of each
 * @returns name → { median, low, high }: ns an operation, with the first and the third quartile of the samples
 */
export const sampleAll = (operations, count) => {
  const all = Object.entries(operations).map(([name, run]) => ({
    name,
    run,
    rounds: calibrate(run),
    values: [],
  }))
  globalThis.gc?.()
  for (let i = 0; i < count; i++)
    for (const { run, rounds, values } of all) {
      const { ms, operations } = timeOf(run, rounds)
      values.push((ms * 1e6) / operations)
    }
  return Object.fromEntries(
    all.map(({ name, values }) => [
      name,
      { median: quantile(values, 0.5), low: quantile(values, 0.25), high: quantile(values, 0.75) },
    ]),
  )
}
