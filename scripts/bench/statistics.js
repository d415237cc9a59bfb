/** Medians, spreads and ratios of a few repetitions. */

/** The value in the middle, or the mean of the two there; NaN of nothing. */
export const median = values => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length / 2
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** The q-quantile (0 to 1), between neighbours in proportion; NaN of nothing. */
export const quantile = (values, q) => {
  const sorted = [...values].sort((a, b) => a - b)
  const at = q * (sorted.length - 1)
  const low = sorted[Math.floor(at)]
  const high = sorted[Math.ceil(at)]
  return low + (high - low) * (at - Math.floor(at))
}

/** Half the distance between the extremes, in relation to the median; 0 of one value, or of a median of 0. */
export const spread = values => {
  const middle = median(values)
  if (values.length < 2 || middle === 0) return 0
  return (Math.max(...values) - Math.min(...values)) / 2 / Math.abs(middle)
}

/**
 * The median of the ratios of what was measured side by side: `values` and `baseline` map repetitions to values, and those
 * that only one of them has do not count. NaN when there is nothing to compare.
 */
export const pairedRatio = (values, baseline) => {
  const ratios = []
  for (const [repetition, value] of values) {
    const base = baseline.get(repetition)
    if (base !== undefined && base !== 0) ratios.push(value / base)
  }
  return median(ratios)
}
