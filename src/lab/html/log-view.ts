/** Every segment with all that is known of it, and the lines of the log that belong to it. */
import { type ObservedSegment, relativeAck, relativeSeq } from '../../trace/observed-segment.ts'
import { ACK, CWR, ECE, FIN, PSH, RST, SYN, URG } from '../../wire/tcp.ts'
import type { LadderLayout, Mark, PlacedRow } from './ladder-layout.ts'
import { html, type Markup } from './markup.ts'
import { ruleOf } from './rules.ts'
import { beginningsOf, type Story, type StoryTransition, timeText } from './story.ts'

const FLAGS: readonly (readonly [number, string])[] = [
  [SYN, 'SYN'],
  [FIN, 'FIN'],
  [RST, 'RST'],
  [PSH, 'PSH'],
  [ACK, 'ACK'],
  [URG, 'URG'],
  [ECE, 'ECE'],
  [CWR, 'CWR'],
]

/** A transition, the section that decides it, and its rule in words. */
export const transitionView = (t: StoryTransition, who: string): Markup => {
  const rule = t.event === null ? '' : ruleOf(t.from, t.event)
  const section = t.section ?? ''
  return html`<p><b>${who}</b> <code>${t.from} → ${t.to}</code> ${t.event ?? 'as its kernel tells'} ${section === '' ? null : html`<span class="section">${section.startsWith('§') ? 'RFC 9293 ' : ''}${section}</span>`}</p>${
    rule === '' ? null : html`<p class="rule">${rule}</p>`
  }`
}

const marksView = (marks: readonly Mark[], who: string): Markup[] =>
  marks.map(({ text, transition }) =>
    transition === null ? html`<p><b>${who}</b> ${text}</p>` : transitionView(transition, who),
  )

/** All rows of the ladder, in words. */
export const logView = (story: Story, layout: LadderLayout, id: string): Markup => {
  const begin = beginningsOf(story)
  const numbers = new Map(layout.rows.flatMap(r => (r.number === null ? [] : [[r.arrow!.segment, r.number]])))
  // Transitions that a segment brings about are told with the segment.
  const arrivals = new Map<ObservedSegment, PlacedRow[]>()
  for (const row of layout.rows)
    if (row.arrow?.head === 'arrives' && numbers.has(row.arrow.segment))
      arrivals.set(row.arrow.segment, [...(arrivals.get(row.arrow.segment) ?? []), row])
  const items = layout.rows.flatMap(row => {
    const beside = [...marksView(row.marks[0], story.ends[0]), ...marksView(row.marks[1], story.ends[1])]
    if (row.number === null) {
      const told = row.arrow !== null && arrivals.has(row.arrow.segment)
      return told || beside.length === 0
        ? []
        : [html`<li class="alone"><h4>${timeText(row.time)} ms</h4>${beside}</li>`]
    }
    const { segment, text } = row.arrow!
    const says = story.says(segment)
    const later = (arrivals.get(segment) ?? []).map(
      r =>
        html`<p class="arrival">arrives at ${timeText(r.time)} ms</p>${marksView(r.marks[0], story.ends[0])}${marksView(r.marks[1], story.ends[1])}`,
    )
    return [
      html`<li id="${id}-${row.number}"><h4><span class="number">${row.number}</span> ${timeText(row.time)} ms <code>${text}</code></h4>
${says.length === 0 ? null : html`<p class="says">${says.join('; ')}</p>`}${beside}${later}${fieldsView(segment, begin)}</li>`,
    ]
  })
  return html`<ol class="log">${items}</ol>`
}

const fieldsView = (s: ObservedSegment, begin: ReadonlyMap<string, number>): Markup => {
  const options = [
    s.mss === null ? '' : `MSS ${s.mss}`,
    s.scale === null ? '' : `window scale ${s.scale} (× ${2 ** Math.min(s.scale, 14)})`,
    s.sackPermitted ? 'SACK permitted' : '',
    s.timestamps ? 'timestamps' : '',
    ...s.sack.map(([l, r]) => `SACK ${l}–${r}`),
  ].filter(text => text !== '')
  const field = (name: string, value: string): Markup => html`<div><dt>${name}</dt><dd>${value}</dd></div>`
  return html`<dl>${field('from', s.source)}${field('to', s.destination)}${field(
    'flags',
    FLAGS.filter(([bit]) => s.flags & bit)
      .map(([, name]) => name)
      .join(', ') || 'none',
  )}${field('sequence number', `${relativeSeq(s, begin)} (${s.seq})`)}${
    s.flags & ACK ? field('acknowledges', `${relativeAck(s, begin)} (${s.ack})`) : null
  }${field('window', String(s.window))}${field('text', `${s.length} bytes`)}${
    options.length === 0 ? null : field('options', options.join(', '))
  }${s.arrivals.length === 0 ? null : field('arrives', s.arrivals.map(at => `${timeText(at)} ms`).join(', '))}${
    s.arrivals.length === 0 && s.fate !== '' ? field('fate', s.fate) : null
  }</dl>`
}
