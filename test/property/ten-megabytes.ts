/** 10 MB each way over a bad network, for a range of seeds: shared by the files that ava runs in parallel. */
import test from 'ava'
import type { ConnectionView as Connection } from '../../src/tcp/block/connection-view.ts'
import type { TraceEvent } from '../../src/tcp/block/events.ts'
import { receive, setUser } from '../../src/tcp/calls.ts'
import { parseAddress } from '../../src/wire/address.ts'
import { sweep } from '../support/sweep.ts'
import { B, B6, type Pair, pattern, Streamer, twoHosts } from '../support/two-hosts.ts'

const SIZE = 10 << 20
const SEEDS_A_TEST = 10
const PATH = { delay: 5, loss: 0.05, reorder: 0.02, duplicate: 0.02, corrupt: 0.01 }

const ANY = parseAddress('::')

const up = pattern(SIZE, 1)
const down = pattern(SIZE, 0x1000_0001)

export interface Run extends Pair {
  readonly client: Streamer
  readonly server: Streamer
}

/** Seeds take turns: odd ones run over IPv4, even ones over IPv6. */
const familyOf = (seed: number): 4 | 6 => (seed % 2 === 1 ? 4 : 6)

/** Lets both sides say `bytes` of their streams and close, until nothing is left to happen. */
export const converse = (
  seed: number,
  bytes: number,
  trace: ((host: 'a' | 'b', event: TraceEvent) => void) | null = null,
  family = familyOf(seed),
): Run => {
  const pair = twoHosts(seed, PATH, {}, trace)
  let server: Streamer | undefined
  const listener = pair.b.listen(ANY, 80, {
    acceptable: () => {
      const c = listener.accept()
      if (c === null) return
      server = new Streamer(c, down.subarray(0, bytes), up.subarray(0, bytes))
      setUser(c, server)
      if (c.receiveQueue.length > 0) server.readable()
    },
  })
  let client: Streamer | undefined
  const later = {
    established: () => client?.established(),
    readable: () => client?.readable(),
    writable: () => client?.writable(),
    closed: (error: string | null) => client?.closed(error),
  }
  const c: Connection = pair.a.connect(family === 4 ? B : B6, 80, later)
  client = new Streamer(c, up.subarray(0, bytes), down.subarray(0, bytes))
  pair.network.guard(() => pair.clock.run())
  listener.close()
  if (server === undefined) throw new Error(`seed ${seed}: the connection was never accepted`)
  return { ...pair, client, server }
}

/** The faults of the run of a seed; nothing when all is well. */
export const complaints = (run: Run, bytes: number): string[] => {
  const found: string[] = []
  for (const [name, s] of [
    ['client', run.client],
    ['server', run.server],
  ] as const) {
    if (s.fault !== '') found.push(`${name}: ${s.fault}`)
    if (s.received !== bytes) found.push(`${name}: received ${s.received} of ${bytes} bytes`)
    if (!s.ended) found.push(`${name}: saw no end of stream`)
    if (s.over !== null) found.push(`${name}: ended with ${s.over === undefined ? 'nothing' : s.over}`)
    const c = s.connection
    if (c.state !== 'CLOSED' && c.state !== 'TIME_WAIT') found.push(`${name}: ends in ${c.state}`)
    if (c.sendQueue.length > 0) found.push(`${name}: ${c.sendQueue.length} bytes in the send queue`)
    if (c.receiveQueue.length > 0 || c.receiveQueue.bytesAbove > 0 || receive(c) !== null)
      found.push(`${name}: bytes in the receive queue`)
  }
  for (const [name, host] of [
    ['a', run.a],
    ['b', run.b],
  ] as const) {
    if (host.connections.size > 0) found.push(`host ${name}: ${host.connections.size} connections left`)
    if (host.timers > 0) found.push(`host ${name}: ${host.timers} timers left`)
  }
  for (const { counters } of run.paths)
    if (!(counters.lost.random && counters.duplicated && counters.reordered && counters.corrupted))
      found.push('the network was not bad enough')
  return found
}

/** Tests for the seeds `first` … `last`; every day for the first of them. */
export const testSeeds = (first: number, all: number): void => {
  const last = sweep(all, first + SEEDS_A_TEST - 1)
  for (let from = first; from <= last; from += SEEDS_A_TEST) {
    const to = Math.min(last, from + SEEDS_A_TEST - 1)
    test(`10 MB each way, 5 % loss, reorder, duplication, corruption, odd seeds over IPv4, even ones over IPv6: seeds ${from} to ${to}`, t => {
      for (let seed = from; seed <= to; seed++) {
        const run = converse(seed, SIZE)
        const found = complaints(run, SIZE)
        t.deepEqual(found, [], found.length > 0 ? run.network.report() : '')
      }
    })
  }
}
