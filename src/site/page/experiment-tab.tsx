/** The free experiment: two hosts that one connects by buttons, and everything that follows. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { SaveButtons } from '../../view/page/save.tsx'
import { FIRST_PLAN } from '../experiment/examples.ts'
import { BadLink, decodePlan, encodePlan } from '../experiment/link.ts'
import { type Action, emptyPlan, type Plan } from '../experiment/plan.ts'
import type { Words } from '../words/en.ts'
import { useWords } from '../words/words.ts'
import { answerTo, SessionView, useSession } from './session-view.tsx'
import type { TabProps } from './tabs.ts'

/** From virtual time to ms since 1970, for captures: noon of the day on which RFC 793 came out. */
const WALL_CLOCK = Date.UTC(1981, 8, 1, 12)

/** The experiment of an address, or the one that everybody begins with and why. */
const planOf = (argument: string, words: Words): { readonly plan: Plan; readonly said: string } => {
  if (argument === '') return { plan: FIRST_PLAN, said: '' }
  try {
    return { plan: decodePlan(argument), said: '' }
  } catch (error) {
    if (!(error instanceof BadLink)) throw error
    return { plan: emptyPlan(), said: words.experiment.links[error.kind] }
  }
}

export const ExperimentTab = ({ argument, setArgument }: TabProps) => {
  const words = useWords()
  const [first] = useState(() => planOf(argument, words))
  const session = useSession(() => first.plan)
  const [said, setSaid] = useState(first.said)
  /** The experiment that the address has. */
  const written = useRef(argument)
  /** True while the address has a link that cannot be read, which stays there until something is done. */
  const isBad = useRef(first.said !== '')
  const { viewer } = session
  useEffect(() => {
    if (argument === written.current) return
    written.current = argument
    const { plan, said } = planOf(argument, words)
    setSaid(said)
    isBad.current = said !== ''
    session.open(plan)
  }, [argument])
  const write = () => {
    const link = encodePlan(session.experiment.plan)
    isBad.current = false
    if (link === written.current) return
    written.current = link
    setArgument(link)
  }
  const act = (action: Action, done = '') => {
    setSaid(answerTo(session, action, done, words.experiment))
    write()
  }
  const open = (plan: Plan) => {
    session.open(plan)
    setSaid('')
    write()
  }
  // While time passes the address stays: it would change with every picture.
  useEffect(() => {
    if (viewer.speed === null && written.current !== '' && !isBad.current) write()
  })
  return (
    <SessionView session={session} said={said} act={act} open={open} say={setSaid}>
      <button type="button" onClick={() => open(emptyPlan(session.experiment.network))}>
        {words.experiment.anew}
      </button>
      <button type="button" onClick={() => open(FIRST_PLAN)}>
        {words.experiment.example}
      </button>
      <span class="space" />
      <button
        type="button"
        onClick={() => {
          write()
          copy(location.href).then(
            () => setSaid(words.experiment.copied),
            () => setSaid(words.experiment.notCopied),
          )
        }}
      >
        {words.experiment.copy}
      </button>
      <SaveButtons viewer={viewer} wallClockOffset={WALL_CLOCK} />
    </SessionView>
  )
}

/** @throws where the browser does not let a page do so: from a file, for instance */
const copy = async (text: string): Promise<void> => {
  await navigator.clipboard.writeText(text)
}
