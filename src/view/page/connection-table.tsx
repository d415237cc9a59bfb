/** The table of connections: as many rows as there is room for are drawn, of however many there are. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { STATES } from '../../tcp/state.ts'
import type { Facts } from '../model/facts.ts'
import { isOpen, NO_FILTER } from '../model/filter.ts'
import type { ViewConnection } from '../model/history.ts'
import { useSpeech } from '../parts/speech.ts'
import { spanText } from '../parts/story.ts'
import type { SortKey, Viewer } from './viewer.ts'
import { useViewWords } from './words.ts'

const ROW = 32

interface Column {
  readonly key: SortKey
  readonly number: boolean
  readonly text: (c: ViewConnection, f: Facts, now: number) => string
  readonly value: (c: ViewConnection, f: Facts) => number | string
}

const bytes = (n: number): string =>
  n < 10_000 ? String(n) : n < 10e6 ? `${Math.round(n / 1000)}k` : `${Math.round(n / 1e6)}M`

const COLUMNS: readonly Column[] = [
  {
    key: 'state',
    number: false,
    text: (_, f) => f.state ?? '?',
    value: (_, f) => STATES.indexOf(f.state ?? 'CLOSED'),
  },
  { key: 'remote', number: false, text: c => c.remote, value: c => c.remote },
  {
    key: 'local',
    number: false,
    text: c => c.local.slice(c.local.lastIndexOf(':')),
    value: c => c.local,
  },
  {
    key: 'since',
    number: true,
    text: (_, f, now) => spanText(Math.max(0, Math.round(now - f.since))),
    value: (_, f) => -f.since,
  },
  {
    key: 'text',
    number: true,
    text: (_, f) => (f.textIn + f.textOut === 0 ? '' : `${bytes(f.textIn)}/${bytes(f.textOut)}`),
    value: (_, f) => f.textIn + f.textOut,
  },
  {
    key: 'rtt',
    number: true,
    text: (_, f) => (f.sample === null || f.sample.srtt < 0 ? '' : spanText(f.sample.srtt)),
    value: (_, f) => f.sample?.srtt ?? -1,
  },
  {
    key: 'cwnd',
    number: true,
    text: (_, f) => (f.sample === null ? '' : bytes(f.sample.cwnd)),
    value: (_, f) => f.sample?.cwnd ?? 0,
  },
  {
    key: 'queue',
    number: true,
    text: (_, f) =>
      f.sample === null || f.sample.sendQueue + f.sample.receiveQueue === 0
        ? ''
        : `${bytes(f.sample.receiveQueue)}/${bytes(f.sample.sendQueue)}`,
    value: (_, f) => (f.sample === null ? 0 : f.sample.sendQueue + f.sample.receiveQueue),
  },
]

const sorted = (connections: readonly ViewConnection[], { sort }: Viewer): ViewConnection[] => {
  const { value } = COLUMNS.find(({ key }) => key === sort.key)!
  const sign = sort.down ? -1 : 1
  return connections
    .map(c => ({ c, v: value(c, c.shown!) }))
    .sort((a, b) => sign * (a.v < b.v ? -1 : a.v > b.v ? 1 : a.c.id - b.c.id))
    .map(({ c }) => c)
}

interface TableProps {
  readonly viewer: Viewer
  readonly connections: readonly ViewConnection[]
  readonly total: number
  readonly reasons: readonly string[]
}

export const ConnectionTable = ({ viewer, connections, total, reasons }: TableProps) => {
  const w = useViewWords().table
  const { say } = useSpeech()
  const box = useRef<HTMLDivElement>(null)
  const [top, setTop] = useState(0)
  const [height, setHeight] = useState(400)
  useLayoutEffect(() => {
    const watch = new ResizeObserver(() => setHeight(box.current?.clientHeight ?? 400))
    watch.observe(box.current!)
    return () => watch.disconnect()
  }, [])
  const rows = sorted(connections, viewer)
  const first = Math.min(Math.max(0, Math.floor(top / ROW) - 5), Math.max(0, rows.length - 1))
  const last = Math.min(rows.length, first + Math.ceil(height / ROW) + 10)
  const now = viewer.history.time
  const { filter } = viewer
  return (
    <>
      <form class="filter" onSubmit={event => event.preventDefault()}>
        <input
          type="search"
          aria-label={w.search}
          placeholder={w.searchHint}
          value={filter.text}
          onInput={event => viewer.setFilter({ text: event.currentTarget.value })}
        />
        <select
          aria-label={w.state}
          value={filter.state ?? ''}
          onChange={event =>
            viewer.setFilter({ state: STATES.find(state => state === event.currentTarget.value) ?? null })
          }
        >
          <option value="">{w.anyState}</option>
          {STATES.map(state => (
            <option key={state} value={state}>
              {state}
            </option>
          ))}
        </select>
        {reasons.length > 0 || filter.reason !== null ? (
          <select
            aria-label={w.reason}
            value={filter.reason ?? ''}
            onChange={event => viewer.setFilter({ reason: event.currentTarget.value || null })}
          >
            <option value="">{w.anyReason}</option>
            {reasons.map(reason => (
              <option key={reason} value={reason}>
                {say(reason)}
              </option>
            ))}
          </select>
        ) : null}
        {isOpen(filter) ? null : (
          <button type="button" class="plain" onClick={() => viewer.setFilter(NO_FILTER)}>
            {w.clear}
          </button>
        )}
      </form>
      <div class="rows" ref={box} onScroll={event => setTop(event.currentTarget.scrollTop)}>
        <table aria-rowcount={rows.length + 1} class="connections">
          <thead>
            <tr>
              {COLUMNS.map(({ key, number }) => (
                <th
                  key={key}
                  scope="col"
                  class={number ? 'num' : ''}
                  aria-sort={viewer.sort.key !== key ? 'none' : viewer.sort.down ? 'descending' : 'ascending'}
                >
                  <button type="button" class="plain" onClick={() => viewer.sortBy(key)}>
                    {w.columns[key]}
                    {viewer.sort.key === key ? (viewer.sort.down ? ' ↓' : ' ↑') : ''}
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {first > 0 ? <tr style={`height:${first * ROW}px`} /> : null}
            {rows.slice(first, last).map((c, i) => (
              <ConnectionRow key={c.id} c={c} index={first + i + 2} viewer={viewer} now={now} />
            ))}
            {last < rows.length ? <tr style={`height:${(rows.length - last) * ROW}px`} /> : null}
          </tbody>
        </table>
        {rows.length === 0 ? <p class="empty">{total === 0 ? w.none : w.noneFits}</p> : null}
      </div>
    </>
  )
}

interface RowProps {
  readonly c: ViewConnection
  readonly index: number
  readonly viewer: Viewer
  readonly now: number
}

const ConnectionRow = ({ c, index, viewer, now }: RowProps) => {
  const facts = c.shown!
  const [state, ...others] = COLUMNS
  return (
    <tr
      aria-rowindex={index}
      class={c.id === viewer.chosen ? 'chosen' : ''}
      style={`height:${ROW}px`}
      onClick={() => viewer.choose(c.id)}
    >
      <td>
        <button
          type="button"
          class="plain"
          aria-pressed={c.id === viewer.chosen}
          aria-label={`${facts.state}, ${c.local}, ${c.remote}`}
        >
          <b class={`pill s-${facts.state}`}>{state!.text(c, facts, now)}</b>
        </button>
      </td>
      {others.map(({ key, number, text }) => (
        <td key={key} class={number ? 'num' : 'address'} title={key === 'local' ? c.local : undefined}>
          {text(c, facts, now)}
        </td>
      ))}
    </tr>
  )
}
