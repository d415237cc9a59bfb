import type { Clock, Random } from '../host/clock.ts'
import { Host } from '../host/host.ts'
import type { Link } from '../host/link.ts'
import type { TraceSink } from '../tcp/events.ts'
import type { TcpOptions } from '../tcp/options.ts'
import { nodeClock } from './node-clock.ts'
import { nodeRandom } from './node-random.ts'
import { Stack } from './stack.ts'

export interface StackOptions {
  /** What its packets travel over; without one it reaches only itself (127.0.0.0/8). */
  readonly link?: Link
  /** Its addresses on the link, with their prefix: '192.0.2.2/24'. */
  readonly address?: string | readonly string[]
  /** Timers and limits of the TCP that differ from the defaults. */
  readonly tcp?: Partial<TcpOptions>
  /** Who listens to the event stream: a log, a capture, several by `combine`. */
  readonly trace?: TraceSink | null
  /** Default: real time. */
  readonly clock?: Clock
  /** Default: random numbers fit for secrets. Anything else is for tests. */
  readonly random?: Random
}

/**
 * A TCP/IP stack with the functions of node:net.
 * @throws RangeError for a bad address or option
 */
export const createStack = (options: StackOptions = {}): Stack => {
  const { link, address = [], tcp = {}, trace = null, clock = nodeClock, random = nodeRandom } = options
  const host = new Host({ clock, random, tcp, trace, allocate: Buffer.allocUnsafe })
  if (link !== undefined) host.attach(link, typeof address === 'string' ? [address] : address)
  return new Stack(host)
}
