/** The state diagram with every connection on it: a dot that moves when its state does. */
import type { State } from '../../tcp/state.ts'
import { STATES } from '../../tcp/state.ts'
import { countStates } from '../model/filter.ts'
import type { ViewConnection } from '../model/history.ts'
import { BOX, placeOf, StateDiagram, stepsOf } from '../parts/state-diagram.tsx'
import type { Story } from '../parts/story.ts'
import type { Viewer } from './viewer.ts'

/** Dots of a state that are drawn; of the others there is only the number. */
const MOST = 22
const ROW = 11
const GAP = 8

/** The point of the dot that has this place among those of its state. */
const dotPlace = (state: State, index: number, count: number): readonly [number, number] => {
  const [x, y] = placeOf(state)
  const row = Math.floor(index / ROW)
  const inRow = Math.min(ROW, count - row * ROW)
  return [x + ((index % ROW) - (inRow - 1) / 2) * GAP, y + BOX.height / 2 + 1 + row * GAP]
}

interface Dot {
  readonly connection: ViewConnection
  readonly state: State
  readonly x: number
  readonly y: number
}

/** The dots: of each state the connections that came last, and the one that is looked at in any case. */
const dotsOf = (connections: readonly ViewConnection[], chosen: number | null): Dot[] => {
  const byState = new Map<State, ViewConnection[]>()
  for (let i = connections.length - 1; i >= 0; i--) {
    const c = connections[i]!
    const state = c.shown?.state ?? null
    if (state === null) continue
    const list = byState.get(state) ?? []
    if (list.length < MOST) list.push(c)
    else if (c.id === chosen) list[MOST - 1] = c
    byState.set(state, list)
  }
  return [...byState].flatMap(([state, list]) =>
    list
      .sort((a, b) => a.id - b.id)
      .map((connection, i): Dot => {
        const [x, y] = dotPlace(state, i, list.length)
        return { connection, state, x, y }
      }),
  )
}

interface StatesProps {
  readonly viewer: Viewer
  /** Those that are not filtered out. */
  readonly connections: readonly ViewConnection[]
  readonly story: Story | null
}

export const States = ({ viewer, connections, story }: StatesProps) => {
  const counts = countStates(connections)
  const { connection } = viewer
  const end = story !== null && connection !== null && story.isLeft(connection.local) ? 0 : 1
  const steps = story === null ? [] : stepsOf(story, end)
  const current = connection?.shown?.state ?? null
  return (
    <div class="diagram">
      <StateDiagram
        steps={steps}
        who={connection === null ? 'stack' : `connection ${connection.local}, ${connection.remote}`}
        lit={new Set(current === null ? [] : [current])}
      >
        <g>
          {STATES.map(state => (
            <StateButton
              key={state}
              state={state}
              count={counts.get(state) ?? 0}
              pressed={viewer.filter.state === state}
              press={() => viewer.setFilter({ state: viewer.filter.state === state ? null : state })}
            />
          ))}
        </g>
        <g>
          {dotsOf(connections, viewer.chosen)
            // Those that move are never taken out of the document and put in again: by number, not by state.
            .sort((a, b) => a.connection.id - b.connection.id)
            .map(({ connection: c, state, x, y }) => (
              // biome-ignore lint/a11y/noStaticElementInteractions: the table of connections is the way for keys
              <circle
                key={c.id}
                class={`dot s-${state}${c.id === viewer.chosen ? ' chosen' : ''}`}
                data-connection={`${c.local} ${c.remote}`}
                r={c.id === viewer.chosen ? 5 : 3.4}
                style={`transform:translate(${x}px,${y}px)`}
                onClick={() => viewer.choose(c.id)}
              >
                <title>{`${c.local} ${c.remote}: ${state}`}</title>
              </circle>
            ))}
        </g>
      </StateDiagram>
    </div>
  )
}

interface ButtonProps {
  readonly state: State
  readonly count: number
  readonly pressed: boolean
  readonly press: () => void
}

const StateButton = ({ state, count, pressed, press }: ButtonProps) => {
  const [x, y] = placeOf(state)
  return (
    // biome-ignore lint/a11y/useSemanticElements: a button of HTML cannot stand in a picture
    <g
      class={`state-button${pressed ? ' pressed' : ''}`}
      role="button"
      // (In a picture Preact sets attributes as they are written: `tabIndex` would be none.)
      tabindex={count > 0 || pressed ? 0 : -1}
      aria-pressed={pressed}
      aria-label={`${state}: ${count}`}
      onClick={press}
      onKeyDown={event => {
        if (event.key !== 'Enter' && event.key !== ' ') return
        event.preventDefault()
        press()
      }}
    >
      <rect
        x={x - BOX.width / 2}
        y={y - BOX.height / 2}
        width={BOX.width}
        height={BOX.height}
        rx="5"
        fill="transparent"
      />
      {count > MOST ? (
        <g class="count">
          <rect x={x + BOX.width / 2 - 26} y={y - BOX.height / 2 - 9} width="34" height="15" rx="7.5" />
          <text x={x + BOX.width / 2 - 9} y={y - BOX.height / 2 + 2.5}>
            {count > 9999 ? `${Math.floor(count / 1000)}k` : count}
          </text>
        </g>
      ) : null}
    </g>
  )
}
