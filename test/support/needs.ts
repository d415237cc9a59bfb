/**
 * Tests that need a right or a tool. Where it is missing they are skipped, with the reason in their title; with NO_SKIPS set,
 * as CI has it, they fail instead, so that a run cannot be green by not running.
 */
import test, { type ExecutionContext } from 'ava'
import { programPath } from './program-path.ts'

export { programPath } from './program-path.ts'

/** The reason why one of the tools cannot be used here, or null. */
export const missingTools = (...tools: readonly string[]): string | null => {
  const missing = tools.filter(tool => programPath(tool) === null)
  return missing.length === 0 ? null : `not installed: ${missing.join(', ')}`
}

type Body<Args extends unknown[]> = (t: ExecutionContext, ...args: Args) => void | Promise<void>

/** Declares tests that run only where nothing is missing; `why` is the reason if something is. */
export const testUnless =
  (why: string | null, declare: typeof test | typeof test.serial = test) =>
  <Args extends unknown[]>(title: string, body: Body<Args>, ...args: Args): void => {
    if (why === null) declare(title, t => body(t, ...args))
    else if (process.env.NO_SKIPS) declare(title, t => t.fail(`no test may be skipped here: ${why}`))
    else test.skip(`${title} (${why})`, t => body(t, ...args))
  }
