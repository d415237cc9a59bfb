import type { ConnectionId, TransitionEvent } from '../tcp/block/events.ts'
import { type Address, formatEndpoint, isUnspecified } from '../wire/address.ts'

/** `192.0.2.2:80`, or `*:80` for all addresses of ours. */
export const endpointText = (address: Address, port: number): string =>
  isUnspecified(address) ? `*:${port}` : formatEndpoint(address, port)

/** Both ends of a connection, as its owner sees it; a listener has `*` for the other. */
export const connectionName = (c: ConnectionId): string =>
  `${endpointText(c.localAddress, c.localPort)} ${c.remotePort === 0 ? '*' : endpointText(c.remoteAddress, c.remotePort)}`

/** Both ends of a connection, who opened it first; a listener has only one. */
export const connectionText = (c: ConnectionId): string => {
  const local = endpointText(c.localAddress, c.localPort)
  if (c.remotePort === 0) return local
  const remote = formatEndpoint(c.remoteAddress, c.remotePort)
  return c.active ? `${local} → ${remote}` : `${remote} → ${local}`
}

/** The text behind the name of the connection in {@link transitionText}. */
export const transitionTail = (e: TransitionEvent): string =>
  `  ${e.from} → ${e.to}  ${e.event}  ${e.section}`

/** `192.0.2.1:40112 → 192.0.2.2:80  SYN_RECEIVED → ESTABLISHED  ack of SYN  §3.10.7.4` */
export const transitionText = (e: TransitionEvent): string => connectionText(e.connection) + transitionTail(e)

/** The fields that a log has of a transition beside its text. */
export const transitionFields = (e: TransitionEvent): Record<string, string> => {
  const { connection: c, from, to, event, section, cause } = e
  return {
    local: endpointText(c.localAddress, c.localPort),
    ...(c.remotePort === 0 ? {} : { remote: endpointText(c.remoteAddress, c.remotePort) }),
    from,
    to,
    event,
    section,
    cause,
  }
}
