/** Reads and explains captures beside the page, which goes on meanwhile. */
import { explanationLog } from '../../lab/explain/explain-text.ts'
import type { Explanation } from '../../lab/explain/replay.ts'
import { ENGLISH_SPEECH, type Speech } from '../../view/parts/speech.ts'
import { zh } from '../speech/zh.ts'
import type { Language } from '../words/words.ts'
import type { Asked, Told } from './messages.ts'
import { OpenCapture, type Span } from './open-capture.ts'
import { connectionHtml } from './pictures.tsx'

/** A worker is one file: it has the speech of every language. */
const SPEECH: Readonly<Record<Language, Speech>> = { en: ENGLISH_SPEECH, zh }

/** A worker's own side. */
interface Scope {
  onmessage: ((event: MessageEvent<Asked>) => void) | null
  postMessage(message: Told): void
}

const scope = globalThis as unknown as Scope
const tell = (message: Told): void => scope.postMessage(message)

/** Between two words on how far it is, ms. */
const PAUSE = 50

let size = 0
let open: OpenCapture | null = null

const progress = (() => {
  let told = 0
  return (read: number): void => {
    const now = performance.now()
    if (now - told < PAUSE) return
    told = now
    tell({ tell: 'progress', read, size })
  }
})()

const explained = async (connection: number, span: Span): Promise<Explanation | number> =>
  (await open!.explain(connection, span, progress)) ?? 0

const answer = async (asked: Asked): Promise<Told> => {
  switch (asked.ask) {
    case 'open':
      size = asked.file.size
      open = null
      open = await OpenCapture.open(asked.file, progress)
      return { tell: 'opened', contents: open.contents, list: open.list('') }
    case 'list':
      return { tell: 'listed', list: open!.list(asked.text) }
    case 'explain': {
      const { connection, span, words, language } = asked
      const found = await explained(connection, span)
      return {
        tell: 'explained',
        explained:
          typeof found === 'number'
            ? { connection, html: '', segments: found }
            : {
                connection,
                html: connectionHtml(found, words, SPEECH[language]),
                segments: found.segments.length,
              },
      }
    }
    case 'text': {
      const found = await explained(asked.connection, asked.span)
      const lines = typeof found === 'number' ? [] : explanationLog(found)
      return {
        tell: 'text',
        text: new Blob(
          [...lines].map(line => `${line}\n`),
          { type: 'text/plain' },
        ),
      }
    }
  }
}

// One after the other: a capture is read for one question at a time.
let last: Promise<void> = Promise.resolve()
scope.onmessage = ({ data }) => {
  last = last.then(() =>
    answer(data).then(tell, (error: Error) => tell({ tell: 'failed', message: error.message })),
  )
}
