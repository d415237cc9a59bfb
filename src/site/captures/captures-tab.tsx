/** Captures of the reader's, explained as `tuntcp explain` does. */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { TabProps } from '../page/tabs.ts'
import { useOwnWords } from '../words/own-words.ts'
import { takeDropped } from './dropped.ts'
import { Failed } from './failed.tsx'
import type { Contents, List } from './open-capture.ts'
import { OpenedCapture } from './opened-capture.tsx'
import { CaptureWorker } from './reader.ts'
import { CAPTURES_STYLE } from './style.ts'
import { CAPTURE_WORDS, type CaptureWords } from './words.ts'

/** The capture that is open, and who reads it. */
export interface Opened {
  readonly file: File
  readonly contents: Contents
  readonly list: List
  readonly worker: CaptureWorker
}

type Standing =
  | { readonly is: 'empty'; readonly error: string }
  | { readonly is: 'reading'; readonly name: string; readonly percent: number }
  | { readonly is: 'open'; readonly opened: Opened }

export const CapturesTab = (_: TabProps) => {
  const words = useOwnWords(CAPTURE_WORDS)
  const [standing, stand] = useState<Standing>({ is: 'empty', error: '' })
  const worker = useRef<CaptureWorker | null>(null)
  const end = () => {
    worker.current?.close()
    worker.current = null
  }
  const open = async (file: File) => {
    end()
    const reader = new CaptureWorker()
    worker.current = reader
    // Another file may have been opened meanwhile.
    const standIf = (next: Standing) => {
      if (worker.current === reader) stand(next)
    }
    standIf({ is: 'reading', name: file.name, percent: 0 })
    reader.progress = (read, size) =>
      standIf({ is: 'reading', name: file.name, percent: Math.floor((100 * read) / Math.max(size, 1)) })
    try {
      const told = await reader.ask({ ask: 'open', file })
      if (told.tell === 'opened') {
        reader.progress = () => {}
        standIf({ is: 'open', opened: { file, worker: reader, ...told } })
      }
    } catch (error) {
      standIf({ is: 'empty', error: `${file.name}: ${(error as Error).message}` })
    }
  }
  useEffect(() => {
    const waiting = takeDropped(file => void open(file))
    return () => {
      waiting()
      end()
    }
  }, [])
  return (
    <main class="captures">
      <style>{CAPTURES_STYLE}</style>
      <Chooser words={words} small={standing.is === 'open'} open={file => void open(file)} />
      <Failed words={words} error={standing.is === 'empty' ? standing.error : ''} />
      {standing.is === 'reading' ? (
        <p>
          <progress value={standing.percent} max={100} aria-label={words.reading(standing.name)} />{' '}
          {words.read(standing.name, standing.percent)}
        </p>
      ) : null}
      {/* Its beginning and its end are heard, not each per cent. */}
      <p class="heard" role="status">
        {standing.is === 'reading' ? words.reading(standing.name) : null}
        {standing.is === 'open'
          ? words.packets(standing.opened.contents.packets, standing.opened.contents.count)
          : null}
      </p>
      {standing.is === 'open' ? (
        <OpenedCapture
          key={`${standing.opened.file.name} ${standing.opened.file.lastModified}`}
          opened={standing.opened}
          words={words}
        />
      ) : null}
    </main>
  )
}

interface ChooserProps {
  readonly words: CaptureWords
  /** A capture is open already. */
  readonly small: boolean
  readonly open: (file: File) => void
}

const Chooser = ({ words, small, open }: ChooserProps) => (
  <label class={`chooser${small ? ' small' : ''}`}>
    <b>{small ? words.another : words.drop}</b>
    <input
      type="file"
      onChange={event => {
        const [file] = event.currentTarget.files ?? []
        if (file !== undefined) open(file)
        event.currentTarget.value = ''
      }}
    />
    {small ? null : <span class="hint">{words.kinds}</span>}
  </label>
)
