/** A ladder as text: in one row what belongs together, or, in a terminal that is too narrow for that, below one another. */
import { widest } from './extremes.ts'
import { type Head, type LadderEvent, type LadderOptions, type LadderRow, ladderRows } from './ladder.ts'
import { alarming, faint, PLAIN, paintStates, type TextStyle, wrap } from './text-style.ts'

/** Columns that an arrow has beside its text: lifelines, spaces, and some of its line. */
const AROUND = 12
/** The least of them. */
const CLOSE = 8
/** Columns between the lifelines, however narrow the terminal is. */
const LEAST = 32

/**
 * Writes the ladder: an arrow for each segment, from the lifeline it leaves to the one it reaches, and the states that
 * the ends enter by it.
 */
export const formatLadder = (
  events: readonly LadderEvent[],
  options: LadderOptions,
  style: TextStyle = PLAIN,
): string => {
  const rows = ladderRows(events, options)
  const left = widest([options.names[0], ...rows.map(({ sides }) => sideText(sides[0]))])
  const right = widest([options.names[1], ...rows.map(({ sides }) => sideText(sides[1]))])
  const middle = widest(rows.map(({ arrow }) => arrow?.text ?? '')) + AROUND
  const time = widest(rows.map(timeText))
  const note = widest(rows.map(row => row.note))
  const fits = time + left + middle + right + note + 6 <= style.width
  const lines = fits
    ? besideLines(rows, options, { time, left, middle, right }, style)
    : belowLines(rows, options, time, style)
  return lines.map(line => line.trimEnd()).join('\n')
}

const timeText = ({ time }: LadderRow): string => time.toFixed(3)

const sideText = (texts: readonly string[]): string => texts.join(' → ')

interface Columns {
  readonly time: number
  readonly left: number
  readonly middle: number
  readonly right: number
}

/** States and notes beside the lifelines. */
const besideLines = (
  rows: readonly LadderRow[],
  { names }: LadderOptions,
  { time, left, middle, right }: Columns,
  { color }: TextStyle,
): string[] => [
  `${'ms'.padStart(time)}  ${names[0].padStart(left)} ${' '.repeat(middle)} ${names[1]}`,
  ...rows.map(row => {
    const [a, b] = [sideText(row.sides[0]).padStart(left), sideText(row.sides[1]).padEnd(right)]
    const states = (text: string): string => (color ? paintStates(text) : text)
    return `${timeText(row).padStart(time)}  ${states(a)} ${line(row, middle, color)} ${states(b)}  ${color ? faint(row.note) : row.note}`
  }),
]

/** States and notes in lines of their own, between the lifelines: the sender's above the arrow, the other's below. */
const belowLines = (
  rows: readonly LadderRow[],
  { names }: LadderOptions,
  time: number,
  { width, color }: TextStyle,
): string[] => {
  const middle = Math.max(LEAST, width - time - 2)
  const states = (text: string): string => (color ? paintStates(text) : text)
  const within = (a: string, b: string): string[] => {
    const room = middle - 4
    if (a === '' && b === '') return []
    if (a.length + b.length + 2 <= room)
      return [`│ ${states(a)}${' '.repeat(room - a.length - b.length)}${states(b)} │`]
    return [
      ...broken(a, room).map(part => `│ ${states(part.padEnd(room))} │`),
      ...broken(b, room).map(part => `│ ${states(part.padStart(room))} │`),
    ]
  }
  const centered = (text: string): string[] =>
    broken(text, middle - 4).map(part => {
      const room = middle - 2 - part.length
      return `│${' '.repeat(room >> 1)}${color ? faint(part) : part}${' '.repeat(room - (room >> 1))}│`
    })
  const linesOf = (row: LadderRow): string[] => {
    const [a, b] = [sideText(row.sides[0]), sideText(row.sides[1])]
    const { arrow, note } = row
    if (arrow === null) return within(a, b)
    const room = middle - CLOSE
    const [head, rest] = cut(arrow.text, room)
    const beside = rest === '' && note !== '' && head.length + 3 + note.length <= room
    const shown = { ...row, arrow: { ...arrow, text: beside ? `${head} · ${note}` : head } }
    return [
      ...(arrow.toRight ? within(a, '') : within('', b)),
      line(shown, middle, color),
      ...centered(rest),
      ...(beside ? [] : centered(note)),
      ...(arrow.toRight ? within('', b) : within(a, '')),
    ]
  }
  const [a, b] = names
  const heads =
    a.length + b.length + 2 <= middle
      ? [a + b.padStart(middle - a.length)]
      : [a.padEnd(middle), b.padStart(middle)]
  return [
    ...heads.map((head, i) => `${(i === 0 ? 'ms' : '').padStart(time)}  ${head}`),
    ...rows.flatMap(row =>
      linesOf(row).map((text, i) => `${(i === 0 ? timeText(row) : '').padStart(time)}  ${text}`),
    ),
  ]
}

const broken = (text: string, width: number): string[] => (text === '' ? [] : wrap(text, width).split('\n'))

/** Divides a segment's text: its arrow has a part, the line below the rest; options as a whole, if that is enough. */
const cut = (text: string, room: number): [string, string] => {
  if (text.length <= room) return [text, '']
  const options = text.indexOf(' (')
  if (options > 0 && options <= room) return [text.slice(0, options), text.slice(options + 1)]
  const space = text.lastIndexOf(' ', room)
  return space > 0 ? [text.slice(0, space), text.slice(space + 1)] : [text.slice(0, room), text.slice(room)]
}

/** `├─── text ──▶│`; `├─── text ┄┄┄│` only leaves, `│┄┄┄ text ──▶│` arrives, `├─── text ──✕ │` is lost. */
const line = ({ arrow }: LadderRow, width: number, color: boolean): string => {
  if (arrow === null) return `│${' '.repeat(width - 2)}│`
  const { toRight, head, text } = arrow
  const room = width - text.length - 2
  const tail = ROOT[head] + LINE[head].repeat(Math.ceil(room / 2) - 1)
  const tip = TIP[head].padStart(Math.floor(room / 2), head === 'leaves' ? '┄' : '─')
  const whole = toRight ? `${tail} ${text} ${tip}` : `${turned(tip)} ${text} ${turned(tail)}`
  return color && head === 'lost' ? alarming(whole) : whole
}

const ROOT: Record<Head, string> = { whole: '├', leaves: '├', lost: '├', arrives: '│' }
const LINE: Record<Head, string> = { whole: '─', leaves: '─', lost: '─', arrives: '┄' }
const TIP: Record<Head, string> = { whole: '▶│', leaves: '┄│', lost: '✕ │', arrives: '▶│' }

const MIRROR: Record<string, string> = { '├': '┤', '▶': '◀' }

const turned = (text: string): string =>
  [...text]
    .reverse()
    .map(c => MIRROR[c] ?? c)
    .join('')
