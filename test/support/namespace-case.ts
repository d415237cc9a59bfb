/** For modules whose cases run one by one, each in a process and a namespace of its own: see namespace.ts. */
export const runCase = async (cases: Record<string, () => Promise<void>>): Promise<void> => {
  const name = process.argv[2]
  if (name === undefined) return
  const run = cases[name]
  if (run === undefined) throw new Error(`no case '${name}'`)
  await run()
}

/** Waits until something holds, looking at it every few milliseconds; the test's time-out is the limit. */
export const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise(resolve => setTimeout(resolve, 5))
}
