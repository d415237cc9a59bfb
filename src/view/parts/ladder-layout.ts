/** The rows of a ladder, their places and their contents: shared by its picture and its log. */
import { STATES, type State } from '../../tcp/state.ts'
import { type LadderArrow, type LadderRow, ladderRows } from '../../trace/ladder.ts'
import type { ObservedSegment } from '../../trace/observed-segment.ts'
import { shownRows } from './remarkable.ts'
import { beginningsOf, type Side, type Story, type StoryTransition } from './story.ts'

/** Heights in em. */
const ROW = 2.1
const LINE = 1.3
const PAUSE = 1.7
/** A pause that is told, ms. */
const LONG = 200

/** A state that an end enters, or what its application does or hears. */
export interface Mark {
  readonly text: string
  readonly transition: StoryTransition | null
}

export interface PlacedRow {
  readonly time: number
  /** em from the top to its middle */
  readonly y: number
  readonly height: number
  /** Rows before this one that are left out. */
  readonly skipped: number
  /** Time since the row before, when it is long; this row stands below it. */
  readonly pause: number | null
  readonly marks: readonly [readonly Mark[], readonly Mark[]]
  readonly arrow: LadderArrow | null
  readonly note: string
  /** The number of the segment that leaves here, from 1. */
  readonly number: number | null
}

/** A segment from the row where it leaves to the row where it arrives, either of which may be missing. */
export interface Flight {
  readonly segment: ObservedSegment
  readonly toRight: boolean
  readonly lost: boolean
  readonly leaves: PlacedRow | null
  readonly arrives: PlacedRow | null
}

/** The time that an end spends in a state. */
export interface Stay {
  readonly end: Side
  readonly state: State
  readonly from: number
  readonly to: number
}

export interface LadderLayout {
  readonly rows: readonly PlacedRow[]
  readonly flights: readonly Flight[]
  readonly stays: readonly Stay[]
  /** em */
  readonly height: number
  /** Rows that are left out. */
  readonly omitted: number
}

/** @param most rows; of more those are left out that are the least remarkable */
export const layOut = (story: Story, most: number): LadderLayout => {
  const all = ladderRows(story.events, {
    names: story.ends,
    isLeft: story.isLeft,
    begin: beginningsOf(story),
    note: segment => story.says(segment).join('; '),
  })
  const transitions = new Transitions(story.transitions)
  let number = 0
  const rows: PlacedRow[] = []
  const shown = shownRows(all, most)
  let y = 0
  let before = Number.NaN
  let omitted = 0
  let skipped = 0
  all.forEach((row, i) => {
    const marks = [marksOf(row, 0, transitions), marksOf(row, 1, transitions)] as const
    const leaves = row.arrow !== null && row.arrow.head !== 'arrives'
    if (leaves) number++
    if (!shown[i]) {
      omitted++
      skipped++
      return
    }
    const pause = skipped > 0 || row.time - before >= LONG ? Math.max(0, row.time - before) : null
    before = row.time
    const lines = Math.max(marks[0].length, marks[1].length)
    const height = Math.max(ROW, lines * LINE + 0.5)
    if (pause !== null) y += PAUSE
    rows.push({
      time: row.time,
      y: y + height / 2,
      height,
      skipped,
      pause,
      marks,
      arrow: row.arrow,
      note: row.note,
      number: leaves ? number : null,
    })
    y += height
    skipped = 0
  })
  return {
    rows,
    flights: flightsOf(rows),
    stays: ([0, 1] as const).flatMap(end => staysOf(rows, end, y, story.before?.[end] ?? null)),
    height: y,
    omitted,
  }
}

/** The transitions of a story, found by the marks that they leave. */
class Transitions {
  readonly #found = new Map<string, StoryTransition[]>()

  constructor(all: readonly StoryTransition[]) {
    for (const t of all) {
      const key = `${t.end} ${t.to} ${t.time}`
      const list = this.#found.get(key)
      if (list === undefined) this.#found.set(key, [t])
      else list.push(t)
    }
  }

  take(end: Side, text: string, time: number): StoryTransition | null {
    return this.#found.get(`${end} ${text} ${time}`)?.shift() ?? null
  }
}

const isState = (text: string): boolean => (STATES as readonly string[]).includes(text)

const marksOf = (row: LadderRow, end: Side, transitions: Transitions): Mark[] =>
  row.sides[end].map(text => ({
    text,
    transition: isState(text) ? transitions.take(end, text, momentOf(row, end)) : null,
  }))

/** A row that holds a whole segment stands for two moments: where it leaves, and where it arrives. */
const momentOf = ({ arrow, time }: LadderRow, end: Side): number => {
  const arrives = arrow?.head === 'whole' && arrow.toRight === (end === 1)
  return arrives ? (arrow.segment.arrivals[0] ?? time) : time
}

const flightsOf = (rows: readonly PlacedRow[]): Flight[] => {
  const leaving = new Map<ObservedSegment, PlacedRow>()
  const flights: Flight[] = []
  const landed = new Set<ObservedSegment>()
  for (const row of rows) {
    if (row.arrow === null) continue
    const { segment, toRight, head } = row.arrow
    const of = { segment, toRight, lost: head === 'lost' }
    if (head === 'whole') flights.push({ ...of, leaves: row, arrives: row })
    else if (head === 'lost') flights.push({ ...of, leaves: row, arrives: null })
    else if (head === 'leaves') leaving.set(segment, row)
    else {
      flights.push({ ...of, leaves: leaving.get(segment) ?? null, arrives: row })
      landed.add(segment)
    }
  }
  for (const [segment, row] of leaving)
    if (!landed.has(segment))
      flights.push({ segment, toRight: row.arrow!.toRight, lost: false, leaves: row, arrives: null })
  return flights
}

/** Only where an end has one connection at a time: else its lifeline would claim too much. */
const staysOf = (
  rows: readonly PlacedRow[],
  end: Side,
  bottom: number,
  before: StoryTransition | null,
): Stay[] => {
  const stays: Stay[] = []
  let now: { connection: string; state: State; from: number } | null =
    before === null ? null : { connection: before.connection, state: before.to, from: 0 }
  for (const row of rows)
    for (const { transition } of row.marks[end]) {
      if (transition === null || transition.connection.endsWith('*')) continue
      const { connection, to } = transition
      const open: boolean = now !== null && now.state !== 'CLOSED' && now.state !== 'TIME_WAIT'
      if (now !== null && now.connection !== connection && open) return []
      // A connection left in TIME_WAIT ends some time: that changes nothing about the one that is open.
      if (now !== null && now.connection !== connection && to === 'CLOSED') continue
      if (now !== null) stays.push({ end, state: now.state, from: now.from, to: row.y })
      now = { connection, state: to, from: row.y }
    }
  if (now !== null) stays.push({ end, state: now.state, from: now.from, to: bottom })
  return stays.filter(({ state, from, to }) => state !== 'CLOSED' && to > from)
}
