import type { Connection } from '../block/connection.ts'

/**
 * Bounds FIN-WAIT-2 of a connection that nobody holds any more: a peer that never closes must not keep it for
 * ever (as Linux's tcp_fin_timeout). One that is only half-closed may stay.
 */
export const armFinWait2 = (c: Connection): void => {
  if (c.state !== 'FIN_WAIT_2' || !c.orphaned || c.options.finWait2Timeout === 0) return
  c.idleTimer = c.arm(c.idleTimer, 'fin-wait-2', c.options.finWait2Timeout)
}
