import { once } from 'node:events'
import type { Clock } from '../../src/base/clock.ts'
import { Host, type HostOptions } from '../../src/host/host.ts'
import { createPipe, type PipeOptions } from '../../src/link/pipe.ts'
import { nodeClock } from '../../src/net/node-clock.ts'
import type { Socket } from '../../src/net/socket.ts'
import { Stack } from '../../src/net/stack.ts'
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import type { VirtualClock } from '../../src/sim/virtual-clock.ts'
import type { TcpOptions } from '../../src/tcp/block/options.ts'

export const A = '192.0.2.1'
export const B = '192.0.2.2'

export interface PairOptions extends PipeOptions {
  readonly clock?: Clock
  readonly tcp?: Partial<TcpOptions>
  readonly trace?: HostOptions['trace']
  /** Hears of exceptions in callbacks. */
  readonly report?: (error: unknown) => void
}

/** Two stacks joined by a pipe: {@link A}, where clients are, and {@link B}, where servers are. */
export const pair = (options: PairOptions = {}): { a: Stack; b: Stack; clock: Clock } => {
  const { clock = nodeClock, tcp = {}, trace = null, report, ...pipe } = options
  const [left, right] = createPipe(clock, pipe)
  const host = (seed: number) =>
    new Host({
      clock,
      random: new SeededRandom(seed),
      tcp,
      trace,
      allocate: Buffer.allocUnsafe,
      ...(report === undefined ? {} : { report }),
    })
  const a = host(1)
  const b = host(2)
  a.attach(left, [`${A}/24`])
  b.attach(right, [`${B}/24`])
  return { a: new Stack(a), b: new Stack(b), clock }
}

export const closeBoth = async ({ a, b }: { a: Stack; b: Stack }): Promise<void> => {
  await Promise.all([a.close({ grace: 20 }), b.close({ grace: 20 })])
}

/** As {@link closeBoth}, in virtual time. */
export const closeVirtual = async (stacks: { a: Stack; b: Stack }, clock: VirtualClock): Promise<void> => {
  const closed = closeBoth(stacks)
  await clock.runAsync(clock.now() + 1000)
  await closed
}

/** A connected pair of sockets: the client's of `a`, the server's of `b`. The server has closed to others. */
export const connected = async (
  { a, b }: { a: Stack; b: Stack },
  options: {
    allowHalfOpen?: boolean
    pauseOnConnect?: boolean
    highWaterMark?: number
    fairReads?: boolean
  } = {},
): Promise<{ client: Socket; server: Socket }> => {
  const listener = b.createServer(options)
  listener.listen(0)
  await once(listener, 'listening')
  const accepted = once(listener, 'connection')
  const client = a.connect({ port: listener.address()!.port, host: B, ...options })
  const [server] = (await accepted) as [Socket]
  if (client.connecting) await once(client, 'connect')
  listener.close()
  return { client, server }
}

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
