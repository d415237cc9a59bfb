/** Bodies of HTTP requests, for every HTTP interface of this program. */
import type { IncomingMessage } from 'node:http'

/** Longer than any order is. */
export const LONGEST_BODY = 65_536

/** The whole body as text; null when it is longer than `most` characters. */
export const bodyOf = async (request: IncomingMessage, most = LONGEST_BODY): Promise<string | null> => {
  let text = ''
  request.setEncoding('utf8')
  // Whoever is told that it is too long must not find the connection gone.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    text += chunk
    if (text.length > most) return null
  }
  return text
}
