/** A hook of node:module: vitest and jest are {@link file://./runner.ts}. */
export const resolve = (
  specifier: string,
  context: object,
  next: (...args: unknown[]) => unknown,
): unknown =>
  specifier === 'vitest' || specifier === '@jest/globals'
    ? { url: new URL('./runner.js', import.meta.url).href, shortCircuit: true }
    : next(specifier, context)
