/** A congestion controller of the reader's own, beside CUBIC and BBR. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { useSpeech } from '../../view/parts/speech.ts'
import { StillPlot } from '../../view/parts/still-plot.tsx'
import type { TabProps } from '../page/tabs.ts'
import { useOwnWords } from '../words/own-words.ts'
import { useLanguage } from '../words/words.ts'
import type { CodeEditor } from './code-mirror.ts'
import { completionsIn, InterfaceDocs } from './interface.tsx'
import { lanePlots } from './lane-plots.ts'
import { PathForm, pathOf } from './path-form.tsx'
import type { Lane } from './race.ts'
import { DEADLINE, type Run, startRun } from './run.ts'
import { EDITOR_STYLE } from './style.ts'
import { TEMPLATE } from './template.ts'
import { EDITOR_WORDS, type EditorWords } from './words.ts'

/** The text, kept for as long as the page is there. */
let written = TEMPLATE

interface Standing {
  readonly running: number | null
  readonly lanes: readonly Lane[]
  /** The complaint. */
  readonly wrong: string
}

export const EditorTab = (_: TabProps) => {
  const words = useOwnWords(EDITOR_WORDS)
  const [{ running, lanes, wrong }, stand] = useState<Standing>({ running: null, lanes: [], wrong: '' })
  const editor = useRef<CodeEditor | null>(null)
  const under = useRef<Run | null>(null)
  const form = useRef<HTMLFormElement>(null)
  const { say } = useSpeech()
  const latest = useRef({ words, say })
  latest.current = { words, say }
  const stop = () => {
    under.current?.stop()
    under.current = null
  }
  const run = () => {
    stop()
    editor.current?.mark(null, '')
    stand({ running: 0, lanes: [], wrong: '' })
    const asked = { code: written, options: pathOf(form.current!) }
    const begun = startRun(asked, part => {
      if (under.current === begun) stand({ running: part, lanes: [], wrong: '' })
    })
    under.current = begun
    const tell = (lanes: readonly Lane[], wrong: string) => {
      if (under.current === begun) stand({ running: null, lanes, wrong })
    }
    begun.outcome.then(
      outcome => {
        const { words, say } = latest.current
        if (outcome.tell === 'done') tell(outcome.lanes, '')
        else if (outcome.tell === 'endless') tell([], words.endless(DEADLINE / 1000))
        else {
          const message = say(outcome.message)
          editor.current?.mark(outcome.line, message)
          tell([], words.wrong(outcome.line, message))
        }
      },
      (error: Error) => tell([], `${latest.current.words.failed} ${error.message}`),
    )
  }
  useEffect(() => stop, [])
  return (
    <main class="controller">
      <style>{EDITOR_STYLE}</style>
      <section class="writing" aria-label={words.editor}>
        <h2>{words.editor}</h2>
        <p class="hint">{words.how}</p>
        <Code run={run} editor={editor} words={words} />
        <div class="buttons">
          <button type="button" class="primary" onClick={run}>
            {words.run}
          </button>
          <button
            type="button"
            disabled={running === null}
            onClick={() => {
              stop()
              stand({ running: null, lanes: [], wrong: words.stopped })
            }}
          >
            {words.stop}
          </button>
          <button
            type="button"
            onClick={() => {
              if (editor.current !== null) editor.current.text = TEMPLATE
            }}
          >
            {words.template}
          </button>
          <span>{running === null ? '' : words.running(Math.floor(100 * running))}</span>
          <span class="heard" role="status">
            {running !== null ? words.begun : lanes.length > 0 ? words.done : ''}
          </span>
        </div>
        {wrong === '' ? null : (
          <p class="verdict bad" role="alert">
            {wrong}
          </p>
        )}
      </section>
      <section class="outcome" aria-label={words.results}>
        <PathForm form={form} run={run} words={words} />
        {lanes.length === 0 ? null : <Results lanes={lanes} words={words} />}
      </section>
      <InterfaceDocs words={words} />
    </main>
  )
}

interface CodeProps {
  readonly run: () => void
  readonly editor: { current: CodeEditor | null }
  readonly words: EditorWords
}

/** CodeMirror is large: it comes after the rest of the part. */
const Code = ({ run, editor, words }: CodeProps) => {
  const box = useRef<HTMLDivElement>(null)
  const latest = useRef(run)
  latest.current = run
  const language = useLanguage()
  const [error, setError] = useState('')
  useEffect(() => {
    let wanted = true
    import('./code-mirror.ts').then(
      ({ openEditor }) => {
        if (!wanted) return
        editor.current = openEditor(box.current!, {
          text: written,
          label: words.editor,
          completions: completionsIn(language),
          changed: text => {
            written = text
          },
          run: () => latest.current(),
        })
      },
      (reason: Error) => setError(reason.message),
    )
    return () => {
      wanted = false
      editor.current?.close()
      editor.current = null
    }
  }, [language])
  return (
    <div class="code" ref={box}>
      {error}
    </div>
  )
}

const Results = ({ lanes, words }: { readonly lanes: readonly Lane[]; readonly words: EditorWords }) => (
  <>
    <table>
      <thead>
        <tr>
          <th scope="col">{words.controller}</th>
          <th scope="col">{words.goodput}</th>
          <th scope="col">{words.resent}</th>
        </tr>
      </thead>
      <tbody>
        {lanes.map(({ name, goodput, resent }, i) => (
          <tr key={name}>
            <th scope="row" class={`l-lane-${i}`}>
              {name}
            </th>
            <td>{(goodput / 1e6).toFixed(2)}</td>
            <td>{resent}</td>
          </tr>
        ))}
      </tbody>
    </table>
    <div class="plots">
      {lanePlots(lanes, words).map(plot => (
        <StillPlot key={plot.title} {...plot} />
      ))}
    </div>
  </>
)
