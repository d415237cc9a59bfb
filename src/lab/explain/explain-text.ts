/** Explained connections as text. */
import { formatLadder } from '../../trace/ladder-text.ts'
import { beginnings, segmentText } from '../../trace/observed-segment.ts'
import { fit, PLAIN, paintStates, type TextStyle, wrap } from '../../trace/text-style.ts'
import type { ExplainedSegment, Explanation, ReplayedTransition } from './replay.ts'
import { startOf, told, toldLadder } from './told.ts'

const seconds = (ms: number): string => (ms / 1000).toFixed(6)

/** `connection 3`, or `connection 3 at eth0`. */
export const connectionName = ({ number, place }: Explanation): string =>
  `connection ${number}${place === null ? '' : ` at ${place}`}`

/** One line: who, how much, how long, and where it ends. */
export const headline = (e: Explanation): string => {
  const [first, last] = [e.segments[0], e.segments.at(-1)]
  const lasted = (last?.segment.time ?? 0) - (first?.segment.time ?? 0)
  return `${connectionName(e)}: ${e.ends[0]} → ${e.ends[1]}  ${e.segments.length} segments in ${seconds(lasted)} s, ${e.bytes[0]} bytes →, ${e.bytes[1]} bytes ←${e.joined ? ', joined in the middle' : ''}`
}

const ending = (e: Explanation, style: TextStyle): string[] => {
  const states = `  at the end of the capture: ${e.ends[0]} ${e.states[0]}, ${e.ends[1]} ${e.states[1]}`
  return [painted(fit(states, style), style), ...e.remarks.map(remark => fit(`  ! ${remark}`, style))]
}

const painted = (text: string, { color }: TextStyle): string => (color ? paintStates(text) : text)

/** The column of what happens in a log: the time stands before it, and an arrow or nothing. */
const HAPPENS = 16

/** A line that is too long goes on below what happens. */
const logLine = (start: string, parts: readonly string[], { width }: TextStyle): string => {
  const line = start + parts.join('  ').trimEnd()
  if (line.length <= width) return line
  const below = `\n${' '.repeat(HAPPENS)}`
  return (
    start +
    parts
      .filter(part => part !== '')
      .map(part => wrap(part, width - HAPPENS, HAPPENS))
      .join(below)
  )
}

/** A line for each segment and what it does, and for each transition; where the style has a width, several. */
export function* explanationLog(e: Explanation, style: TextStyle = PLAIN): Generator<string> {
  const begin = beginnings(e.segments.map(({ segment }) => segment))
  const start = startOf(e)
  yield fit(headline(e), style)
  const transition = (t: ReplayedTransition): string =>
    painted(
      logLine(
        ' '.repeat(HAPPENS - 2),
        [`${e.ends[t.end]}  ${t.from} → ${t.to}`, `${t.event}  ${t.section}`],
        style,
      ),
      style,
    )
  for (const { segment, from, what, before, after } of told(e)) {
    yield* before.map(transition)
    const time = `${seconds(segment.time - start).padStart(HAPPENS - 4)}  ${from === 0 ? '→' : '←'} `
    yield logLine(time, [segmentText(segment, begin), what.join('; ')], style)
    yield* after.map(transition)
  }
  yield* ending(e, style)
}

/** The ladder, with what each segment does at its right. Times are ms from the first segment on. */
export const explanationLadder = (e: Explanation, style: TextStyle): string[] => {
  const { events, what } = toldLadder(e)
  return [
    fit(headline(e), style),
    formatLadder(
      events,
      {
        names: e.ends,
        isLeft: endpoint => endpoint === e.ends[0],
        begin: beginnings(e.segments.map(({ segment }) => segment)),
        note: segment => what.get(segment)?.join('; ') ?? '',
      },
      style,
    ),
    ...ending(e, style),
  ]
}

const segmentObject = (e: Explanation, { segment, from, what }: ExplainedSegment): object => {
  const { time, seq, ack, flags, window, length, sack } = segment
  return { time, from: e.ends[from], seq, ack, flags, window, length, sack, what }
}

const transitionObject = (e: Explanation, t: ReplayedTransition): object => {
  const { time, segment, end, from, to, event, section } = t
  return { time, segment, end: e.ends[end], from, to, event, section }
}

/** The same as JSON for programs, a line for each segment and each transition; times in ms since 1970. */
export function* explanationJson(e: Explanation): Generator<string> {
  const { number, place, ends, joined, bytes, states, remarks } = e
  yield `${JSON.stringify({ number, ...(place === null ? {} : { interface: place }), ends, joined, bytes, states, remarks }).slice(0, -1)},`
  yield '"segments": ['
  yield* separated(e.segments, segment => JSON.stringify(segmentObject(e, segment)))
  yield '],'
  yield '"transitions": ['
  yield* separated(e.transitions, transition => JSON.stringify(transitionObject(e, transition)))
  yield ']}'
}

function* separated<T>(all: readonly T[], text: (one: T) => string): Generator<string> {
  for (const [i, one] of all.entries()) yield `${text(one)}${i + 1 < all.length ? ',' : ''}`
}
