/** Writes pages to files. */
import { writePrivate } from '../trace/private-file.ts'
import type { OptionSpec } from './arguments.ts'
import { Failure } from './command.ts'

export const HTML_OPTION: OptionSpec = {
  value: 'FILE',
  help: 'Write pictures instead: one HTML file that needs nothing else; - for standard output.',
}

export const TEXT_OPTION: OptionSpec = { help: 'With --html FILE: print the text too.' }

/** Writes lines to standard error where standard output is `taken`: a page, or what a program reads, is alone there. */
export const sayBeside =
  (taken: boolean) =>
  (line: string): void =>
    taken ? console.error(line) : console.log(line)

/**
 * Writes it, and says so unless it goes to standard output.
 * @param say writes a line where it is in nobody's way
 * @throws Failure when it cannot be written
 */
export const writePage = (path: string, page: string, say: (line: string) => void): void => {
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
