/** The networks that each library is tried on. A scenario knows only this: where servers are, and how to get there. */

import type { EventEmitter } from 'node:events'
import { once } from 'node:events'
import net from 'node:net'
import type { Clock } from '../../src/base/clock.ts'
import type { Link } from '../../src/ip/link.ts'
import { emulate } from '../../src/link/emulated.ts'
import { createPipe } from '../../src/link/pipe.ts'
import { openTun } from '../../src/link/tun.ts'
import { createStack } from '../../src/net/create-stack.ts'
import { nodeClock } from '../../src/net/node-clock.ts'
import { Socket } from '../../src/net/socket.ts'
import type { Stack } from '../../src/net/stack.ts'
import { SeededRandom } from '../../src/sim/seeded-random.ts'

/** A socket of either kind, as a library sees it. */
export type AnySocket = net.Socket

export interface World {
  /** The host of the servers. */
  readonly host: string
  /** Has a server of Node's, or one built on it, listen on port `port`. */
  serve(server: EventEmitter, port: number): Promise<void>
  /** Has a function take the connections to a port. */
  accept(port: number, connection: (socket: AnySocket) => void): Promise<void>
  /** A connection to a port of the servers, as net.connect. */
  connect(port: number): AnySocket
  /** A socket that is not connected yet. */
  socket(): AnySocket
  close(): Promise<void>
}

export type Scenario = (world: World) => Promise<void>

const A = '192.0.2.1'
const B = '192.0.2.2'

const servedBy = (stack: Stack, host: string): Pick<World, 'host' | 'serve' | 'accept'> => ({
  host,
  async serve(server, port) {
    const listening = once(server, 'listening')
    stack.serve(server, { port })
    await listening
  },
  async accept(port, connection) {
    await once(
      stack.createServer(socket => connection(socket as unknown as AnySocket)).listen(port),
      'listening',
    )
  },
})

const connectedBy = (stack: Stack, host: string): Pick<World, 'connect' | 'socket'> => ({
  connect: port => stack.connect({ port, host }) as unknown as AnySocket,
  socket: () => new Socket({ stack }) as unknown as AnySocket,
})

/** Two stacks in this process, joined in memory. */
const inMemory = (delay: number, impair: (link: Link, seed: number, clock: Clock) => Link): World => {
  const [left, right] = createPipe(nodeClock, { delay })
  const stack = (link: Link, address: string, seed: number) =>
    createStack({
      link: impair(link, seed, nodeClock),
      address: `${address}/24`,
      random: new SeededRandom(seed),
      // As Linux; with RFC 6298's second every loss would cost one.
      tcp: { minRto: 200 },
    })
  const a = stack(left, A, 1)
  const b = stack(right, B, 2)
  return {
    ...servedBy(b, B),
    ...connectedBy(a, B),
    close: async () => void (await Promise.all([a.close({ grace: 50 }), b.close({ grace: 50 })])),
  }
}

/** A link that loses 2 % of the packets; the pipe between delays them by 20 ms. */
const lossy = (link: Link, seed: number, clock: Clock): Link =>
  emulate(link, { out: { loss: 0.02 } }, new SeededRandom(100 + seed), clock)

const onTun = (): Stack => createStack({ link: openTun({ address: `${A}/24` }), address: `${B}/24` })

const kernelSockets: Pick<World, 'connect' | 'socket'> = {
  connect: port => net.connect(port, B),
  socket: () => new net.Socket(),
}

export const WORLDS = {
  'in memory': () => inMemory(0, link => link),
  'at 2 % loss and 20 ms': () => inMemory(20, lossy),
  /** Our server, the kernel's client. */
  'on a TUN, served by us'(): World {
    const stack = onTun()
    return { ...servedBy(stack, B), ...kernelSockets, close: () => stack.close({ grace: 50 }) }
  },
  /** The kernel's server, our client. */
  'on a TUN, served by the kernel'(): World {
    const stack = onTun()
    const servers: net.Server[] = []
    return {
      host: A,
      async serve(server, port) {
        const listening = once(server, 'listening')
        ;(server as net.Server).listen(port, A)
        await listening
      },
      async accept(port, connection) {
        const server = net.createServer(connection).listen(port, A)
        servers.push(server)
        await once(server, 'listening')
      },
      ...connectedBy(stack, A),
      async close() {
        for (const server of servers) server.close()
        await stack.close({ grace: 50 })
      },
    }
  },
} satisfies Record<string, () => World>

/** Bytes that tell where they belong. */
export const pattern = (length: number): Buffer => {
  const bytes = Buffer.allocUnsafe(length)
  let x = 1
  for (let i = 0; i < length; i++) {
    x = (Math.imul(x, 1103515245) + 12345) | 0
    bytes[i] = x >>> 16
  }
  return bytes
}
