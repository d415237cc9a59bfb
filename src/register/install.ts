/** Has node:net, and with it http, https, http2, tls, fetch and all libraries, open its connections on a stack. */
import type { NetStack } from '../net/host-port.ts'
import { installCluster } from './cluster.ts'
import { installListen } from './listening.ts'
import type { Relay } from './relay.ts'
import { installConnect } from './routing.ts'
import { installSecured } from './secured.ts'
import { installSeen } from './seen.ts'
import { installSending } from './sending.ts'

/** The stacks for connections and for listeners. */
export interface Surroundings {
  readonly stack: NetStack
  /** Its addresses on a device, with the lengths of the networks there; none without one. */
  readonly own?: readonly string[]
  readonly routes: {
    /** The address of servers that have named none. */
    readonly any: string
    connects(address: string): boolean
    listens(address: string | null): boolean
  }
  /** To the stack of the process that has begun this one; null where there is none. */
  readonly relay?: Relay | null
}

/**
 * From now on. `childBegins` is called before a child process does. `surroundings` is asked when there is something to open; null
 * leaves it to the kernel.
 * @returns undoes it, for sockets and servers that are made later
 * @throws Error when this version of Node is not made as we know it
 */
export const install = (
  surroundings: () => Surroundings | null,
  childBegins: () => void = () => {},
): (() => void) => {
  const undo = [
    installConnect(surroundings),
    installListen(surroundings),
    installCluster(),
    installSecured(),
    installSending(childBegins),
    installSeen(),
  ]
  return () => {
    for (const each of undo) each()
  }
}
