/** The largest and smallest of as many as there are: arguments of a call would have to fit the stack. */

/** The largest of the numbers; `least` when there are none, or only smaller ones. */
export const largest = (numbers: Iterable<number>, least = Number.NEGATIVE_INFINITY): number => {
  let most = least
  for (const number of numbers) if (number > most) most = number
  return most
}

/** The smallest of the numbers; `most` when there are none, or only larger ones. */
export const smallest = (numbers: Iterable<number>, most = Number.POSITIVE_INFINITY): number => {
  let least = most
  for (const number of numbers) if (number < least) least = number
  return least
}

/** The length of the longest of the texts in characters, and `least` at least. */
export const widest = (texts: Iterable<string>, least = 0): number => {
  let most = least
  for (const { length } of texts) if (length > most) most = length
  return most
}

/** Adds all to the end of an array. */
export const pushAll = <T>(to: T[], all: Iterable<T>): void => {
  for (const one of all) to.push(one)
}
