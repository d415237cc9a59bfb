/** The sum of numbers. */
export const sum = (numbers: readonly number[]): number => numbers.reduce((all, n) => all + n, 0)

/** The numbers of several records of one kind, added up; the rest is as the first one has it. */
export const together = <T extends object>(all: readonly T[]): T => {
  const [first, ...others] = all
  return Object.fromEntries(
    Object.entries(first ?? {}).map(([name, value]) => [
      name,
      typeof value === 'number' ? value + sum(others.map(other => other[name as keyof T] as number)) : value,
    ]),
  ) as T
}
