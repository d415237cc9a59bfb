/** 12 300: groups of three. */
export const thousands = value => String(value).replace(/\B(?=(\d{3})+$)/g, ' ')

/** Three digits that mean something: 0.0123, 1.23, 123, 12 300. */
export const digits = value => {
  if (value === 0) return '0'
  const size = Math.floor(Math.log10(Math.abs(value)))
  if (size < 3) return value.toFixed(Math.min(6, Math.max(0, 2 - size)))
  return thousands(Math.round(value / 10 ** (size - 2)) * 10 ** (size - 2))
}
