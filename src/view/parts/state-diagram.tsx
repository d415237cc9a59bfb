/** The state machine drawn from its table, with the way that an end has gone through it. */
import type { ComponentChildren, JSX } from 'preact'
import { type State, TRANSITIONS } from '../../tcp/state.ts'
import { useSpeech } from './speech.ts'
import type { Side, Story, StoryTransition } from './story.ts'

/** CLOSED stands twice: where connections begin, and where they end. */
type Box = State | 'END'

const WIDTH = 96
const HEIGHT = 26

/** Middles of the boxes, as in figure 5 of RFC 9293. */
const PLACES: Readonly<Record<Box, readonly [number, number]>> = {
  CLOSED: [180, 20],
  LISTEN: [62, 78],
  SYN_SENT: [298, 78],
  SYN_RECEIVED: [62, 146],
  ESTABLISHED: [180, 196],
  FIN_WAIT_1: [62, 258],
  CLOSE_WAIT: [298, 258],
  FIN_WAIT_2: [62, 326],
  CLOSING: [180, 326],
  LAST_ACK: [298, 326],
  TIME_WAIT: [121, 394],
  END: [298, 394],
}

/** Edges that would cross a box are bent through this point. */
const BENDS: Readonly<Record<string, readonly [number, number]>> = {
  'SYN_RECEIVED FIN_WAIT_1': [40, 202],
  'ESTABLISHED END': [242, 330],
  'FIN_WAIT_1 END': [150, 362],
  'FIN_WAIT_1 TIME_WAIT': [126, 300],
  'CLOSE_WAIT END': [358, 326],
  'FIN_WAIT_2 END': [190, 366],
  'SYN_RECEIVED CLOSED': [150, 90],
}

const EARLY: readonly State[] = ['LISTEN', 'SYN_SENT', 'SYN_RECEIVED']

const boxOf = (from: State, to: State): Box => (to === 'CLOSED' && !EARLY.includes(from) ? 'END' : to)

interface Edge {
  readonly from: Box
  readonly to: Box
  /** Resets, aborts and timeouts lead to CLOSED from everywhere: drawn only where they happened. */
  readonly ordinary: boolean
}

const EXTRAORDINARY = new Set([
  'RST',
  'ABORT',
  'ICMP error',
  'retransmission timeout',
  'user timeout',
  'keep-alive timeout',
])

const EDGES: readonly Edge[] = (() => {
  const found = new Map<string, Edge>()
  for (const { from, to, event } of TRANSITIONS) {
    const edge = { from, to: boxOf(from, to), ordinary: !EXTRAORDINARY.has(event) }
    const key = `${edge.from} ${edge.to}`
    if (!found.has(key) || edge.ordinary) found.set(key, edge)
  }
  return [...found.values()]
})()

/** A step of the way: each kind of transition once, in the order in which it came first. */
export interface Step {
  readonly number: number
  readonly transition: StoryTransition
  readonly times: number
}

/** The way of an end, of all of its connections and listeners. */
export const stepsOf = (story: Story, end: Side): Step[] => {
  const steps = new Map<string, { number: number; transition: StoryTransition; times: number }>()
  for (const transition of story.transitions) {
    if (transition.end !== end) continue
    const key = `${transition.from} ${transition.to} ${transition.event}`
    const step = steps.get(key)
    if (step === undefined) steps.set(key, { number: steps.size + 1, transition, times: 1 })
    else step.times++
  }
  return [...steps.values()]
}

interface DiagramProps {
  /** The way that is drawn. */
  readonly steps: readonly Step[]
  readonly who: string
  /** The states that are lit, besides those of the way. */
  readonly lit?: ReadonlySet<State>
  /** Drawn above everything else. */
  readonly children?: ComponentChildren
}

