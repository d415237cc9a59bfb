/** The pictures of a connection, as `tuntcp explain --html` has them. */

import { connectionName } from '../../lab/explain/explain-text.ts'
import type { Explanation } from '../../lab/explain/replay.ts'
import { ConnectionTop } from '../../lab/html/explain-page.tsx'
import { markup } from '../../lab/html/page.tsx'
import { ROWS, Section, type SectionWords } from '../../lab/html/section.tsx'
import { storyOfConnection } from '../../lab/html/story.ts'
import { type Speech, SpeechProvider } from '../../view/parts/speech.ts'

/** Markup: what the capture says is text in it, and no more than that. */
export const connectionHtml = (e: Explanation, words: SectionWords, speech: Speech): string =>
  markup(
    <SpeechProvider value={speech}>
      <Section
        section={{
          title: '',
          top: <ConnectionTop {...e} />,
          stories: [storyOfConnection(connectionName(e), e)],
        }}
        id={`connection-${e.number}`}
        rows={ROWS}
        several={false}
        words={words}
        log={false}
      />
    </SpeechProvider>,
  )
