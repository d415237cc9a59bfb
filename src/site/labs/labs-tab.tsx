/** The twenty experiments: each beside its page, run by the reader's own browser and judged by its own checks. */
import { useEffect, useState } from 'preact/hooks'
import { FindingsView } from '../../lab/html/findings-view.tsx'
import { ROWS, Section } from '../../lab/html/section.tsx'
import { storyOfRun } from '../../lab/html/story.ts'
import type { Lab } from '../../lab/lab.ts'
import type { TabProps } from '../page/tabs.ts'
import { Unknown } from '../page/unknown.tsx'
import { useOwnWords } from '../words/own-words.ts'
import { type Language, useLanguage } from '../words/words.ts'
import { WithDetails } from './details.tsx'
import { type GuidePage, guidePage } from './guide.ts'
import { LABS, labOf, type Played, play } from './play.ts'
import { LABS_STYLE } from './style.ts'
import { LAB_TEXTS, type LabText } from './texts-zh.ts'
import { LAB_WORDS, type LabWords } from './words.ts'

/** The labs' own texts are English. */
const TEXTS: Readonly<Record<Language, Readonly<Record<string, LabText>>>> = { en: {}, zh: LAB_TEXTS }

export const LabsTab = ({ argument, setArgument }: TabProps) => {
  const words = useOwnWords(LAB_WORDS)
  const texts = useOwnWords(TEXTS)
  const found = labOf(argument)
  const lab = found ?? LABS[0]!
  return (
    <>
      <Unknown address={found === null ? argument : ''} />
      <main class="labs">
        <style>{LABS_STYLE}</style>
        <nav class="lab-list" aria-label={words.list}>
          <ol>
            {LABS.map(({ name, summary }) => (
              <li key={name}>
                <a
                  href={`#labs/${name}`}
                  aria-current={name === lab.name ? 'page' : undefined}
                  onClick={event => {
                    event.preventDefault()
                    setArgument(name)
                  }}
                >
                  <b>{name}</b> <span>{texts[name]?.summary ?? summary}</span>
                </a>
              </li>
            ))}
          </ol>
        </nav>
        <label class="lab-choice">
          {words.choose}{' '}
          <select value={lab.name} onChange={event => setArgument(event.currentTarget.value)}>
            {LABS.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <LabView key={lab.name} lab={lab} words={words} />
      </main>
    </>
  )
}

const LabView = ({ lab, words }: { readonly lab: Lab; readonly words: LabWords }) => (
  <>
    <Guide lab={lab} words={words} />
    <div class="lab-run">
      {lab.needsKernel === undefined ? <Run lab={lab} words={words} /> : <Kernel lab={lab} words={words} />}
    </div>
  </>
)

const Guide = ({ lab, words }: { readonly lab: Lab; readonly words: LabWords }) => {
  const texts = useOwnWords(TEXTS)
  const language = useLanguage()
  const [page, setPage] = useState<GuidePage | null>(null)
  useEffect(() => {
    let wanted = true
    guidePage(lab.name, language).then(
      found => wanted && setPage(found),
      (error: Error) => wanted && setPage({ html: error.message, language: 'en' }),
    )
    return () => {
      wanted = false
    }
  }, [lab, language])
  return (
    <article class="guide" aria-label={words.page}>
      <h2>{lab.name}</h2>
      <p class="lead">{texts[lab.name]?.shows ?? lab.shows}</p>
      {page !== null && page.language !== language ? <p class="hint">{words.notTranslated}</p> : null}
      {page === null ? null : <div lang={page.language} dangerouslySetInnerHTML={{ __html: page.html }} />}
    </article>
  )
}

const Kernel = ({ lab, words }: { readonly lab: Lab; readonly words: LabWords }) => (
  <p class="hint">
    {words.kernel}
    {lab.needsKernel}. {words.kernelHint} <code>tuntcp lab {lab.name}</code>
  </p>
)

const Run = ({ lab, words }: { readonly lab: Lab; readonly words: LabWords }) => {
  const [{ seed, family, run }, choose] = useState<{ seed: string; family: 4 | 6; run: number }>({
    seed: lab.name,
    family: 4,
    run: 0,
  })
  const [played, setPlayed] = useState<(Played & { readonly run: number }) | null>(null)
  const [error, setError] = useState('')
  useEffect(() => {
    let wanted = true
    play(lab, seed, family).then(
      done => wanted && setPlayed({ ...done, run }),
      (reason: Error) => wanted && setError(reason.message),
    )
    return () => {
      wanted = false
    }
  }, [run])
  return (
    <>
      <form
        class="lab-settings"
        onSubmit={event => {
          event.preventDefault()
          const given = new FormData(event.currentTarget)
          setPlayed(null)
          setError('')
          choose({
            seed: String(given.get('seed')) || lab.name,
            family: given.get('family') === '6' ? 6 : 4,
            run: run + 1,
          })
        }}
      >
        <label>
          {words.seed} <input name="seed" defaultValue={seed} size={14} />
        </label>
        <label>
          {words.family}{' '}
          <select name="family" defaultValue={String(family)}>
            <option value="4">IPv4</option>
            <option value="6">IPv6</option>
          </select>
        </label>
        <button type="submit">{words.run}</button>
      </form>
      {played === null ? (
        <p class="empty" role="status">
          {error === '' ? words.running : `${words.failed} ${error}`}
        </p>
      ) : (
        <Outcome played={played} run={played.run} words={words} />
      )}
    </>
  )
}

interface OutcomeProps {
  readonly played: Played
  readonly run: number
  readonly words: LabWords
}

const Outcome = ({ played: { result, ladder }, run, words }: OutcomeProps) => {
  const { lab, findings } = result
  return (
    <>
      <FindingsView name={result.name} findings={findings} says={words.verdict} open />
      <WithDetails of={run} words={words.section}>
        <Section
          section={{ title: lab.name, top: null, stories: [storyOfRun(result.name, result.run)] }}
          id={`lab-${lab.name}`}
          rows={ROWS}
          several={false}
          words={words.section}
          log={false}
        />
      </WithDetails>
      <details class="ladder-text">
        <summary>{words.text}</summary>
        <p class="hint">{words.textHint}</p>
        <pre>{ladder}</pre>
      </details>
    </>
  )
}
