/** The ladder as a picture: text in HTML, so that it can be selected and read aloud, and arrows in SVG behind it. */
import type { ComponentChildren, JSX } from 'preact'
import {
  type Beginnings,
  type ObservedSegment,
  relativeAck,
  relativeSeq,
} from '../../trace/observed-segment.ts'
import { ACK, formatFlags, RST } from '../../wire/tcp.ts'
import type { Flight, LadderLayout, Mark, PlacedRow, Stay } from './ladder-layout.ts'
import { useSpeech } from './speech.ts'
import { beginningsOf, type Story, spanText, timeText } from './story.ts'

/** The fall of an arrow within its row, em: time goes on while it flies. */
const FALL = 0.3

interface LadderProps {
  readonly story: Story
  readonly layout: LadderLayout
  /** The beginning of the ids of its segments. */
  readonly id: string
  /** The segment that is looked at. */
  readonly chosen?: ObservedSegment | null
}

export const Ladder = ({ story, layout, id, chosen = null }: LadderProps) => {
  const { say } = useSpeech()
  const { rows, height } = layout
  const begin = beginningsOf(story)
  // Grid rows: the names, then each pause and each row.
  let line = 1
  const tracks: string[] = ['2.4em']
  const cells = rows.map((row, i) => {
    let pause: ComponentChildren = null
    if (row.pause !== null) {
      line++
      tracks.push('1.7em')
      pause = <Pause row={row} line={line} />
    }
    line++
    tracks.push(`${round(row.height)}em`)
    return (
      <li key={row.number ?? `mark ${i}`}>
        {pause}
        <Row row={row} line={line} id={id} begin={begin} chosen={chosen} />
      </li>
    )
  })
  return (
    <div class="ladder-box">
      <div class="ladder" style={`grid-template-rows:${tracks.join(' ')}`}>
        <span class="head time">ms</span>
        <span class="head between" />
        <strong class="head left" title={story.ends[0]}>
          {say(story.ends[0])}
        </strong>
        <strong class="head right" title={story.ends[1]}>
          {say(story.ends[1])}
        </strong>
        <svg
          class="arrows"
          aria-hidden="true"
          height={`${round(height)}em`}
          style={`grid-row:2/${Math.max(line + 1, 3)}`}
        >
          <line class="life" x1="0%" x2="0%" y1="0" y2="100%" />
          <line class="life" x1="100%" x2="100%" y1="0" y2="100%" />
          {layout.stays.map(stay)}
          {layout.flights.map(flight)}
        </svg>
        <ol aria-label={say(`Ladder: ${story.name}`)}>{cells}</ol>
      </div>
    </div>
  )
}

const round = (em: number): number => Math.round(em * 100) / 100

const Pause = ({ row, line }: { readonly row: PlacedRow; readonly line: number }) => {
  const { say } = useSpeech()
  return row.skipped > 0 ? (
    <p class="omitted" style={`grid-row:${line}`}>
      {say(`… ${row.skipped} ${row.skipped === 1 ? 'row is' : 'rows are'} left out …`)}
    </p>
  ) : (
    <span class="pause" style={`grid-row:${line}`}>
      {say(`${spanText(row.pause!)} later`)}
    </span>
  )
}

interface RowProps {
  readonly row: PlacedRow
  readonly line: number
  readonly id: string
  readonly begin: Beginnings
  readonly chosen: ObservedSegment | null
}

const Row = ({ row, line, id, begin, chosen }: RowProps) => {
  const { say } = useSpeech()
  const at = `grid-row:${line}`
  const note = say(row.note)
  return (
    <>
      <span class="time" style={at}>
        {timeText(row.time)}
      </span>
      <Marks marks={row.marks[0]} side="left" at={at} />
      {row.arrow !== null && row.number !== null ? (
        <Segment
          row={row}
          number={row.number}
          at={at}
          id={id}
          begin={begin}
          chosen={row.arrow.segment === chosen}
        />
      ) : null}
      <Marks marks={row.marks[1]} side="right" at={at} />
      {note === '' ? null : (
        <span class="note" style={at} title={note}>
          {note}
        </span>
      )}
    </>
  )
}

interface MarksProps {
  readonly marks: readonly Mark[]
  readonly side: 'left' | 'right'
  readonly at: string
}

