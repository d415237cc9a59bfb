/**
 * Two runs of one experiment, laid side by side: what is the same, what differs and may, what differs and must not.
 *
 * `tuntcp lab --format json` prints a {@link Comparison} as it is, and pictures are drawn from it: names and meanings of
 * its fields are kept stable.
 */
import { pushAll } from '../trace/extremes.ts'
import { compareCalls } from './compare/calls.ts'
import { connectionsOf, type RunConnection } from './compare/connections.ts'
import { compareSegments } from './compare/segments.ts'
import { compareStates } from './compare/states.ts'
import type { EndName, Run, RunSegment, RunTransition } from './recorder.ts'

/** `allowed`: an RFC leaves it to the implementer, and {@link AlignedEvent.section} says which; `defect`: none does. */
export type Verdict = 'same' | 'allowed' | 'defect'

/** An event of one run. */
export interface Seen {
  /** ms since the beginning of the run, rounded as the lab says. */
  readonly time: number
  /** Numbers relative to the connection's beginning: `F. 1:11 ack 1`; a state; what an application did or was told. */
  readonly text: string
  /** The event as the run has it; null for an application's call. */
  readonly event: RunSegment | RunTransition | null
}

/** An event of both runs, or of one alone. */
export interface AlignedEvent {
  readonly kind: 'segment' | 'state' | 'call'
  /** The end that sent the segment, entered the state or made the call. */
  readonly end: EndName
  /** The number of its connection in the run, from 0, in the order in which they began; -1 for calls. */
  readonly connection: number
  /** At least one of them is not null. */
  readonly left: Seen | null
  readonly right: Seen | null
  readonly verdict: Verdict
  /** The differences; none when nothing differs. */
  readonly what: string
  /** The section that lets both be; empty unless the verdict is `allowed`. */
  readonly section: string
}

/** Aligned events that differ in the same way, told together. */
export interface Difference {
  readonly kind: 'allowed' | 'defect'
  readonly what: string
  readonly section: string
  /** Everything that was seen on either side: `F. 1:11 ack 1; . 2 ack 2`; `–` for nothing. */
  readonly left: string
  readonly right: string
}

export interface Comparison {
  /** The names of the left run and of the right one, such as `tuntcp ↔ tuntcp`. */
  readonly names: readonly [string, string]
  /** Every event of both runs, those of a connection together, in order of time. */
  readonly events: readonly AlignedEvent[]
  /** Defects first. */
  readonly differences: readonly Difference[]
  /** The number of differences that are defects. */
  readonly defects: number
}

/** A run with a name. */
export interface Named {
  readonly name: string
  readonly run: Run
}

const ENDS: readonly EndName[] = ['client', 'server']

/**
 * Compares two runs, event by event.
 * @param rounding times are rounded to so many ms, and those of timers differ when they differ by more
 */
export const compare = (left: Named, right: Named, rounding = 100): Comparison => {
  const [a, b] = [connectionsOf(left.run), connectionsOf(right.run)]
  const events: AlignedEvent[] = []
  for (let nth = 0; nth < Math.max(a.length, b.length); nth++) {
    const [l, r] = [a[nth] ?? NO_CONNECTION, b[nth] ?? NO_CONNECTION]
    const of = ENDS.flatMap(end => [
      ...compareSegments(end, nth, l, r, rounding),
      ...compareStates(end, nth, l, r, rounding),
    ])
    pushAll(events, inOrder(of))
  }
  pushAll(events, inOrder(ENDS.flatMap(end => compareCalls(end, left.run, right.run, rounding))))
  const differences = summary(events)
  return {
    names: [left.name, right.name],
    events,
    differences,
    defects: differences.filter(({ kind }) => kind === 'defect').length,
  }
}

const NO_CONNECTION: RunConnection = { segments: [], transitions: { client: [], server: [] } }

/** By the left run's time, and by the right one's where the left has nothing: rows of each end keep their order. */
const inOrder = (events: readonly AlignedEvent[]): AlignedEvent[] => {
  // An event that only the right run has stands after the one that it follows there.
  const times = new Map<AlignedEvent, number>()
  const shift = new Map<string, number>()
  for (const e of events) {
    const row = `${e.kind} ${e.end}`
    if (e.left !== null && e.right !== null) shift.set(row, exact(e.left) - exact(e.right))
    times.set(e, e.left !== null ? exact(e.left) : exact(e.right!) + (shift.get(row) ?? 0))
  }
  return [...events].sort((x, y) => times.get(x)! - times.get(y)!)
}

const exact = ({ time, event }: Seen): number => event?.time ?? time

const summary = (events: readonly AlignedEvent[]): Difference[] => {
  const groups = new Map<string, AlignedEvent[]>()
  for (const e of events) {
    if (e.verdict === 'same') continue
    const key = `${e.verdict} ${e.end} ${e.what} ${e.section}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [e])
    else group.push(e)
  }
  const side = (group: readonly AlignedEvent[], of: (e: AlignedEvent) => Seen | null): string =>
    group
      .map(of)
      .filter(seen => seen !== null)
      .map(({ text }) => text)
      .join('; ') || '–'
  return [...groups.values()]
    .map(group => {
      const [{ verdict, end, what, section }] = group as [AlignedEvent]
      return {
        kind: verdict as Difference['kind'],
        what: `${end}: ${what}`,
        section,
        left: side(group, ({ left }) => left),
        right: side(group, ({ right }) => right),
      }
    })
    .sort((x, y) => (x.kind === y.kind ? 0 : x.kind === 'defect' ? -1 : 1))
}

/** More of one side is cut off. */
const LONGEST = 300

const shortened = (text: string): string => (text.length <= LONGEST ? text : `${text.slice(0, LONGEST)} …`)

/** The differences as text, or that there are none. */
export const comparisonText = ({ names, differences }: Comparison): string =>
  [
    `${names[0]} beside ${names[1]}: ${differences.length === 0 ? 'the same, event by event' : verdictOf(differences)}`,
    ...differences.map(
      ({ kind, what, section, left, right }) =>
        `${kind === 'defect' ? '✗ defect' : '≈ allowed'}: ${what}${section === '' ? '' : ` (${section})`}\n    ${names[0]}: ${shortened(left)}\n    ${names[1]}: ${shortened(right)}`,
    ),
  ].join('\n')

const verdictOf = (differences: readonly Difference[]): string => {
  const defects = differences.filter(({ kind }) => kind === 'defect').length
  const allowed = differences.length - defects
  const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`
  return defects === 0
    ? `${count(allowed, 'difference')}, allowed`
    : `${count(defects, 'defect')}${allowed === 0 ? '' : `, ${count(allowed, 'allowed difference')}`}`
}
