/** Where pages are written to. */
import { writePrivate } from '../trace/private-file.ts'
import type { OptionSpec } from './arguments.ts'
import { Failure } from './command.ts'

export const HTML_OPTION: OptionSpec = {
  value: 'FILE',
  help: 'Write pictures: one HTML file that needs nothing else. - for standard output, and nothing else there.',
}

/** @throws Failure when it cannot be written */
export const writePage = (path: string, page: string): void => {
  try {
    if (path === '-') process.stdout.write(page)
    else writePrivate(path, page)
  } catch (error) {
    throw new Failure(`the page cannot be written: ${(error as Error).message}`)
  }
}
