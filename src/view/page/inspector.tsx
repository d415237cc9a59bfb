/** Everything about what is looked at: a segment, byte by byte, or a connection and where it may go from here. */
import { useState } from 'preact/hooks'
import { TRANSITIONS } from '../../tcp/state.ts'
import { relativeAck, relativeSeq, segmentText } from '../../trace/observed-segment.ts'
import { ACK } from '../../wire/tcp.ts'
import type { ConnectionStory } from '../model/connection-story.ts'
import { type HeaderField, headerFields } from '../model/header-fields.ts'
import type { Entry, ViewConnection } from '../model/history.ts'
import { REASONS } from '../parts/reasons.ts'
import { ruleOf } from '../parts/rules.ts'
import { sectionText, Transition } from '../parts/segment-log.tsx'
import { useSpeech } from '../parts/speech.ts'
import { beginningsOf, spanText, timeText } from '../parts/story.ts'
import type { Viewer } from './viewer.ts'
import { useViewWords, type ViewWords } from './words.ts'

interface InspectorProps {
  readonly viewer: Viewer
  readonly story: ConnectionStory | null
  readonly wallClock: (time: number) => string
}

export const Inspector = ({ viewer, story, wallClock }: InspectorProps) => {
  const w = useViewWords().details
  const { connection, chosenEntry } = viewer
  if (connection === null || connection.shown === null || story === null) return <p class="empty">{w.none}</p>
  return (
    <>
      {chosenEntry === null ? null : (
        <EntryView
          key={chosenEntry.number}
          entry={chosenEntry}
          viewer={viewer}
          story={story}
          wallClock={wallClock}
        />
      )}
      <ConnectionView c={connection} viewer={viewer} />
      <Heard viewer={viewer} story={story} />
    </>
  )
}

/** A step in time, for those who hear the page: in short, and not what the ladder itself has told them. */
const Heard = ({ viewer, story }: { readonly viewer: Viewer; readonly story: ConnectionStory }) => {
  const w = useViewWords().details
  const { say } = useSpeech()
  const entry = viewer.stepped ? viewer.chosenEntry : null
  return (
    <p class="heard" role="status">
      {entry === null ? '' : inShort(entry, story, w, say)}
    </p>
  )
}

const inShort = (
  { event, number, segment: own }: Entry,
  story: ConnectionStory,
  w: ViewWords['details'],
  say: (english: string) => string,
): string => {
  if (event.kind === 'transition') return `${event.from} → ${event.to}`
  if (event.kind === 'timer') return w.timer(say(event.timer))
  if (event.kind === 'drop') return say(event.reason)
  if (event.kind === 'note') return say(event.text)
  if (event.kind !== 'packet' && event.kind !== 'loss') return ''
  const segment = story.segmentOf.get(number) ?? own
  return [
    event.direction === 'out' ? w.sent : w.received,
    segment === null ? w.packet : segmentText(segment, beginningsOf(story)),
    ...(segment === null || segment.fate === '' ? [] : [say(segment.fate)]),
  ].join(' ')
}

const Fact = ({ name, value }: { readonly name: string; readonly value: string }) => (
  <div>
    <dt>{name}</dt>
    <dd>{value}</dd>
  </div>
)

