/** The layout of text for the place where it is read: a terminal has a width and colours, a pipe has neither. */
import { STATES, type State } from '../tcp/state.ts'

export interface TextStyle {
  /** Columns of a line; infinite where nothing is broken. */
  readonly width: number
  readonly color: boolean
}

/** For a file or a program. */
export const PLAIN: TextStyle = { width: Number.POSITIVE_INFINITY, color: false }

/** Breaks a text into lines of at most `width` characters, each after the first indented. */
export const wrap = (text: string, width: number, indent = 0): string => {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  lines.push(line)
  return lines.join(`\n${' '.repeat(indent)}`)
}

/** Breaks each line that is too long; what follows is indented by two columns more than its beginning. */
export const fit = (text: string, { width }: TextStyle): string =>
  text
    .split('\n')
    .map(line => {
      if (line.length <= width) return line
      const [start] = /^ */.exec(line)!
      const indent = start.length + (/^\p{L}/u.test(line) ? 0 : 2)
      return start + wrap(line.trim(), width - indent, indent)
    })
    .join('\n')

const COLORS: Partial<Record<State, number>> = {
  LISTEN: 36,
  ESTABLISHED: 32,
  CLOSE_WAIT: 33,
  TIME_WAIT: 35,
  CLOSED: 90,
}

export const paintState = (state: State): string => {
  const code = COLORS[state]
  return code === undefined ? state : `\x1b[${code}m${state}\x1b[0m`
}

const NAMES = new RegExp(`\\b(?:${STATES.join('|')})\\b`, 'g')

/** Paints the states that a text names. */
export const paintStates = (text: string): string => text.replace(NAMES, name => paintState(name as State))

export const faint = (text: string): string => (text === '' ? '' : `\x1b[2m${text}\x1b[22m`)

export const alarming = (text: string): string => `\x1b[31m${text}\x1b[39m`
