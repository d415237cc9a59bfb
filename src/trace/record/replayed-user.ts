/** The user of a connection in a replay. */
import type { ConnectionUser } from '../../tcp/block/connection-user.ts'

/** It makes no calls but those that are written. */
export const userOf = (closed: () => void): ConnectionUser => ({
  established() {},
  readable() {},
  writable() {},
  closed,
})
