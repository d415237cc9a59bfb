/** The missions: an experiment that has begun, what is to come of it, hints, and the verdict of what happens. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { History } from '../../view/model/history.ts'
import type { Action } from '../experiment/plan.ts'
import { answerTo, SessionView, useSession } from '../page/session-view.tsx'
import type { TabProps } from '../page/tabs.ts'
import { Unknown } from '../page/unknown.tsx'
import { useOwnWords } from '../words/own-words.ts'
import { useWords } from '../words/words.ts'
import { MISSIONS } from './all.ts'
import { type Judgement, judge, type Mission } from './mission.ts'
import { Seen } from './seen.ts'
import { MISSIONS_STYLE } from './style.ts'
import { MISSION_WORDS } from './words.ts'
import type { MissionWords } from './words-en.ts'

export const MissionsTab = ({ argument, setArgument }: TabProps) => {
  const found = MISSIONS.find(({ id }) => id === argument)
  const mission = found ?? MISSIONS[0]!
  /** True once a visitor has chosen a mission here: he goes on from the list of them. */
  const chose = useRef(false)
  const choose = (id: string) => {
    chose.current = true
    setArgument(id)
  }
  return (
    <>
      <Unknown address={found === undefined ? argument : ''} />
      <MissionView key={mission.id} mission={mission} choose={choose} focused={chose.current} />
    </>
  )
}

/** All that has happened so far, whatever moment is looked at. Another way from the past is another history. */
const useSeen = (history: History): Seen => {
  const read = useRef<{ readonly history: History; readonly seen: Seen; next: number } | null>(null)
  if (read.current?.history !== history) read.current = { history, seen: new Seen(), next: history.oldest }
  const { current } = read
  for (; current.next < history.end; current.next++) {
    const entry = history.entry(current.next)
    if (entry !== null) current.seen.add(entry.event)
  }
  return current.seen
}

interface MissionProps {
  readonly mission: Mission
  readonly choose: (id: string) => void
  /** True when the list of missions takes the focus. */
  readonly focused: boolean
}

const MissionView = ({ mission, choose, focused }: MissionProps) => {
  const words = useOwnWords(MISSION_WORDS)
  const { experiment: w } = useWords()
  const session = useSession(() => mission.plan)
  const [said, setSaid] = useState('')
  const [hints, setHints] = useState(0)
  const { viewer } = session
  const { history } = viewer
  const seen = useSeen(history)
  const judgement = useMemo(() => judge(mission, seen), [seen, history.end])
  const act = (action: Action, done = '') => setSaid(answerTo(session, action, done, w))
  const wait = (ms: number) => {
    viewer.speed = null
    session.runTo(session.now + ms)
    history.follow()
    viewer.acted()
  }
  const anew = () => {
    session.open(mission.plan)
    setSaid('')
  }
  const next = MISSIONS[MISSIONS.indexOf(mission) + 1]
  return (
    <>
      <style>{MISSIONS_STYLE}</style>
      <Brief
        mission={mission}
        judgement={judgement}
        hints={hints}
        more={() => setHints(hints + 1)}
        choose={choose}
        focused={focused}
        words={words}
      />
      <SessionView session={session} said={said} act={act} open={plan => session.open(plan)} say={setSaid}>
        {words.wait.map(([ms, text]) => (
          <button key={ms} type="button" onClick={() => wait(ms)}>
            {text}
          </button>
        ))}
        <button type="button" onClick={anew}>
          {words.anew}
        </button>
        {judgement.verdict === 'solved' && next !== undefined ? (
          <button type="button" class="primary" onClick={() => choose(next.id)}>
            {words.next}
          </button>
        ) : null}
      </SessionView>
    </>
  )
}

interface BriefProps {
  readonly mission: Mission
  readonly judgement: Judgement
  /** Hints that have been asked for. */
  readonly hints: number
  readonly more: () => void
  readonly choose: (id: string) => void
  readonly focused: boolean
  readonly words: MissionWords
}

const MARKS = { open: '○', met: '✓', missed: '✗' } as const

const Brief = ({ mission, judgement, hints, more, choose, focused, words }: BriefProps) => {
  const list = useRef<HTMLSelectElement>(null)
  useEffect(() => {
    if (focused) list.current!.focus()
  }, [])
  const text = words.missions[mission.id]!
  const { verdict, goals } = judgement
  return (
    <section class="mission" aria-label={text.title}>
      <div class="task">
        <select
          ref={list}
          aria-label={words.list}
          value={mission.id}
          onChange={event => choose(event.currentTarget.value)}
        >
          {MISSIONS.map(({ id }, i) => (
            <option key={id} value={id}>
              {i + 1}. {words.missions[id]!.title}
            </option>
          ))}
        </select>
        <p>{text.task}</p>
        <ol class="hints">
          {text.hints.slice(0, hints).map(hint => (
            <li key={hint}>{hint}</li>
          ))}
        </ol>
        {hints < text.hints.length && verdict !== 'solved' ? (
          <button type="button" onClick={more}>
            {words.hint(hints + 1, text.hints.length)}
          </button>
        ) : null}
      </div>
      <div class="goals">
        <ul aria-label={words.goals}>
          {goals.map(({ id, standing }) => (
            <li key={id} class={standing}>
              <span aria-hidden="true">{MARKS[standing]}</span> {text.goals[id]}{' '}
              <small>{words.standing[standing]}</small>
            </li>
          ))}
        </ul>
        <p class={`verdict ${verdict}`} role="status">
          {words.verdict[verdict]} {verdict === 'solved' ? <span class="moral">{text.moral}</span> : null}
        </p>
      </div>
    </section>
  )
}
