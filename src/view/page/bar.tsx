/** The bar by which one moves through the history. */
import type { LinkState } from './live-source.ts'
import { SPEEDS, type Viewer } from './viewer.ts'
import { useViewWords } from './words.ts'

const Icon = ({ d }: { readonly d: string }) => (
  <svg viewBox="0 0 16 16" aria-hidden="true">
    <path d={d} />
  </svg>
)

interface BarProps {
  readonly viewer: Viewer
  readonly wallClock: (time: number) => string
}

export const TimeBar = ({ viewer, wallClock }: BarProps) => {
  const { history, ahead, moving, pace } = viewer
  const w = useViewWords().time
  const { following, shown, oldest, end } = history
  const isOver = shown >= end && (ahead?.isOver ?? true)
  return (
    <div class="time-bar" role="toolbar" aria-label={w.label}>
      <div class="keys">
        <button
          type="button"
          aria-label={w.back}
          title={`${w.back} (←)`}
          disabled={shown <= oldest}
          onClick={() => viewer.step(-1)}
        >
          <Icon d="M2 2h2v12H2zM14 2v12L5 8z" />
        </button>
        <button
          type="button"
          class="main"
          aria-label={moving ? w.pause : w.play}
          title={moving ? w.pauseKey : w.playKey}
          onClick={() => viewer.toggle()}
        >
          <Icon d={moving ? 'M3 2h4v12H3zM9 2h4v12H9z' : 'M3 1v14l11-7z'} />
        </button>
        <button
          type="button"
          aria-label={w.on}
          title={`${w.on} (→)`}
          disabled={isOver}
          onClick={() => viewer.step(1)}
        >
          <Icon d="M12 2h2v12h-2zM2 2v12l9-6z" />
        </button>
      </div>
      <input
        type="range"
        aria-label={w.moment}
        aria-valuetext={w.at(shown, end)}
        min={oldest}
        max={Math.max(oldest + 1, end)}
        value={shown}
        onInput={event => viewer.goTo(Number(event.currentTarget.value))}
      />
      {/* No <output>: it would be read out with each picture. */}
      <span class="clock">{end === 0 ? '' : wallClock(history.time)}</span>
      <select
        aria-label={w.speed}
        disabled={following && ahead === null}
        value={String(pace)}
        onChange={event => viewer.play(Number(event.currentTarget.value))}
      >
        {SPEEDS.map(each => (
          <option key={each} value={each}>
            × {each}
          </option>
        ))}
      </select>
      <button
        type="button"
        class={`to-live${following ? ' on' : ''}`}
        aria-pressed={following}
        onClick={() => viewer.live()}
      >
        {ahead === null ? w.live : w.end}
      </button>
    </div>
  )
}

const STATES: Readonly<Record<LinkState, string>> = {
  connecting: 'connecting …',
  live: 'connected',
  lost: 'not reachable; trying again',
  resting: 'not followed while this tab is hidden',
}

export const LinkLight = ({ state }: { readonly state: LinkState }) => (
  <span class={`light ${state}`} role="status">
    {STATES[state]}
  </span>
)

/** The gap in what the page has, when there is one. */
export const LeftOut = ({ viewer }: { readonly viewer: Viewer }) => {
  const w = useViewWords().time
  const { givenUp, missed } = viewer.history.leftOut
  const texts = [givenUp > 0 ? w.givenUp(givenUp) : '', missed > 0 ? w.missed(missed) : ''].filter(Boolean)
  return texts.length === 0 ? null : <p class="left-out">{texts.join('; ')}</p>
}
