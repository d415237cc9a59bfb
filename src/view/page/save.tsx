/** The buttons by which a page gives away what it shows. */
import { download, pcapngOf, pictureOf } from './export.ts'
import type { Viewer } from './viewer.ts'
import { useViewWords } from './words.ts'

interface SaveProps {
  readonly viewer: Viewer
  /** From the time of events to ms since 1970. */
  readonly wallClockOffset: number
}

export const SaveButtons = ({ viewer, wallClockOffset }: SaveProps) => {
  const words = useViewWords()
  return (
    <>
      <button
        type="button"
        onClick={() => download('tuntcp-view.pcapng', new Blob(pcapngOf(viewer.history, wallClockOffset)))}
      >
        {words.savePackets}
      </button>
      <button type="button" disabled={(viewer.connection?.shown ?? null) === null} onClick={savePicture}>
        {words.savePicture}
      </button>
    </>
  )
}

const savePicture = (): void => {
  const ladder = document.querySelector('.ladder-box')
  if (ladder !== null) download('ladder.svg', new Blob([pictureOf(ladder)], { type: 'image/svg+xml' }))
}
