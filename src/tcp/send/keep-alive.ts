/** Keep-alive, RFC 9293 §3.8.4. */
import type { Connection } from '../block/connection.ts'
import { fail, sendReset } from '../ending.ts'
import { sendKeepAlive } from './emit.ts'
import { userTimeout } from './user-timeout.ts'

/** With the user timeout option the first probe has to wait for longer than the user timeout (RFC 5482 §4.2). */
const idleTime = (c: Connection): number =>
  c.options.userTimeoutOption
    ? Math.max(c.options.keepAliveIdle, userTimeout(c) + 1)
    : c.options.keepAliveIdle

const noProbes = (c: Connection): void => {
  if (c.troubles.keepAliveProbes > 0) c.ownTroubles().keepAliveProbes = 0
}

/** Starts the keep-alive timer of an established connection, if it is wanted (§3.8.4, MUST-24, MUST-25). */
export const armKeepAlive = (c: Connection): void => {
  if (c.orphaned && c.state === 'FIN_WAIT_2') return
  if (!c.synchronized || !c.options.keepAlive) {
    c.idleTimer = c.disarm(c.idleTimer)
    return
  }
  noProbes(c)
  c.idleTimer = c.arm(c.idleTimer, 'keep-alive', idleTime(c))
}

/**
 * The timer has expired. Segments do not restart it as they arrive; it looks now how long ago the last came
 * (MUST-26), which costs nothing per segment.
 */
export const keepAliveTimeout = (c: Connection): void => {
  const { options } = c
  const quiet = c.env.now - c.receivedAt
  // A probe's answer, or any other segment, begins the idle time anew.
  if (quiet <= options.keepAliveInterval) noProbes(c)
  const due = c.troubles.keepAliveProbes === 0 ? idleTime(c) : options.keepAliveInterval
  if (quiet < due) {
    c.idleTimer = c.arm(c.idleTimer, 'keep-alive', due - quiet)
    return
  }
  if (!c.allAcked) {
    // Unacknowledged data probes the peer by itself.
    c.idleTimer = c.arm(c.idleTimer, 'keep-alive', due)
    return
  }
  if (c.troubles.keepAliveProbes >= options.keepAliveCount) {
    sendReset(c)
    fail(c, 'keep-alive timeout', 'timeout', 'ETIMEDOUT')
    return
  }
  c.ownTroubles().keepAliveProbes++
  sendKeepAlive(c)
  c.idleTimer = c.arm(c.idleTimer, 'keep-alive', options.keepAliveInterval)
}
