/** Source routes of IPv4, as far as they concern TCP: RFC 9293 §3.9.2.1. */
import type { SourceRoute } from '../../wire/source-route.ts'
import type { Connection } from '../block/connection.ts'
import { computeMss } from './mss.ts'

/**
 * The reverse of the route that an acceptable segment has come by is the one to take (MUST-53), until another comes by
 * another (SHLD-24). Only where the peer has opened: the user's own route stays, and so does having none (MUST-52).
 */
export const takeSourceRoute = (c: Connection, route: SourceRoute): void => {
  if (c.active || !c.options.sourceRoutes) return
  c.env.reroute(c, route)
  // With a SYN the MSS is not yet known.
  if (c.synchronized) computeMss(c)
}
