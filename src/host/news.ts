import {
  type Connection,
  NEWS_CLOSED,
  NEWS_ESTABLISHED,
  NEWS_READABLE,
  NEWS_SOFT_ERROR,
  NEWS_URGENT,
  NEWS_WRITABLE,
} from '../tcp/connection.ts'

/**
 * Tells the user of a connection what has happened, in the order in which it matters, until there is no more.
 * What a callback throws goes to `report` and harms nobody else.
 * @returns whether there was any
 */
export const tellUser = (c: Connection, report: (error: unknown) => void): boolean => {
  if (c.news === 0 || c.user === null) return false
  while (c.news !== 0 && c.user !== null) {
    const { news, user } = c
    c.news = 0
    try {
      if (news & NEWS_ESTABLISHED) user.established()
      if (news & NEWS_SOFT_ERROR) user.softError?.(c.softErrorCode, c.softErrorText)
      if (news & NEWS_URGENT) user.urgent?.()
      if (news & NEWS_READABLE) user.readable()
      if (news & NEWS_WRITABLE) user.writable()
    } catch (error) {
      report(error)
    }
    // Nothing that went wrong before keeps a user from learning that it is over.
    if (news & NEWS_CLOSED) {
      try {
        user.closed(c.error)
      } catch (error) {
        report(error)
      }
    }
  }
  return true
}