export const StateDiagram = ({ steps, who, lit, children }: DiagramProps) => {
  const { say } = useSpeech()
  const visited = new Set<Box>(lit)
  const numbers = new Map<string, number[]>()
  for (const { number, transition } of steps) {
    const { from, to } = transition
    const box = boxOf(from, to)
    visited.add(from).add(box)
    const key = `${from} ${box}`
    numbers.set(key, [...(numbers.get(key) ?? []), number])
  }
  const edges = EDGES.map(e => ({ edge: e, steps: numbers.get(`${e.from} ${e.to}`) ?? [] }))
  const drawn = edges
    .filter(({ edge, steps: on }) => edge.ordinary || on.length > 0)
    .sort((x, y) => x.steps.length - y.steps.length)
    .map(({ edge, steps: on }) => drawEdge(edge, on))
  const path = steps.map(({ transition: { from, to } }) => `${from} → ${to}`).join(', ')
  return (
    <svg
      class="states"
      role={children === undefined ? 'img' : 'group'}
      viewBox="0 0 360 414"
      aria-label={say(`State diagram of the ${who}: ${path === '' ? 'no transition' : path}`)}
    >
      <defs>
        <marker
          id="edge"
          viewBox="0 0 10 10"
          refX="9"
          refY="5"
          markerWidth="7"
          markerHeight="7"
          orient="auto-start-reverse"
        >
          <path class="edge-tip" d="M0 1 10 5 0 9z" />
        </marker>
        <marker
          id="edge-on"
          viewBox="0 0 10 10"
          refX="9"
          refY="5"
          markerUnits="userSpaceOnUse"
          markerWidth="11"
          markerHeight="11"
          orient="auto"
        >
          <path class="edge-tip on" d="M0 1 10 5 0 9z" />
        </marker>
      </defs>
      {drawn.map(({ line }) => line)}
      {(Object.keys(PLACES) as Box[]).map(box => stateBox(box, visited.has(box)))}
      {drawn.map(({ badge }) => badge)}
      {children}
    </svg>
  )
}

const stateBox = (box: Box, on: boolean): JSX.Element => {
  const [x, y] = PLACES[box]
  return (
    <g key={box} class={`state${on ? ` on s-${box}` : ''}`}>
      <rect x={x - WIDTH / 2} y={y - HEIGHT / 2} width={WIDTH} height={HEIGHT} rx="5" />
      <text x={x} y={y + 4}>
        {box === 'END' ? 'CLOSED' : box}
      </text>
    </g>
  )
}

/** The middle of a state's box: of the lower CLOSED, where connections end. */
export const placeOf = (state: State): readonly [x: number, y: number] =>
  PLACES[state === 'CLOSED' ? 'END' : state]

/** The size of a box. */
export const BOX = { width: WIDTH, height: HEIGHT } as const

type Point = readonly [number, number]

/** The point at which the way from a point in a box to another point leaves the box. */
const border = (box: Point, [x, y]: Point, [tx, ty]: Point): Point => {
  const [dx, dy] = [tx - x, ty - y]
  const room = (d: number, at: number, middle: number, half: number): number =>
    d === 0 ? Number.POSITIVE_INFINITY : (middle + Math.sign(d) * half - at) / d
  const scale = Math.min(room(dx, x, box[0], WIDTH / 2), room(dy, y, box[1], HEIGHT / 2))
  return [x + dx * scale, y + dy * scale]
}

const r = (n: number): number => Math.round(n * 10) / 10

interface DrawnEdge {
  readonly line: JSX.Element
  /** The numbers of the steps of the way that it is, above everything else. */
  readonly badge: JSX.Element | null
}

const drawEdge = ({ from, to }: Edge, numbers: readonly number[]): DrawnEdge => {
  const [a, b] = [PLACES[from], PLACES[to]]
  const length = Math.hypot(b[0] - a[0], b[1] - a[1])
  // Both ways between two states: side by side.
  const shift = EDGES.some(e => e.from === to && e.to === from) ? 7 : 0
  const [sx, sy] = [(-(b[1] - a[1]) / length) * shift, ((b[0] - a[0]) / length) * shift]
  const bend = BENDS[`${from} ${to}`]
  const [p, q]: [Point, Point] = [
    [a[0] + sx, a[1] + sy],
    [b[0] + sx, b[1] + sy],
  ]
  const [x1, y1] = border(a, p, bend ?? q)
  const [x2, y2] = border(b, q, bend ?? p)
  const [x, y]: Point =
    bend === undefined
      ? [(x1 + x2) / 2, (y1 + y2) / 2]
      : [x1 / 4 + bend[0] / 2 + x2 / 4, y1 / 4 + bend[1] / 2 + y2 / 4]
  const way =
    bend === undefined
      ? `M${r(x1)} ${r(y1)} ${r(x2)} ${r(y2)}`
      : `M${r(x1)} ${r(y1)}Q${bend[0]} ${bend[1]} ${r(x2)} ${r(y2)}`
  const on = numbers.length > 0
  const text = numbers.join(',')
  const width = 9 + 6 * text.length
  return {
    line: (
      <path
        key={`${from} ${to}`}
        class={`edge${on ? ' on' : ''}`}
        marker-end={`url(#${on ? 'edge-on' : 'edge'})`}
        d={way}
      />
    ),
    badge: on ? (
      <g key={`${from} ${to}`} class="step">
        <rect x={r(x - width / 2)} y={r(y - 8)} width={width} height="16" rx="8" />
        <text x={r(x)} y={r(y + 4)}>
          {text}
        </text>
      </g>
    ) : null,
  }
}