const Marks = ({ marks, side, at }: MarksProps) => {
  const { say } = useSpeech()
  return marks.length === 0 ? null : (
    <span class={`marks ${side}`} style={at}>
      {marks.map(({ text, transition }, i) =>
        transition === null ? (
          <i key={i} title={say(text)}>
            {say(text)}
          </i>
        ) : (
          <b key={i} class={`s-${transition.to}`} title={`${transition.from} → ${transition.to}`}>
            {text}
          </b>
        ),
      )}
    </span>
  )
}

interface SegmentProps {
  readonly row: PlacedRow
  readonly number: number
  readonly at: string
  readonly id: string
  readonly begin: Beginnings
  readonly chosen: boolean
}

const Segment = ({ row, number, at, id, begin, chosen }: SegmentProps) => {
  const { say } = useSpeech()
  const { segment, toRight, head, text } = row.arrow!
  const place = head === 'whole' ? 'middle' : toRight ? 'start' : 'end'
  const kind = head === 'lost' ? ' lost' : segment.flags & RST ? ' reset' : ''
  const label = `${number}: at ${timeText(row.time)} ms, ${toRight ? 'to the right' : 'to the left'}, ${text}${row.note === '' ? '' : `, ${row.note}`}`
  return (
    <a
      class={`segment ${place}${kind}`}
      href={`#${id}-${number}`}
      style={at}
      aria-label={say(label)}
      aria-current={chosen ? 'true' : undefined}
    >
      <span class="long">{text}</span>
      <span class="short">{shortText(segment, begin)}</span>
    </a>
  )
}

/** The short text of a segment, which fits on a telephone: flags and numbers. */
const shortText = (s: ObservedSegment, begin: Beginnings): string => {
  const seq = relativeSeq(s, begin)
  const range = s.length > 0 ? `${seq}:${seq + s.length}` : `${seq}`
  return `[${formatFlags(s.flags)}] ${range}${s.flags & ACK ? ` ack ${relativeAck(s, begin)}` : ''}`
}

const stay = ({ end, state, from, to }: Stay): JSX.Element => (
  <line
    class={`stay s-${state}`}
    x1={`${end * 100}%`}
    x2={`${end * 100}%`}
    y1={`${round(from)}em`}
    y2={`${round(to)}em`}
  />
)

const flight = ({ segment, toRight, lost, leaves, arrives }: Flight): JSX.Element => {
  const [from, to] = toRight ? [0, 100] : [100, 0]
  const kind = lost ? 'lost' : segment.flags & RST ? 'reset' : leaves === arrives ? 'whole' : 'long-way'
  const tip = `url(#tip-${kind})`
  if (lost || arrives === null) {
    const y = leaves!.y
    const end = toRight ? 62 : 38
    return (
      <>
        <line
          class={`flight ${kind}`}
          x1={`${from}%`}
          x2={`${end}%`}
          y1={`${round(y)}em`}
          y2={`${round(y + FALL)}em`}
        />
        {lost ? (
          <text class="cross" x={`${end}%`} y={`${round(y + FALL)}em`}>
            ✕
          </text>
        ) : null}
      </>
    )
  }
  const within = leaves === arrives
  const [x1, y1] = leaves === null ? [50, arrives.y - FALL] : [from, leaves.y - (within ? FALL : 0)]
  const y2 = arrives.y + (within ? FALL : 0)
  return (
    <line
      class={`flight ${kind}`}
      marker-end={tip}
      x1={`${x1}%`}
      x2={`${to}%`}
      y1={`${round(y1)}em`}
      y2={`${round(y2)}em`}
    />
  )
}

/** The tips of the arrows: once a page. */
export const ArrowTips = () => (
  <svg class="tips" aria-hidden="true" width="0" height="0">
    <defs>
      {['whole', 'long-way', 'reset'].map(kind => (
        <marker
          key={kind}
          id={`tip-${kind}`}
          class={`tip ${kind}`}
          viewBox="0 0 10 10"
          refX="9"
          refY="5"
          markerUnits="userSpaceOnUse"
          markerWidth="11"
          markerHeight="11"
          orient="auto"
        >
          <path d="M0 1 10 5 0 9z" />
        </marker>
      ))}
    </defs>
  </svg>
)