const ConnectionView = ({ c, viewer }: { readonly c: ViewConnection; readonly viewer: Viewer }) => {
  const w = useViewWords().details
  const { say, rules } = useSpeech()
  const facts = c.shown!
  const now = viewer.history.time
  const { sample, state } = facts
  const listener = c.remote === '*'
  const next = state === null ? [] : TRANSITIONS.filter(({ from }) => from === state)
  const last = lastTransition(c, viewer.history.shown)
  return (
    <section class="card" aria-label={w.connection}>
      <h3>
        <b class={`pill s-${state}`}>{state ?? w.unknown}</b>{' '}
        {listener ? c.local : c.active ? `${c.local} → ${c.remote}` : `${c.remote} → ${c.local}`}
      </h3>
      <dl>
        <Fact name={w.inState} value={spanText(Math.max(0, Math.round(now - facts.since)))} />
        {listener ? null : (
          <>
            <Fact name={w.openedBy} value={c.active ? w.thisSide : w.peer} />
            <Fact name={w.segments} value={`${facts.segmentsIn}, ${facts.segmentsOut}`} />
            <Fact name={w.text} value={w.bytes(`${facts.textIn}, ${facts.textOut}`)} />
          </>
        )}
        {facts.retransmissions > 0 ? <Fact name={w.sentAgain} value={String(facts.retransmissions)} /> : null}
        {facts.lost > 0 ? <Fact name={w.lost} value={String(facts.lost)} /> : null}
        {facts.dropped > 0 ? <Fact name={w.dropped} value={String(facts.dropped)} /> : null}
        {sample === null ? null : (
          <>
            <Fact name={w.roundTrip} value={sample.srtt < 0 ? w.notMeasured : spanText(sample.srtt)} />
            <Fact name={w.rto} value={spanText(sample.rto)} />
            <Fact
              name="cwnd, ssthresh"
              value={`${sample.cwnd}, ${sample.ssthresh >= 2 ** 30 ? w.noneYet : sample.ssthresh}`}
            />
            <Fact name={w.flight} value={w.bytes(`${sample.inFlight}, ${sample.sendWindow}`)} />
            <Fact name={w.waiting} value={w.bytes(`${sample.receiveQueue}, ${sample.sendQueue}`)} />
          </>
        )}
        {Object.entries(facts.timers).map(([timer, at]) => (
          <Fact
            key={timer}
            name={w.timer(say(timer))}
            value={at > now ? w.dueIn(spanText(Math.round(at - now))) : w.due}
          />
        ))}
      </dl>
      {last === null ? null : (
        <>
          <h4>{w.howItCame}</h4>
          <Transition transition={last} who="" />
        </>
      )}
      {next.length === 0 ? null : (
        <details>
          <summary>{w.ways(next.length, String(state))}</summary>
          <ul class="ways">
            {next.map(({ event, to, section }) => (
              <li key={event}>
                <b>{say(event)}</b> → <b class={`s-${to}`}>{to}</b>{' '}
                <span class="section">{say(sectionText(section))}</span>
                <p class="rule">{ruleOf(state!, event, rules)}</p>
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  )
}

const lastTransition = (c: ViewConnection, shown: number) => {
  for (let i = c.entries.length - 1; i >= 0; i--) {
    const { event, number } = c.entries.at(i)!
    if (number < shown && event.kind === 'transition') return event
  }
  return null
}

interface EntryProps {
  readonly entry: Entry
  readonly viewer: Viewer
  readonly story: ConnectionStory
  readonly wallClock: (time: number) => string
}

const EntryView = ({ entry, viewer, story, wallClock }: EntryProps) => {
  const w = useViewWords().details
  const { say, reasons } = useSpeech()
  const { event } = entry
  if (event.kind !== 'packet' && event.kind !== 'loss') return null
  const segment = story.segmentOf.get(entry.number) ?? entry.segment
  const begin = beginningsOf(story)
  const out = event.direction === 'out'
  const reason = event.kind === 'packet' ? event.reason : ''
  const effects = effectsOf(entry, viewer)
  return (
    <section class="card chosen-segment" aria-label={w.segment}>
      <header>
        <h3>
          {out ? w.sent : w.received} <code>{segment === null ? w.packet : segmentText(segment, begin)}</code>
        </h3>
        <button type="button" class="plain" aria-label={w.close} onClick={() => viewer.chooseEntry(null)}>
          ✕
        </button>
      </header>
      {reason === '' ? null : (
        <p class="why">
          <b>{say(reason)}</b> {reasons[reason] ?? REASONS[reason].says}{' '}
          <span class="section">{REASONS[reason].section}</span>
        </p>
      )}
      {segment !== null && segment.fate !== '' ? <p class="fate">{say(segment.fate)}</p> : null}
      {effects.map((effect, i) => (
        <Transition key={i} transition={effect} who={w.bringsAbout} />
      ))}
      <dl>
        <Fact name={w.at} value={`${wallClock(event.time)} (${timeText(event.time)} ms)`} />
        <Fact name={w.packet} value={w.numberInExport(packetNumber(entry, viewer), event.length)} />
        {segment === null ? null : (
          <>
            <Fact name={w.seq} value={w.fromFirst(String(relativeSeq(segment, begin)))} />
            {segment.flags & ACK ? (
              <Fact name={w.ack} value={w.fromPeersFirst(String(relativeAck(segment, begin)))} />
            ) : null}
            <Fact name={w.textLength} value={w.bytes(String(segment.length))} />
          </>
        )}
      </dl>
      <Bytes bytes={event.bytes} headers={headerFields(event.bytes)} />
    </section>
  )
}

/** The transitions that a segment has brought about: those that follow it at the same time. */
const effectsOf = (entry: Entry, { history }: Viewer) => {
  const effects = []
  for (let n = entry.number + 1; n < history.end; n++) {
    const next = history.entry(n)
    if (next === null || next.event.time !== entry.event.time || next.event.kind === 'packet') break
    if (next.event.kind === 'transition' && next.connection === entry.connection) effects.push(next.event)
  }
  return effects
}

/** The place of a packet among those that are kept. */
const packetNumber = (entry: Entry, { history }: Viewer): number => {
  let count = 0
  for (let n = history.oldest; n <= entry.number; n++) if (history.entry(n)?.event.kind === 'packet') count++
  return count
}

const hex = (byte: number): string => byte.toString(16).padStart(2, '0')

interface BytesProps {
  readonly bytes: Uint8Array
  readonly headers: readonly HeaderField[]
}

/** The header as bytes, and as fields: one shows where the other is. */
const Bytes = ({ bytes, headers }: BytesProps) => {
  const { say } = useSpeech()
  const [field, setField] = useState<HeaderField | null>(null)
  const end = headers.at(-1)?.to ?? 0
  const layers = [...new Set(headers.map(({ layer }) => layer))]
  const layerAt = (i: number) => headers.find(({ from, to }) => i >= from && i < to)?.layer ?? ''
  const on = (i: number) => field !== null && i >= field.from && i < field.to
  return (
    <>
      <pre class="bytes" aria-hidden="true">
        {[...bytes.subarray(0, end)].map((byte, i) => (
          <span key={i} class={`b-${layerAt(i)}${on(i) ? ' on' : ''}`}>
            {hex(byte)}
            {i % 16 === 15 ? '\n' : i % 8 === 7 ? '  ' : ' '}
          </span>
        ))}
      </pre>
      {layers.map(layer => (
        <details key={layer} class="fields" open={layer === 'TCP'}>
          <summary class={`b-${layer}`}>{say(layer)}</summary>
          <table>
            <tbody>
              {headers
                .filter(each => each.layer === layer)
                .map(each => (
                  <tr
                    key={`${each.name} ${each.from}`}
                    class={each === field ? 'on' : ''}
                    onMouseEnter={() => setField(each)}
                    onMouseLeave={() => setField(null)}
                  >
                    <th scope="row">
                      <button
                        type="button"
                        class="plain"
                        title={each.section}
                        onFocus={() => setField(each)}
                        onBlur={() => setField(null)}
                      >
                        {say(each.name)}
                      </button>
                    </th>
                    <td>{say(each.value)}</td>
                    <td class="section">
                      {each.to - each.from === 1 ? each.from : `${each.from}–${each.to - 1}`}
                    </td>
                  </tr>
                ))}
            </tbody>
          </table>
        </details>
      ))}
    </>
  )
}
