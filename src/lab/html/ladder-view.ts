/** The ladder as a picture: text in HTML, so that it can be selected and read aloud, and arrows in SVG behind it. */

import type { ObservedSegment } from '../../trace/observed-segment.ts'
import { relativeAck, relativeSeq } from '../../trace/observed-segment.ts'
import { ACK, formatFlags, RST } from '../../wire/tcp.ts'
import type { Flight, LadderLayout, Mark, PlacedRow, Stay } from './ladder-layout.ts'
import { html, type Markup } from './markup.ts'
import { beginningsOf, type Story, spanText, timeText } from './story.ts'

/** The fall of an arrow within its row, em: time goes on while it flies. */
const FALL = 0.3

/** @param id what the ids of its segments begin with */
export const ladderView = (story: Story, layout: LadderLayout, id: string): Markup => {
  const { rows, height } = layout
  const begin = beginningsOf(story)
  // Grid rows: the names, then each pause and each row.
  let line = 1
  const tracks: string[] = ['2.4em']
  const cells = rows.map(row => {
    const out: Markup[] = []
    if (row.pause !== null) {
      line++
      tracks.push('1.7em')
      out.push(
        row.skipped > 0
          ? html`<p class="omitted" style="grid-row:${line}">… ${row.skipped} ${row.skipped === 1 ? 'row is' : 'rows are'} left out …</p>`
          : html`<span class="pause" style="grid-row:${line}">${spanText(row.pause)} later</span>`,
      )
    }
    line++
    tracks.push(`${round(row.height)}em`)
    out.push(rowView(row, line, id, begin))
    return html`${out}`
  })
  return html`<div class="ladder-box"><div class="ladder" role="group" aria-label="Ladder: ${story.name}" style="grid-template-rows:${tracks.join(' ')}">
<span class="head time">ms</span><strong class="head left">${story.ends[0]}</strong><strong class="head right">${story.ends[1]}</strong>
<svg class="arrows" aria-hidden="true" height="${round(height)}em" style="grid-row:2/${line + 1}">
<line class="life" x1="0%" x2="0%" y1="0" y2="100%"/><line class="life" x1="100%" x2="100%" y1="0" y2="100%"/>
${layout.stays.map(stayView)}${layout.flights.map(flightView)}
</svg>
${cells}
</div></div>`
}

const round = (em: number): number => Math.round(em * 100) / 100

const rowView = (row: PlacedRow, line: number, id: string, begin: ReadonlyMap<string, number>): Markup => {
  const at = html`style="grid-row:${line}"`
  return html`<span class="time" ${at}>${timeText(row.time)}</span>${markView(row.marks[0], 'left', at)}${
    row.arrow !== null && row.number !== null ? segmentView(row, row.number, at, id, begin) : null
  }${markView(row.marks[1], 'right', at)}${row.note === '' ? null : html`<span class="note" ${at} title="${row.note}">${row.note}</span>`}
`
}

const markView = (marks: readonly Mark[], side: 'left' | 'right', at: Markup): Markup | null =>
  marks.length === 0
    ? null
    : html`<span class="marks ${side}" ${at}>${marks.map(({ text, transition }) =>
        transition === null
          ? html`<i title="${text}">${text}</i>`
          : html`<b class="s-${transition.to}" title="${transition.from} → ${transition.to}">${text}</b>`,
      )}</span>`

const segmentView = (
  row: PlacedRow,
  number: number,
  at: Markup,
  id: string,
  begin: ReadonlyMap<string, number>,
): Markup => {
  const { segment, toRight, head, text } = row.arrow!
  const place = head === 'whole' ? 'middle' : toRight ? 'start' : 'end'
  const kind = head === 'lost' ? ' lost' : segment.flags & RST ? ' reset' : ''
  const label = `${number}: at ${timeText(row.time)} ms, ${toRight ? 'to the right' : 'to the left'}, ${text}${row.note === '' ? '' : `, ${row.note}`}`
  return html`<a class="segment ${place}${kind}" href="#${id}-${number}" ${at} aria-label="${label}"><span class="long">${text}</span><span class="short">${shortText(segment, begin)}</span></a>`
}

/** The short text of a segment, which fits on a telephone: flags and numbers. */
const shortText = (s: ObservedSegment, begin: ReadonlyMap<string, number>): string => {
  const seq = relativeSeq(s, begin)
  const range = s.length > 0 ? `${seq}:${seq + s.length}` : `${seq}`
  return `[${formatFlags(s.flags)}] ${range}${s.flags & ACK ? ` ack ${relativeAck(s, begin)}` : ''}`
}

const stayView = ({ end, state, from, to }: Stay): Markup =>
  html`<line class="stay s-${state}" x1="${end * 100}%" x2="${end * 100}%" y1="${round(from)}em" y2="${round(to)}em"/>`

const flightView = ({ segment, toRight, lost, leaves, arrives }: Flight): Markup => {
  const [from, to] = toRight ? [0, 100] : [100, 0]
  const kind = lost ? 'lost' : segment.flags & RST ? 'reset' : leaves === arrives ? 'whole' : 'long-way'
  if (lost || arrives === null) {
    const y = leaves!.y
    const end = toRight ? 62 : 38
    return html`<line class="flight ${kind}" x1="${from}%" x2="${end}%" y1="${round(y)}em" y2="${round(y + FALL)}em"/>${
      lost ? html`<text class="cross" x="${end}%" y="${round(y + FALL)}em">✕</text>` : null
    }`
  }
  if (leaves === null)
    return html`<line class="flight ${kind}" marker-end="url(#tip-${kind})" x1="50%" x2="${to}%" y1="${round(arrives.y - FALL)}em" y2="${round(arrives.y)}em"/>`
  const within = leaves === arrives
  return html`<line class="flight ${kind}" marker-end="url(#tip-${kind})" x1="${from}%" x2="${to}%" y1="${round(leaves.y - (within ? FALL : 0))}em" y2="${round(arrives.y + (within ? FALL : 0))}em"/>`
}

/** The tips of the arrows: once a page. */
export const arrowTips = (): Markup =>
  html`<svg class="tips" aria-hidden="true" width="0" height="0"><defs>${['whole', 'long-way', 'reset'].map(
    kind =>
      html`<marker id="tip-${kind}" class="tip ${kind}" viewBox="0 0 10 10" refX="9" refY="5" markerUnits="userSpaceOnUse" markerWidth="11" markerHeight="11" orient="auto"><path d="M0 1 10 5 0 9z"/></marker>`,
  )}</defs></svg>`
