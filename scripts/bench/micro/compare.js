/** Two runs side by side, as if the machine had been as fast in both. */
import { REFERENCE } from './reference.js'

/** Less than this is noise, whatever the quartiles say. */
const TOLERANCE = 0.1

/**
 * The change of an operation: 'slower' or 'faster' when the middle halves of the samples do not overlap and the medians
 * differ by more than a tenth, else ''.
 * @param now, before { median, low, high } in ns
 */
export const verdict = (now, before) => {
  const ratio = now.median / before.median
  if (ratio > 1 + TOLERANCE && now.low > before.high) return 'slower'
  if (ratio < 1 / (1 + TOLERANCE) && now.high < before.low) return 'faster'
  return ''
}

const scaled = ({ median, low, high }, factor) => ({
  median: median * factor,
  low: low * factor,
  high: high * factor,
})

/** The factor by which the machine itself takes longer now; 1 when that is not known. */
export const machineFactor = (now, before) => {
  const [a, b] = [now.results[REFERENCE], before?.results[REFERENCE]]
  return a === undefined || b === undefined ? 1 : a.median / b.median
}

/**
 * @param now, before { results: name → { median, low, high } }; `before` may be null
 * @returns rows { name, now, before: as measured, or undefined, ratio, verdict }, the last two corrected by the machine's
 */
export const compareRuns = (now, before) => {
  const factor = machineFactor(now, before)
  return Object.entries(now.results).map(([name, result]) => {
    const earlier = before?.results[name]
    if (earlier === undefined) return { name, now: result, before: undefined, ratio: Number.NaN, verdict: '' }
    if (name === REFERENCE) return { name, now: result, before: earlier, ratio: factor, verdict: '' }
    const expected = scaled(earlier, factor)
    return {
      name,
      now: result,
      before: earlier,
      ratio: result.median / expected.median,
      verdict: verdict(result, expected),
    }
  })
}
