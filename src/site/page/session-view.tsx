/** An experiment on its stage: the time, the hosts, what they may do, and all that a viewer shows of it. */
import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { LeftOut, TimeBar } from '../../view/page/bar.tsx'
import { useKeys } from '../../view/page/keys.ts'
import { later } from '../../view/page/later.tsx'
import { Panels } from '../../view/page/panels.tsx'
import { Viewer } from '../../view/page/viewer.ts'
import type { Action, Plan } from '../experiment/plan.ts'
import type { Words } from '../words/en.ts'
import { useWords } from '../words/words.ts'
import { PACES, type Pace, Session } from './session.ts'
import { Stage } from './stage.tsx'

/** One looks first, and sets afterwards. */
const Controls = later(async () => (await import('./controls.tsx')).Controls)

/** Events that are kept, and can be gone back to. */
const HISTORY = 20_000

const wallClock = (time: number): string => `${(time / 1000).toFixed(3)} s`

const newSession = (plan: Plan): Session => {
  const viewer = new Viewer(HISTORY)
  viewer.pace = 0.1
  return new Session(viewer, plan)
}

/** A session that begins with a plan. What shows it is drawn again whenever anything happens in it. */
export const useSession = (plan: () => Plan): Session => {
  const [, draw] = useState(0)
  const [session] = useState(() => newSession(plan()))
  const { viewer } = session
  useEffect(() => viewer.onChange(() => draw(n => n + 1)), [viewer])
  useKeys(viewer)
  return session
}

/** Does it. @returns the answer: why it was not done, or `done`, or that it has undone what came later; '' when there is none */
export const answerTo = (session: Session, action: Action, done: string, w: Words['experiment']): string => {
  const { history } = session.viewer
  const undone = history.shown < history.end
  const trouble = session.act(action)
  if (trouble !== null) return w.troubles[trouble]
  return done || (undone ? w.branch : '')
}

interface SessionViewProps {
  readonly session: Session
  /** The answer to the last action. */
  readonly said: string
  readonly act: (action: Action, done?: string) => void
  readonly open: (plan: Plan) => void
  readonly say: (text: string) => void
  /** Beside the pace. */
  readonly children: ComponentChildren
}

export const SessionView = ({ session, said, act, open, say, children }: SessionViewProps) => {
  const { viewer } = session
  const w = useWords().experiment
  return (
    <>
      <TimeBar viewer={viewer} wallClock={wallClock} />
      <LeftOut viewer={viewer} />
      <div class="stage-bar">
        <label>
          {w.pace}{' '}
          <select
            value={session.pace}
            onChange={event => {
              session.pace = event.currentTarget.value as Pace
              viewer.acted()
            }}
          >
            {PACES.map(pace => (
              <option key={pace} value={pace}>
                {w.paces[pace]}
              </option>
            ))}
          </select>
        </label>
        {children}
      </div>
      <p class="said" role="status">
        {session.experiment.isTooLong ? w.tooMuch : said}
      </p>
      <Stage session={session} act={act} />
      <Panels
        viewer={viewer}
        wallClock={wallClock}
        first="Ladder"
        network={<Controls session={session} act={act} open={open} say={say} />}
      />
    </>
  )
}
