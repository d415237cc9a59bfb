/** Names of options as people write them: unknown ones are refused, with the one that was probably meant. */

/** The number of letters that must be put in, left out, exchanged, or swapped with their neighbour to make one word of the other. */
const distance = (a: string, b: string): number => {
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const changed = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, changed, swapped ? before[j - 2]! + 1 : changed)
    }
    before = row
    row = next
  }
  return row[b.length]!
}

/** Longer ones are no slips of the pen, and would take long to compare. */
const LONGEST = 64

/** Letters of a beginning by which a word is known. */
const SHORTEST_BEGINNING = 3

/**
 * The known word that is nearest to one that is not, or else the only one that begins with it; null when there is none. Case
 * counts for little.
 */
export const nearest = (word: string, known: readonly string[]): string | null => {
  if (word.length > LONGEST) return null
  const [best] = known
    .map(name => ({ name, far: distance(word.toLowerCase(), name.toLowerCase()) }))
    .filter(({ name, far }) => far <= Math.max(1, Math.floor(name.length / 3)))
    .sort((a, b) => a.far - b.far)
  if (best !== undefined) return best.name
  if (word.length < SHORTEST_BEGINNING) return null
  const [only, another] = known.filter(name => name.toLowerCase().startsWith(word.toLowerCase()))
  return another === undefined ? (only ?? null) : null
}

/** `: did you mean 'time'?` and what there is. */
export const instead = (word: string, known: readonly string[]): string => {
  const meant = nearest(word, known)
  return `${meant === null ? '.' : `: did you mean '${meant}'?`} There are ${known.join(', ')}`
}

/** The names of an object of options: all of them, which the compiler sees to. */
export type NamesOf<T> = Readonly<Record<keyof Required<T>, true>>

/**
 * Refuses names that an object of options does not have; what is no object, other checks refuse.
 * @param what errors call the object: `options`
 * @throws TypeError ERR_INVALID_ARG_VALUE, with the name that was probably meant
 */
export const checkNames = (what: string, given: unknown, known: Readonly<Record<string, unknown>>): void => {
  if (typeof given !== 'object' || given === null) return
  for (const name of Object.keys(given))
    if (!Object.hasOwn(known, name))
      throw Object.assign(
        new TypeError(`The property '${what}.${name}' does not exist${instead(name, Object.keys(known))}`),
        { code: 'ERR_INVALID_ARG_VALUE' },
      )
}
