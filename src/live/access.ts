/** Access to a server on the loopback of this machine: every user, and every page of the web by a browser, can reach it. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** A secret that is made anew with each process. */
export class Token {
  readonly text = randomBytes(24).toString('base64url')
  readonly #expected = digest(this.text)

  /** Returns whether a text is the token. Takes as long whatever is wrong. */
  is(text: string | null | undefined): boolean {
    return timingSafeEqual(digest(text ?? ''), this.#expected)
  }

  /** Returns whether the value of an Authorization header has it. */
  isIn(authorization: string | undefined): boolean {
    return this.is(/^Bearer (.*)$/.exec(authorization ?? '')?.[1])
  }
}

/** Returns whether it was asked by a name that no page of the web can have: names of others may be made to lead here. */
const isByOwnName = (host: string): boolean => /^(?:localhost|127\.0\.0\.1)(?::\d+)?$/.test(host)

/** Returns whether a program of this machine asks, and no page at all. */
export const isProgram = ({ host, origin }: IncomingHttpHeaders): boolean =>
  isByOwnName(host ?? '') && origin === undefined

/** Returns whether a program of this machine asks, or a page that came from the same server and stands in no frame. */
export const isOwnPage = (headers: IncomingHttpHeaders): boolean => {
  const { host = '', origin } = headers
  const site = headers['sec-fetch-site']
  const into = headers['sec-fetch-dest']
  return (
    isByOwnName(host) &&
    (origin === undefined || origin === `http://${host}`) &&
    // A link that is clicked elsewhere is no harm, a frame is.
    into !== 'iframe' &&
    into !== 'frame' &&
    into !== 'embed' &&
    into !== 'object' &&
    (site === undefined || site === 'same-origin' || site === 'none' || into === 'document')
  )
}
