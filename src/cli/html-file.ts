/** Writes pages to files. */
import { writePrivate } from '../trace/private-file.ts'
import type { OptionSpec } from './arguments.ts'
import { Failure } from './command.ts'

export const HTML_OPTION: OptionSpec = {
  value: 'FILE',
  help: 'Write pictures instead: one HTML file that needs nothing else; - for standard output.',
}

export const TEXT_OPTION: OptionSpec = { help: 'With --html FILE: print the text too.' }

/**
 * Writes it, and says so where standard output is not the page's.
 * @param say by default on standard output
 * @throws Failure when it cannot be written
 */
export const writePage = (
  path: string,
  page: string,
  say: (line: string) => void = line => console.log(line),
): void => {
  try {
    if (path === '-') process.stdout.write(page)
    else {
      writePrivate(path, page)
      say(`written: ${path} (open it in a browser)`)
    }
  } catch (error) {
    throw new Failure(`the page cannot be written: ${(error as Error).message}`)
  }
}
