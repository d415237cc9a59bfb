import type { Connection } from '../tcp/block/connection.ts'
import {
  type ConnectionUser,
  NOTICE_CLOSED,
  NOTICE_ESTABLISHED,
  NOTICE_READABLE,
  NOTICE_SOFT_ERROR,
  NOTICE_URGENT,
  NOTICE_USER_TIMEOUT,
  NOTICE_WRITABLE,
} from '../tcp/block/connection-user.ts'

const tell = (user: ConnectionUser, c: Connection, notices: number): void => {
  switch (notices) {
    case NOTICE_ESTABLISHED:
      user.established()
      break
    case NOTICE_SOFT_ERROR:
      user.softError?.(c.troubles.softErrorCode, c.troubles.softErrorText)
      break
    case NOTICE_USER_TIMEOUT:
      user.peerUserTimeout?.(c.troubles.remoteUserTimeout)
      break
    case NOTICE_URGENT:
      user.urgent?.()
      break
    case NOTICE_READABLE:
      user.readable()
      break
    case NOTICE_WRITABLE:
      user.writable()
      break
    case NOTICE_CLOSED:
      user.closed(c.error)
      break
  }
}

/**
 * Tells the user of a connection what has happened until there is no more. An exception of a callback goes to `report`,
 * harms nobody else and keeps the user from no other notices.
 * @returns whether there was any
 */
export const notifyUser = (c: Connection, report: (error: unknown) => void): boolean => {
  if (c.notices === 0 || c.user === null) return false
  while (c.notices !== 0 && c.user !== null) {
    const { notices, user } = c
    c.notices = 0
    // From the lowest bit to the highest.
    for (let rest = notices; rest !== 0; rest &= rest - 1) {
      c.env.recorder?.telling(c)
      try {
        tell(user, c, rest & -rest)
      } catch (error) {
        report(error)
      }
      c.env.recorder?.told()
    }
  }
  return true
}
