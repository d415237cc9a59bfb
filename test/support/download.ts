/** One stream from a to b, to its end, in virtual time. */

import type { PathOptions } from '../../src/link/path/options.ts'
import type { Path } from '../../src/link/path/path.ts'
import type { ConnectionView as Connection } from '../../src/tcp/block/connection-view.ts'
import type { TraceEvent } from '../../src/tcp/block/events.ts'
import type { TcpOptions } from '../../src/tcp/block/options.ts'
import { setUser } from '../../src/tcp/calls.ts'
import { B, pattern, Streamer, twoHosts } from './two-hosts.ts'

const LONGEST = 600_000

export interface Download {
  /** The sender's. */
  readonly connection: Connection
  /** The path that the sender sends through. */
  readonly path: Path
  /** From the active OPEN until the receiver has all, ms. */
  readonly elapsed: number
}

/** @throws Error when it does not arrive whole, or takes ten minutes */
export const download = (
  seed: number,
  path: PathOptions,
  tcp: Partial<TcpOptions>,
  bytes: number,
  trace: (event: TraceEvent) => void = () => {},
): Download => {
  const { a, b, clock, paths } = twoHosts(seed, path, tcp, (host, event) => {
    if (host === 'a') trace(event)
  })
  const says = pattern(bytes, 1)
  const nothing = pattern(0, 2)
  let far: Streamer | null = null
  const listener = b.listen(B, 80, {
    acceptable: () => {
      const c = listener.accept()
      if (c === null) return
      far = new Streamer(c, nothing, says)
      setUser(c, far)
      far.writable()
      far.readable()
    },
  })
  const user: { streamer: Streamer | null } = { streamer: null }
  const connection = a.connect(B, 80, {
    established: () => user.streamer!.established(),
    readable: () => user.streamer!.readable(),
    writable: () => user.streamer!.writable(),
    closed: error => user.streamer!.closed(error),
  })
  user.streamer = new Streamer(connection, says, nothing)
  const from = clock.now()
  while (!(far as Streamer | null)?.ended && clock.now() < from + LONGEST) clock.advance(10)
  const receiver = far as Streamer | null
  if (receiver?.received !== bytes || receiver.fault !== '')
    throw new Error(`${receiver?.received} of ${bytes} bytes have come: ${receiver?.fault}`)
  return { connection, path: paths[0], elapsed: clock.now() - from }
}
