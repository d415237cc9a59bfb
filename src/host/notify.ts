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
} from '../tcp/block/connection.ts'

const tell = (user: ConnectionUser, c: Connection, news: number): void => {
  switch (news) {
    case NEWS_ESTABLISHED:
      user.established()
      break
    case NEWS_SOFT_ERROR:
      user.softError?.(c.incidents.softErrorCode, c.incidents.softErrorText)
      break
    case NEWS_USER_TIMEOUT:
      user.peerUserTimeout?.(c.incidents.remoteUserTimeout)
      break
    case NEWS_URGENT:
      user.urgent?.()
      break
    case NEWS_READABLE:
      user.readable()
      break
    case NEWS_WRITABLE:
      user.writable()
      break
    case NEWS_CLOSED:
      user.closed(c.error)
      break
  }
}

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
    // From the lowest bit to the highest.
    for (let rest = news; rest !== 0; rest &= rest - 1) {
      c.env.witness?.telling(c)
      try {
        tell(user, c, rest & -rest)
      } catch (error) {
        report(error)
      }
      c.env.witness?.told()
    }
  }
  return true
}
