/** A capture that is open: its connections, and the one that is looked at. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { download } from '../../view/page/export.ts'
import { useSpeech } from '../../view/parts/speech.ts'
import { spanText } from '../../view/parts/story.ts'
import { WithDetails } from '../labs/details.tsx'
import { useLanguage } from '../words/words.ts'
import type { Opened } from './captures-tab.tsx'
import { Failed } from './failed.tsx'
import { type Explained, MOST } from './messages.ts'
import type { List, Span } from './open-capture.ts'
import type { CaptureWords } from './words.ts'

interface OpenedProps {
  readonly opened: Opened
  readonly words: CaptureWords
}

export const OpenedCapture = ({ opened, words }: OpenedProps) => {
  const { contents, file, worker } = opened
  const { say } = useSpeech()
  const [list, setList] = useState(opened.list)
  const [chosen, choose] = useState<number | null>(list.shown[0]?.number ?? null)
  const [error, setError] = useState('')
  const others = Object.entries(contents.others).map(([what, n]) => words.others(n, say(what)))
  const filter = async (text: string) => {
    const told = await worker.ask({ ask: 'list', text })
    if (told.tell === 'listed') setList(told.list)
  }
  return (
    <>
      <h2>{file.name}</h2>
      <p class="lead">
        {words.packets(contents.packets, contents.count)}
        {others.length === 0 ? '' : ` (${others.join(', ')})`}
      </p>
      {contents.error === null ? null : (
        <p class="verdict bad" role="alert">
          ✗ {words.broken}: {say(contents.error)}. {contents.count > 0 ? words.before : ''}
        </p>
      )}
      {contents.replayed === null || contents.error !== null ? null : (
        <p class={`verdict ${contents.replayed.difference === '' ? 'good' : 'bad'}`}>
          {contents.replayed.difference === ''
            ? `✓ ${words.replayed(contents.replayed.events)}`
            : `✗ ${words.differs}: ${contents.replayed.difference}`}{' '}
          {contents.replayed.cut ? words.noEnd : ''}
        </p>
      )}
      <Failed words={words} error={error} />
      {contents.cut ? <p class="hint">{words.cut(contents.count)}</p> : null}
      {contents.count === 0 ? (
        contents.error === null ? (
          <p class="empty">{words.none}</p>
        ) : null
      ) : (
        <>
          <Connections
            list={list}
            chosen={chosen}
            choose={choose}
            filter={text => filter(text).catch((reason: Error) => setError(reason.message))}
            words={words}
          />
          {chosen === null ? null : <Connection key={chosen} number={chosen} opened={opened} words={words} />}
        </>
      )}
    </>
  )
}

interface ConnectionsProps {
  readonly list: List
  readonly chosen: number | null
  readonly choose: (number: number) => void
  readonly filter: (text: string) => void
  readonly words: CaptureWords
}

const Connections = ({ list, chosen, choose, filter, words }: ConnectionsProps) => (
  <section aria-label={words.connections}>
    <div class="connection-filter">
      <input
        type="search"
        placeholder={words.filter}
        aria-label={words.filter}
        onInput={event => filter(event.currentTarget.value.trim())}
      />{' '}
      <span class="hint" role="status">
        {list.shown.length < list.matching ? words.shown(list.shown.length, list.matching) : ''}
      </span>
    </div>
    <div class="connections">
      <table>
        <thead>
          <tr>
            <th scope="col">{words.columns.number}</th>
            <th scope="col">{words.columns.from}</th>
            <th scope="col">{words.columns.to}</th>
            <th scope="col">{words.columns.segments}</th>
            <th scope="col">{words.columns.text}</th>
            <th scope="col">{words.columns.lasted}</th>
          </tr>
        </thead>
        <tbody>
          {list.shown.map(({ number, ends, seen, text, began, ended }) => (
            <tr key={number} class={number === chosen ? 'chosen' : ''} onClick={() => choose(number)}>
              <td>
                <button type="button" aria-pressed={number === chosen} onClick={() => choose(number)}>
                  {number}
                </button>
              </td>
              <td>{ends[0]}</td>
              <td>{ends[1]}</td>
              <td>{seen}</td>
              <td>{text}</td>
              <td>{spanText(ended - began)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  </section>
)

interface ConnectionProps extends OpenedProps {
  readonly number: number
}

const Connection = ({ number, opened: { worker, file }, words }: ConnectionProps) => {
  const language = useLanguage()
  const [span, setSpan] = useState<Span>({})
  const [explained, setExplained] = useState<(Explained & { readonly span: Span }) | null>(null)
  const [error, setError] = useState('')
  const wanted = useRef<Span>(span)
  wanted.current = span
  useEffect(() => {
    const ask = async () => {
      const told = await worker.ask({
        ask: 'explain',
        connection: number,
        span,
        words: words.section,
        language,
      })
      if (told.tell === 'explained' && wanted.current === span) setExplained({ ...told.explained, span })
    }
    ask().catch((reason: Error) => setError(reason.message))
    return () => {
      wanted.current = {}
    }
  }, [number, span, words, language])
  const save = async () => {
    const told = await worker.ask({ ask: 'text', connection: number, span })
    if (told.tell === 'text') download(`${file.name}.${number}.txt`, told.text)
  }
  const ready = explained !== null && explained.span === span
  return (
    <section class="connection">
      <form
        class="span"
        onSubmit={event => {
          event.preventDefault()
          const given = new FormData(event.currentTarget)
          setSpan({ from: milliseconds(given.get('from')), until: milliseconds(given.get('until')) })
        }}
      >
        <fieldset>
          <legend>{words.span}</legend>
          <label>
            {words.from} <input name="from" type="number" min="0" step="any" />
          </label>{' '}
          <label>
            {words.until} <input name="until" type="number" min="0" step="any" />
          </label>{' '}
          <button type="submit">{words.show}</button>{' '}
          <button
            type="button"
            disabled={!ready || explained.html === ''}
            onClick={() => save().catch((reason: Error) => setError(reason.message))}
          >
            {words.save}
          </button>
        </fieldset>
      </form>
      <Failed words={words} error={error} />
      {ready ? (
        explained.html === '' ? (
          <p role="status">
            {explained.segments === 0 ? words.nothing : words.tooMany(explained.segments, MOST)}
          </p>
        ) : (
          <WithDetails of={`${number} ${span.from} ${span.until} ${words.show}`} words={words.section}>
            <div dangerouslySetInnerHTML={{ __html: explained.html }} />
          </WithDetails>
        )
      ) : error === '' ? (
        <p class="empty" role="status">
          {words.explaining}
        </p>
      ) : null}
    </section>
  )
}

const milliseconds = (seconds: FormDataEntryValue | null): number | undefined =>
  seconds === null || seconds === '' ? undefined : Number(seconds) * 1000
