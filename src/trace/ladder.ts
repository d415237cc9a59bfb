/** A ladder, or sequence diagram, of what passes between two ends: its rows. */
import { type Beginnings, isLost, type ObservedSegment, segmentText } from './observed-segment.ts'

/** The events between two ends, in order. Times are milliseconds. */
export type LadderEvent =
  | { readonly kind: 'sent' | 'arrived'; readonly time: number; readonly segment: ObservedSegment }
  /** An end (0 is the left one) enters a state, or its application does something. */
  | { readonly kind: 'mark'; readonly time: number; readonly end: 0 | 1; readonly text: string }

export interface LadderOptions {
  /** Names of the two ends, left and right. */
  readonly names: readonly [string, string]
  /** Returns whether an address and port is the left end's; all else is the right one's. */
  readonly isLeft: (endpoint: string) => boolean
  readonly begin: Beginnings
  /** The note at the right of a segment; by default the reason for sending it, and its fate. */
  readonly note?: (segment: ObservedSegment) => string
}

export type Head = 'whole' | 'leaves' | 'arrives' | 'lost'

/** A segment in a row: whole, or where it leaves and where it arrives in a row each. */
export interface LadderArrow {
  readonly segment: ObservedSegment
  readonly toRight: boolean
  readonly head: Head
  readonly text: string
}

/** One line of a ladder. */
export interface LadderRow {
  readonly time: number
  /** The text beside the lifelines, left and right. */
  readonly sides: readonly [readonly string[], readonly string[]]
  readonly arrow: LadderArrow | null
  readonly note: string
}

class Row implements LadderRow {
  readonly time: number
  readonly sides: readonly [string[], string[]] = [[], []]
  /** The moment that the row stands for at each lifeline. */
  readonly moments: [number, number]
  arrow: LadderArrow | null = null
  note = ''

  constructor(time: number) {
    this.time = time
    this.moments = [time, time]
  }
}

/**
 * The rows of a ladder: one for each segment, with the states that the ends enter by it. A segment during whose flight
 * something else happens has two rows: one where it leaves, one where it arrives.
 */
export const ladderRows = (events: readonly LadderEvent[], options: LadderOptions): LadderRow[] => {
  const rows: Row[] = []
  let last = new Row(Number.NaN)
  let joined: ObservedSegment | null = null
  const begin = (time: number): Row => {
    joined = null
    last = new Row(time)
    rows.push(last)
    return last
  }
  events.forEach((event, i) => {
    if (event.kind === 'mark') {
      const row = last.moments[event.end] === event.time ? last : begin(event.time)
      row.sides[event.end].push(event.text)
      return
    }
    const { segment, time } = event
    const toRight = options.isLeft(segment.source)
    const [from, to] = toRight ? ([0, 1] as const) : ([1, 0] as const)
    const text = segmentText(segment, options.begin)
    if (event.kind === 'arrived') {
      if (joined === segment) joined = null
      else begin(time).arrow = { segment, toRight, head: 'arrives', text }
      last.moments[to] = time
      // Nothing more happens at that moment where it came from.
      last.moments[from] = Number.NaN
      return
    }
    const head = headOf(events, i, segment)
    // The sender's latest transition stands at the beginning of the line.
    const row = last.arrow === null && last.time === time && last.sides[to].length === 0 ? last : begin(time)
    row.arrow = { segment, toRight, head, text }
    row.note = options.note?.(segment) ?? noteOf(segment)
    if (segment.arrivals.length > 0 || head === 'lost') row.moments[to] = Number.NaN
    joined = head === 'whole' ? segment : null
  })
  return rows
}

const headOf = (events: readonly LadderEvent[], i: number, segment: ObservedSegment): Head => {
  if (segment.arrivals.length === 0) return isLost(segment) ? 'lost' : 'whole'
  const next = events[i + 1]
  return next?.kind === 'arrived' && next.segment === segment ? 'whole' : 'leaves'
}

const noteOf = (segment: ObservedSegment): string =>
  [segment.reason, segment.fate].filter(text => text !== '').join('; ')
