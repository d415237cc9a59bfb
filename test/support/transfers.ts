import type { PathOptions } from '../../src/link/path/options.ts'
import { createNetwork, type NetworkHost } from '../../src/sim/network.ts'
import type { TcpOptions } from '../../src/tcp/block/options.ts'
import { setUser } from '../../src/tcp/calls.ts'
import { ANY_IPV4, ANY_IPV6, isIpv6 } from '../../src/wire/address.ts'
import { pattern, Streamer } from '../support/two-hosts.ts'

const NOTHING = Buffer.alloc(0)

/** Sends `bytes` from one host to another; what the receiver got, and when it had all. */
export const transfer = (from: NetworkHost, to: NetworkHost, bytes: number, port = 80) => {
  const text = pattern(bytes, port)
  const result: { server: Streamer | null; client: Streamer | null; doneAt: number } = {
    server: null,
    client: null,
    doneAt: Number.NaN,
  }
  const listener = to.listen(isIpv6(to.address) ? ANY_IPV6 : ANY_IPV4, port, {
    acceptable: () => {
      const c = listener.accept()
      if (c === null) return
      const server = new Streamer(c, NOTHING, text)
      const readable = server.readable.bind(server)
      server.readable = () => {
        readable()
        if (server.received === bytes && Number.isNaN(result.doneAt)) result.doneAt = to.now
      }
      setUser(c, server)
      result.server = server
      server.writable()
      server.readable()
      listener.close()
    },
  })
  const c = from.connect(to.address, port, {
    established: () => result.client?.established(),
    readable: () => result.client?.readable(),
    writable: () => result.client?.writable(),
    closed: error => result.client?.closed(error),
  })
  result.client = new Streamer(c, text, NOTHING)
  return result
}

export const pair = (seed: number | string, options: PathOptions = {}, tcp: Partial<TcpOptions> = {}) => {
  const network = createNetwork({ seed, tcp })
  const a = network.host('a')
  const b = network.host('b')
  return { network, a, b, link: network.link(a, b, options) }
}

export const BAD: PathOptions = {
  delay: 20,
  jitter: 5,
  rate: 5e6,
  loss: 0.03,
  burst: { enter: 0.005, leave: 0.3 },
  duplicate: 0.01,
  reorder: 0.01,
  corrupt: 0.01,
}

/** Starts a transfer and lets it come to its end. */
export const run = <T>(network: ReturnType<typeof createNetwork>, start: () => T): T => {
  const result = start()
  network.runUntilIdle()
  return result
}
