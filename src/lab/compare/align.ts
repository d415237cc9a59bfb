/** Lays two lists side by side so that as much as possible of them is paired. */

/** Larger tables are not filled: lists that long are paired as they come. */
const MOST_CELLS = 4e6

/** Pairs of places that go together, in order; null where one has nothing that goes with it. */
export type Pairing<T> = readonly (readonly [T | null, T | null])[]

/** The longest common subsequence by `key`, and what is not of it between. */
export const align = <T>(left: readonly T[], right: readonly T[], key: (value: T) => string): Pairing<T> => {
  const [a, b] = [left.map(key), right.map(key)]
  const pairs: [T | null, T | null][] = []
  let i = 0
  let j = 0
  // Beginnings are mostly the same.
  for (; i < a.length && j < b.length && a[i] === b[j]; i++, j++) pairs.push([left[i]!, right[j]!])
  const [n, m] = [a.length - i, b.length - j]
  if (n * m > MOST_CELLS) {
    for (; i < a.length; i++) pairs.push([left[i]!, null])
    for (; j < b.length; j++) pairs.push([null, right[j]!])
    return pairs
  }
  const [i0, j0] = [i, j]
  // best[x][y]: how much can be paired from x and y on.
  const best = new Uint32Array((n + 1) * (m + 1))
  for (let x = n - 1; x >= 0; x--)
    for (let y = m - 1; y >= 0; y--)
      best[x * (m + 1) + y] =
        a[i0 + x] === b[j0 + y]
          ? best[(x + 1) * (m + 1) + y + 1]! + 1
          : Math.max(best[(x + 1) * (m + 1) + y]!, best[x * (m + 1) + y + 1]!)
  while (i < a.length && j < b.length) {
    const [x, y] = [i - i0, j - j0]
    if (a[i] === b[j]) pairs.push([left[i++]!, right[j++]!])
    else if (best[(x + 1) * (m + 1) + y]! >= best[x * (m + 1) + y + 1]!) pairs.push([left[i++]!, null])
    else pairs.push([null, right[j++]!])
  }
  for (; i < a.length; i++) pairs.push([left[i]!, null])
  for (; j < b.length; j++) pairs.push([null, right[j]!])
  return pairs
}
