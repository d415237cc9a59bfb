/** Has node:net, and with it http, https, http2, tls, fetch and all libraries, open its connections on a stack. */
import type { NetStack } from '../net/host-port.ts'
import { installListen } from './listening.ts'
import { installConnect } from './routing.ts'
import { installSecured } from './secured.ts'
import { installSending } from './sending.ts'

/** Where connections go, and what listens. */
export interface Surroundings {
  readonly stack: NetStack
  readonly routes: {
    connects(address: string): boolean
    listens(address: string | null): boolean
  }
}

/**
 * From now on. `surroundings` is asked when there is something to open; null leaves it to the kernel.
 * @returns undoes it, for sockets and servers that are made later
 * @throws Error when this version of Node is not made as we know it
 */
export const install = (surroundings: () => Surroundings | null): (() => void) => {
  const undo = [installConnect(surroundings), installListen(surroundings), installSecured(), installSending()]
  return () => {
    for (const each of undo) each()
  }
}
