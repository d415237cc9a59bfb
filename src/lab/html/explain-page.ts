/** The page of a capture: a section for each connection. */
import type { Explanation } from '../explain/replay.ts'
import { html, type Markup } from './markup.ts'
import { pageText, ROWS } from './page.ts'
import { spanText, storyOfConnection } from './story.ts'

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
    top: html`<p class="lead">${packets} packets, ${connections.length} connections${
      shown.length < connections.length
        ? `, of which the first ${shown.length} are shown (--port, --connection, --from and --until choose others)`
        : ''
    }. The states are those in which both ends must have been: replayed through the table of RFC 9293.</p>
${error === null ? null : html`<p class="verdict bad">✗ the file is broken ${error}</p>`}`,
    sections: shown.map(e => ({
      title: `${e.number}: ${e.ends[0]} → ${e.ends[1]}`,
      top: topOf(e),
      stories: [storyOfConnection(`connection ${e.number}`, e)],
    })),
    rows: full ? Number.POSITIVE_INFINITY : ROWS,
  })
}

const topOf = (e: Explanation): Markup => {
  const lasted = (e.segments.at(-1)?.segment.time ?? 0) - (e.segments[0]?.segment.time ?? 0)
  return html`<p class="lead">${e.ends[0]} → ${e.ends[1]}: ${e.segments.length} segments in ${spanText(lasted)}, ${e.bytes[0]} bytes to the right, ${e.bytes[1]} to the left${e.joined ? ', joined in the middle' : ''}. At the end of the capture: ${e.ends[0]} ${e.states[0]}, ${e.ends[1]} ${e.states[1]}.</p>
${e.remarks.length === 0 ? null : html`<ul>${e.remarks.map(remark => html`<li>${remark}</li>`)}</ul>`}`
}
