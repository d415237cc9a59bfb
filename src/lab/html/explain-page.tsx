/** The page of a capture: a section for each connection. */

import { useSpeech } from '../../view/parts/speech.ts'
import { spanText } from '../../view/parts/story.ts'
import { connectionName } from '../explain/explain-text.ts'
import type { Explanation } from '../explain/replay.ts'
import { pageText } from './page.tsx'
import { ROWS } from './section.tsx'
import { storyOfConnection } from './story.ts'

/** Connections that a page has room for. */
export const CONNECTIONS = 50

/**
 * @param name of the file
 * @param packets in the file
 * @param error where the file is broken, or null
 * @param full all rows of long ladders
 * @returns a whole HTML document, of the first {@link CONNECTIONS} connections
 */
export const explainPage = (
  name: string,
  connections: readonly Explanation[],
  packets: number,
  error: string | null,
  full = false,
): string => {
  const shown = connections.slice(0, CONNECTIONS)
  return pageText({
    title: name,
    top: (
      <>
        <p class="lead">
          {packets} packets, {connections.length} connections
          {shown.length < connections.length
            ? `, of which the first ${shown.length} are shown (--port, --connection, --from and --until choose others)`
            : ''}
          . The states are those in which both ends must have been: replayed through the table of RFC 9293.
        </p>
        {error === null ? null : <p class="verdict bad">✗ the file is broken {error}</p>}
      </>
    ),
    sections: shown.map(e => ({
      title: `${connectionName(e).replace('connection ', '')}: ${e.ends[0]} → ${e.ends[1]}`,
      top: <ConnectionTop {...e} />,
      stories: [storyOfConnection(connectionName(e), e)],
    })),
    rows: full ? Number.POSITIVE_INFINITY : ROWS,
  })
}

/** The words on a connection before its pictures. */
export const ConnectionTop = ({ ends, segments, bytes, joined, states, remarks }: Explanation) => {
  const { say } = useSpeech()
  const lasted = (segments.at(-1)?.segment.time ?? 0) - (segments[0]?.segment.time ?? 0)
  const middle = joined ? ', joined in the middle' : ''
  return (
    <>
      <p class="lead">
        {say(
          `${ends[0]} → ${ends[1]}: ${segments.length} segments in ${spanText(lasted)}, ${bytes[0]} bytes to the right, ${bytes[1]} to the left${middle}. At the end of the capture: ${ends[0]} ${states[0]}, ${ends[1]} ${states[1]}.`,
        )}
      </p>
      {remarks.length === 0 ? null : (
        <ul>
          {remarks.map(remark => (
            <li key={remark}>{say(remark)}</li>
          ))}
        </ul>
      )}
    </>
  )
}
