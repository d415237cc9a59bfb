import {
  type Connection,
  type ConnectionUser,
  NEWS_CLOSED,
  NEWS_ESTABLISHED,
  NEWS_READABLE,
  NEWS_SOFT_ERROR,
  NEWS_URGENT,
  NEWS_USER_TIMEOUT,
  NEWS_WRITABLE,
} from '../tcp/connection.ts'

/** In the order in which it matters. */
const CALLBACKS: readonly (readonly [number, (user: ConnectionUser, c: Connection) => void])[] = [
  [NEWS_ESTABLISHED, user => user.established()],
  [NEWS_SOFT_ERROR, (user, c) => user.softError?.(c.softErrorCode, c.softErrorText)],
  [NEWS_USER_TIMEOUT, (user, c) => user.peerUserTimeout?.(c.remoteUserTimeout)],
  [NEWS_URGENT, user => user.urgent?.()],
  [NEWS_READABLE, user => user.readable()],
  [NEWS_WRITABLE, user => user.writable()],
  [NEWS_CLOSED, (user, c) => user.closed(c.error)],
]

/**
 * Tells the user of a connection what has happened until there is no more. What a callback throws goes to `report`,
 * harms nobody else and keeps the user from no other news.
 * @returns whether there was any
 */
export const tellUser = (c: Connection, report: (error: unknown) => void): boolean => {
  if (c.news === 0 || c.user === null) return false
  while (c.news !== 0 && c.user !== null) {
    const { news, user } = c
    c.news = 0
    for (const [bit, tell] of CALLBACKS) {
      if (!(news & bit)) continue
      try {
        tell(user, c)
      } catch (error) {
        report(error)
      }
    }
  }
  return true
}
