/** Every segment with all that is known of it, and the transitions that belong to it. */
import {
  type Beginnings,
  type ObservedSegment,
  relativeAck,
  relativeSeq,
} from '../../trace/observed-segment.ts'
import { ACK, flagNames } from '../../wire/tcp.ts'
import type { LadderLayout, Mark, PlacedRow } from './ladder-layout.ts'
import { ruleOf } from './rules.ts'
import { useSpeech } from './speech.ts'
import { beginningsOf, type Story, type StoryTransition, timeText } from './story.ts'

/** A section as it is cited: of RFC 9293 unless it names another. */
export const sectionText = (section: string): string =>
  section.startsWith('§') ? `RFC 9293 ${section}` : section

interface TransitionProps {
  readonly transition: Pick<StoryTransition, 'from' | 'to' | 'event' | 'section'>
  readonly who: string
}

/** A transition, the section that decides it, and its rule in words. */
export const Transition = ({ transition: t, who }: TransitionProps) => {
  const { say, rules } = useSpeech()
  const rule = t.event === null ? '' : ruleOf(t.from, t.event, rules)
  const section = t.section ?? ''
  return (
    <>
      <p>
        <b>{who}</b>{' '}
        <code>
          {t.from} → {t.to}
        </code>{' '}
        {say(t.event ?? 'as its kernel tells')}{' '}
        {section === '' ? null : <span class="section">{say(sectionText(section))}</span>}
      </p>
      {rule === '' ? null : <p class="rule">{rule}</p>}
    </>
  )
}

const MarkLines = ({ marks, who }: { readonly marks: readonly Mark[]; readonly who: string }) => {
  const { say } = useSpeech()
  return (
    <>
      {marks.map(({ text, transition }, i) =>
        transition === null ? (
          <p key={i}>
            <b>{who}</b> {say(text)}
          </p>
        ) : (
          <Transition key={i} transition={transition} who={who} />
        ),
      )}
    </>
  )
}

const Beside = ({ row, ends }: { readonly row: PlacedRow; readonly ends: Story['ends'] }) => {
  const { say } = useSpeech()
  return (
    <>
      <MarkLines marks={row.marks[0]} who={say(ends[0])} />
      <MarkLines marks={row.marks[1]} who={say(ends[1])} />
    </>
  )
}

interface LogProps {
  readonly story: Story
  readonly layout: LadderLayout
  readonly id: string
}

/** All rows of the ladder, in words. */
export const SegmentLog = ({ story, layout, id }: LogProps) => {
  const { say } = useSpeech()
  const begin = beginningsOf(story)
  const numbers = new Map(layout.rows.flatMap(r => (r.number === null ? [] : [[r.arrow!.segment, r.number]])))
  // Transitions that a segment brings about are told with the segment.
  const arrivals = new Map<ObservedSegment, PlacedRow[]>()
  for (const row of layout.rows)
    if (row.arrow?.head === 'arrives' && numbers.has(row.arrow.segment))
      arrivals.set(row.arrow.segment, [...(arrivals.get(row.arrow.segment) ?? []), row])
  const told = ({ arrow }: PlacedRow) => arrow !== null && arrivals.has(arrow.segment)
  return (
    <ol class="log">
      {layout.rows.map((row, i) => {
        if (row.number === null) {
          const silent = row.marks[0].length + row.marks[1].length === 0
          return told(row) || silent ? null : (
            <li key={i} class="alone">
              <h4>{timeText(row.time)} ms</h4>
              <Beside row={row} ends={story.ends} />
            </li>
          )
        }
        const { segment, text } = row.arrow!
        const says = story.says(segment)
        return (
          <li key={i} id={`${id}-${row.number}`}>
            <h4>
              <span class="number">{row.number}</span> {timeText(row.time)} ms <code>{text}</code>
            </h4>
            {says.length === 0 ? null : <p class="says">{say(says.join('; '))}</p>}
            <Beside row={row} ends={story.ends} />
            {(arrivals.get(segment) ?? []).map((r, n) => (
              <div key={n}>
                <p class="arrival">{say(`arrives at ${timeText(r.time)} ms`)}</p>
                <Beside row={r} ends={story.ends} />
              </div>
            ))}
            <Fields segment={segment} begin={begin} />
          </li>
        )
      })}
    </ol>
  )
}

const Field = ({ name, value }: { readonly name: string; readonly value: string }) => {
  const { say } = useSpeech()
  return (
    <div>
      <dt>{say(name)}</dt>
      <dd>{say(value)}</dd>
    </div>
  )
}

const optionTexts = (s: ObservedSegment): string[] =>
  [
    s.mss === null ? '' : `MSS ${s.mss}`,
    s.scale === null ? '' : `window scale ${s.scale} (× ${2 ** Math.min(s.scale, 14)})`,
    s.sackPermitted ? 'SACK permitted' : '',
    s.timestamps ? 'timestamps' : '',
    ...s.sack.map(([l, r]) => `SACK ${l}–${r}`),
  ].filter(text => text !== '')

const Fields = ({ segment: s, begin }: { readonly segment: ObservedSegment; readonly begin: Beginnings }) => {
  const options = optionTexts(s)
  return (
    <dl>
      <Field name="from" value={s.source} />
      <Field name="to" value={s.destination} />
      <Field name="flags" value={flagNames(s.flags)} />
      <Field name="sequence number" value={`${relativeSeq(s, begin)} (${s.seq})`} />
      {s.flags & ACK ? <Field name="acknowledges" value={`${relativeAck(s, begin)} (${s.ack})`} /> : null}
      <Field name="window" value={String(s.window)} />
      <Field name="text" value={`${s.length} bytes`} />
      {options.length === 0 ? null : <Field name="options" value={options.join('; ')} />}
      {s.arrivals.length === 0 ? null : (
        <Field name="arrives" value={s.arrivals.map(at => `${timeText(at)} ms`).join(', ')} />
      )}
      {s.arrivals.length === 0 && s.fate !== '' ? <Field name="fate" value={s.fate} /> : null}
    </dl>
  )
}
