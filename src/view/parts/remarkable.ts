/** Chooses the rows of a long ladder that are shown: the remarkable ones, with their neighbours. */
import type { LadderRow } from '../../trace/ladder.ts'
import { flowOf, isLost, sequenceLength } from '../../trace/observed-segment.ts'
import { ACK, FIN, RST, SYN } from '../../wire/tcp.ts'

/** Rows before and after what is remarkable. */
const AROUND = 3
/** Rows at the beginning and at the end that are always shown. */
const ENDS = 20

/** The things that make a row remarkable; transitions and resets come first when there is no room for all. */
const CROSSROADS = 2
const TROUBLE = 1

/** One pass over the rows in order: what is sent again or after a gap is known by what came before it. */
const weights = (rows: readonly LadderRow[]): Uint8Array => {
  const next = new Map<string, number>()
  const shut = new Set<string>()
  return Uint8Array.from(rows, ({ sides, arrow }) => {
    const marked = sides[0].length > 0 || sides[1].length > 0
    if (arrow === null) return marked ? CROSSROADS : 0
    const { segment, head } = arrow
    if (marked || segment.flags & (SYN | FIN | RST)) return CROSSROADS
    if (head === 'lost' || isLost(segment)) return TROUBLE
    if (head === 'arrives') return 0
    const flow = flowOf(segment, false)
    const wasShut = shut.has(flow)
    if (segment.window === 0) shut.add(flow)
    else shut.delete(flow)
    const expected = next.get(flow)
    const length = sequenceLength(segment)
    const end = (segment.seq + length) | 0
    if (expected === undefined || ((end - expected) | 0) > 0) next.set(flow, end)
    const outOfPlace = length > 0 && expected !== undefined && (segment.seq | 0) !== expected
    const shutsOrOpens = wasShut !== (segment.window === 0)
    const reportsGap = segment.flags & ACK && segment.sack.length > 0
    return outOfPlace || shutsOrOpens || reportsGap ? TROUBLE : 0
  })
}

/** As many of `places` as there is room for, evenly over all of them. */
const spreadOver = (places: readonly number[], room: number): readonly number[] =>
  places.length <= room
    ? places
    : Array.from({ length: room }, (_, i) => places[Math.floor((i * places.length) / room)]!)

/** Returns whether each row is shown, `most` of them at most. */
export const shownRows = (rows: readonly LadderRow[], most: number): boolean[] => {
  if (rows.length <= most) return rows.map(() => true)
  const shown = new Uint8Array(rows.length)
  let room = most
  const show = (i: number): void => {
    if (i < 0 || i >= rows.length || shown[i] === 1 || room === 0) return
    shown[i] = 1
    room--
  }
  const ends = Math.min(ENDS, most >> 2)
  for (let i = 0; i < ends; i++) {
    show(i)
    show(rows.length - 1 - i)
  }
  const weight = weights(rows)
  const found: number[] = []
  for (const wanted of [CROSSROADS, TROUBLE]) {
    const places: number[] = []
    weight.forEach((w, i) => {
      if (w === wanted) places.push(i)
    })
    // Some are shown with their surroundings if there is no room for all.
    const some = places.length <= room ? places : spreadOver(places, Math.ceil(room / (2 * AROUND + 1)))
    for (const place of some) {
      show(place)
      found.push(place)
    }
  }
  for (let away = 1; away <= AROUND; away++)
    for (const place of found) {
      show(place - away)
      show(place + away)
    }
  // A quiet connection: more of its beginning and its end.
  for (let i = ends; room > 0; i++) {
    show(i)
    show(rows.length - 1 - i)
  }
  return Array.from(shown, s => s === 1)
}
