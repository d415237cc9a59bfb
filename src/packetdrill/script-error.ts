/** A place in a script: line and column count from 1. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** A script that cannot be read: says where, and shows the line. */
export class ScriptError extends Error {
  readonly file: string
  readonly line: number
  readonly column: number

  constructor(file: string, text: string, at: Position, problem: string) {
    super(`${file}:${at.line}:${at.column}: ${problem}\n${excerpt(text, at)}`)
    this.name = 'ScriptError'
    this.file = file
    this.line = at.line
    this.column = at.column
  }
}

/** The line of a script with a mark under the column. */
export const excerpt = (text: string, { line, column }: Position): string => {
  const shown = (text.split('\n')[line - 1] ?? '').trimEnd()
  const number = String(line).padStart(5)
  // Tabs stay tabs, so that the mark stands where the eye expects it.
  const indent = shown.slice(0, column - 1).replace(/[^\t]/g, ' ')
  return `${number} | ${shown}\n${' '.repeat(5)} | ${indent}^`
}
