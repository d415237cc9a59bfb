/** Explained connections as text. */
import { formatLadder } from '../../trace/ladder-text.ts'
import { beginnings, segmentText } from '../../trace/observed-segment.ts'
import type { TextStyle } from '../../trace/text-style.ts'
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

const ending = (e: Explanation): string[] => [
  `  at the end of the capture: ${e.ends[0]} ${e.states[0]}, ${e.ends[1]} ${e.states[1]}`,
  ...e.remarks.map(remark => `  ! ${remark}`),
]

/** A line for each segment and what it does, and for each transition. */
export function* explanationLog(e: Explanation): Generator<string> {
  const begin = beginnings(e.segments.map(({ segment }) => segment))
  const start = startOf(e)
  yield headline(e)
  const transition = (t: ReplayedTransition): string =>
    `${' '.repeat(14)}${e.ends[t.end]}  ${t.from} → ${t.to}  ${t.event}  ${t.section}`
  for (const { segment, from, what, before, after } of told(e)) {
    yield* before.map(transition)
    yield `${seconds(segment.time - start).padStart(12)}  ${from === 0 ? '→' : '←'} ${segmentText(segment, begin)}  ${what.join('; ')}`.trimEnd()
    yield* after.map(transition)
  }
  yield* ending(e)
}

/** The ladder, with what each segment does at its right. Times are ms from the first segment on. */
export const explanationLadder = (e: Explanation, style: TextStyle): string[] => {
  const { events, what } = toldLadder(e)
  return [
    headline(e),
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
    ...ending(e),
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
