/** The page: everything of it side by side where there is room, one after the other where there is not. */
import { useEffect, useState } from 'preact/hooks'
import { connectionStory } from '../model/connection-story.ts'
import { filtered } from '../model/filter.ts'
import type { History } from '../model/history.ts'
import { ArrowTips } from '../parts/ladder.tsx'
import { LeftOut, LinkLight, TimeBar } from './bar.tsx'
import { ConnectionTable } from './connection-table.tsx'
import { download, pcapngOf, pictureOf } from './export.ts'
import { Inspector } from './inspector.tsx'
import { LadderPanel, WINDOW } from './ladder-panel.tsx'
import type { LiveSource } from './live-source.ts'
import { Network } from './network.tsx'
import { LivePlot, plotsOf } from './plots.tsx'
import { States } from './states.tsx'
import type { Viewer } from './viewer.ts'

const TABS = ['States', 'Connections', 'Ladder', 'Plots', 'Details', 'Network'] as const
type Tab = (typeof TABS)[number]

interface AppProps {
  readonly viewer: Viewer
  readonly source: LiveSource
}

export const App = ({ viewer, source }: AppProps) => {
  const [, draw] = useState(0)
  const [tab, setTab] = useState<Tab>('States')
  const [back, setBack] = useState(0)
  const [theme, setTheme] = useState('')
  useEffect(() => viewer.onChange(() => draw(n => n + 1)), [viewer])
  useEffect(() => {
    if (theme === '') delete document.documentElement.dataset.theme
    else document.documentElement.dataset.theme = theme
  }, [theme])
  useKeys(viewer)
  // Another connection begins at its end.
  useEffect(() => setBack(0), [viewer.chosen])
  const { history, connection } = viewer
  const all = [...history.connections]
  const connections = filtered(all, viewer.filter)
  const story =
    connection === null || connection.shown === null
      ? null
      : connectionStory(history, connection, WINDOW, back)
  const plots = story === null ? [] : plotsOf(story)
  const offset = source.about?.wallClockOffset ?? 0
  const wallClock = (time: number) => new Date(time + offset).toISOString().slice(11, 23)
  const panel = (name: Tab, more = '') => ({
    class: `pane at-${name.toLowerCase()}${tab === name ? ' here' : ''}${more}`,
    'aria-label': name,
  })
  const dark = theme === 'dark' || (theme === '' && matchMedia('(prefers-color-scheme: dark)').matches)
  return (
    <>
      <header class="top">
        <h1>{source.about?.name ?? 'tuntcp'}</h1>
        <span class="where">
          {source.about === null ? '' : `${source.about.address} on ${source.about.device}`}
        </span>
        <LinkLight state={source.state} />
        <span class="space" />
        <button
          type="button"
          onClick={() => download('tuntcp-view.pcapng', new Blob(pcapngOf(history, offset)))}
        >
          Save packets
        </button>
        <button type="button" disabled={story === null} onClick={savePicture}>
          Save picture
        </button>
        <button
          type="button"
          aria-label={dark ? 'Light colours' : 'Dark colours'}
          title={dark ? 'Light colours' : 'Dark colours'}
          onClick={() => setTheme(dark ? 'light' : 'dark')}
        >
          {dark ? '☀' : '☾'}
        </button>
      </header>
      <TimeBar viewer={viewer} wallClock={wallClock} />
      <LeftOut viewer={viewer} />
      <nav class="tabs" aria-label="Views">
        {TABS.map(name => (
          <button key={name} type="button" aria-pressed={tab === name} onClick={() => setTab(name)}>
            {name}
          </button>
        ))}
      </nav>
      <main>
        <div class="column">
          <section {...panel('States')}>
            <h2>
              States <small>{summary(connections.length, all.length)}</small>
            </h2>
            <States viewer={viewer} connections={connections} story={story} />
          </section>
          <section {...panel('Connections')}>
            <h2>Connections</h2>
            <ConnectionTable
              viewer={viewer}
              connections={connections}
              total={all.length}
              reasons={reasonsOf(history)}
            />
          </section>
        </div>
        <div class="column">
          <section {...panel('Ladder')}>
            <h2>Ladder</h2>
            <LadderPanel viewer={viewer} story={story} back={back} setBack={setBack} />
          </section>
          <section {...panel('Plots', plots.length === 0 ? ' none' : '')}>
            <h2>Over time</h2>
            {plots.length === 0 ? (
              <p class="empty">A connection that carries some segments of text is drawn here.</p>
            ) : (
              <div class="plot-row">
                {plots.map(plot => (
                  <LivePlot key={plot.title} plot={plot} />
                ))}
              </div>
            )}
          </section>
        </div>
        <div class="column">
          <section {...panel('Details')}>
            <h2>Details</h2>
            <Inspector viewer={viewer} story={story} wallClock={wallClock} />
          </section>
          <section {...panel('Network')}>
            <h2>Network and stack</h2>
            <Network source={source} viewer={viewer} />
          </section>
        </div>
      </main>
      <ArrowTips />
    </>
  )
}

const summary = (shown: number, all: number): string =>
  shown === all ? `${all} connections and listeners` : `${shown} of ${all}`

/** The reasons for which anything that is kept was lost or dropped. */
const reasonsOf = (history: History): string[] => {
  const reasons = new Set<string>()
  for (let n = history.oldest; n < history.shown; n++) {
    const entry = history.entry(n)
    if (entry?.connection == null) continue
    if (entry.event.kind === 'drop') reasons.add(entry.event.reason)
    else if (entry.event.kind === 'loss') reasons.add(entry.event.fate)
  }
  return [...reasons].sort()
}

const savePicture = (): void => {
  const ladder = document.querySelector('.ladder-box')
  if (ladder !== null) download('ladder.svg', new Blob([pictureOf(ladder)], { type: 'image/svg+xml' }))
}

/** The keys that mean the same everywhere but where one writes. */
const useKeys = (viewer: Viewer): void =>
  useEffect(() => {
    const hear = (event: KeyboardEvent) => {
      const on = event.target as HTMLElement
      if (event.altKey || event.ctrlKey || event.metaKey || /^(?:INPUT|SELECT|TEXTAREA)$/.test(on.tagName))
        return
      const button =
        on.tagName === 'BUTTON' || on.tagName === 'SUMMARY' || on.getAttribute('role') === 'button'
      const act = {
        ArrowLeft: () => viewer.step(-1),
        ArrowRight: () => viewer.step(1),
        Escape: () => viewer.chooseEntry(null),
        End: () => viewer.live(),
        ...(button
          ? {}
          : {
              ' ': () =>
                viewer.history.following || viewer.speed !== null ? viewer.pause() : viewer.play(1),
            }),
      }[event.key]
      if (act === undefined) return
      event.preventDefault()
      act()
    }
    addEventListener('keydown', hear)
    return () => removeEventListener('keydown', hear)
  }, [viewer])
