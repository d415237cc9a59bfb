/** The panels of a viewer: side by side where there is room, one after the other where there is not. */
import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { connectionStory } from '../model/connection-story.ts'
import { filtered } from '../model/filter.ts'
import type { History } from '../model/history.ts'
import { ArrowTips } from '../parts/ladder.tsx'
import { ConnectionTable } from './connection-table.tsx'
import { LadderPanel, RUSHING, WINDOW } from './ladder-panel.tsx'
import { later } from './later.tsx'
import { States } from './states.tsx'
import type { Viewer } from './viewer.ts'
import { useViewWords, type ViewWords } from './words.ts'

/** It has the texts of all rules. */
const Inspector = later(async () => (await import('./inspector.tsx')).Inspector)
/** There is nothing to plot in the first view. */
const Plots = later(async () => (await import('./plots.tsx')).Plots)

const PANELS = ['States', 'Connections', 'Ladder', 'Plots', 'Details', 'Network'] as const
type Name = (typeof PANELS)[number]

interface PanelsProps {
  readonly viewer: Viewer
  readonly wallClock: (time: number) => string
  /** The panel by which the source is set. */
  readonly network: ComponentChildren
  /** The panel that a narrow page begins with. */
  readonly first?: Name
}

export const Panels = ({ viewer, wallClock, network, first = 'States' }: PanelsProps) => {
  const w = useViewWords()
  const [here, setHere] = useState<Name>(first)
  const [back, setBack] = useState(0)
  // Another connection begins at its end.
  useEffect(() => setBack(0), [viewer.chosen])
  const { history, connection } = viewer
  const all = [...history.connections]
  const connections = filtered(all, viewer.filter)
  const story =
    connection === null || connection.shown === null
      ? null
      : connectionStory(history, connection, viewer.rushes ? RUSHING : WINDOW, back)
  const panel = (name: Name) => ({
    class: `pane at-${name.toLowerCase()}${here === name ? ' here' : ''}`,
    'aria-label': w.panels[name],
  })
  return (
    <>
      <nav class="tabs" aria-label={w.views}>
        {PANELS.map(name => (
          <button key={name} type="button" aria-pressed={here === name} onClick={() => setHere(name)}>
            {w.panels[name]}
          </button>
        ))}
      </nav>
      <main>
        <div class="column">
          <section {...panel('States')}>
            <h2>
              {w.panels.States} <small>{summary(w, connections.length, all.length)}</small>
            </h2>
            <States viewer={viewer} connections={connections} story={story} />
          </section>
          <section {...panel('Connections')}>
            <h2>{w.panels.Connections}</h2>
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
            <h2>{w.panels.Ladder}</h2>
            <LadderPanel viewer={viewer} story={story} back={back} setBack={setBack} />
          </section>
          <section {...panel('Plots')}>
            <h2>{w.plotsTitle}</h2>
            <Plots story={story} />
          </section>
        </div>
        <div class="column">
          <section {...panel('Details')}>
            <h2>{w.panels.Details}</h2>
            <Inspector viewer={viewer} story={story} wallClock={wallClock} />
          </section>
          <section {...panel('Network')}>
            <h2>{w.networkTitle}</h2>
            {network}
          </section>
        </div>
      </main>
      <ArrowTips />
    </>
  )
}

const summary = (w: ViewWords, shown: number, all: number): string =>
  shown === all ? w.count(all) : w.countOf(shown, all)

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
