import test from 'ava'
import type { PathOptions } from '../../src/link/path/options.ts'
import { isData, nth } from '../../src/link/path/script.ts'
import { createNetwork } from '../../src/sim/network.ts'
import type { ConnectionView as Connection } from '../../src/tcp/block/connection-view.ts'
import { configure, setUser } from '../../src/tcp/calls.ts'
import { congestionControls, isBuiltIn } from '../../src/tcp/congestion/registry.ts'
import { pattern, Streamer } from '../support/two-hosts.ts'

const NOTHING = Buffer.alloc(0)

/** A sender over 10 Mbit/s × 40 ms, which what is called at these times (ms) does something to. */
const transfer = (
  path: PathOptions,
  from: string,
  at: Record<number, (c: Connection) => void>,
  length = 3_000_000,
) => {
  const network = createNetwork({ seed: 1, tcp: { congestionControl: from } })
  const [a, b] = [network.host('a'), network.host('b')]
  network.link(a, b, { delay: 20, rate: 10e6, queue: 50_000, ...path }, { delay: 20 })
  const text = pattern(length, 1)
  let receiver: Streamer | null = null
  const listener = b.listen(0, 80, {
    acceptable() {
      const c = listener.accept()!
      receiver = new Streamer(c, NOTHING, text)
      setUser(c, receiver)
      receiver.writable()
      receiver.readable()
    },
  })
  let sender: Streamer | null = null
  const c = a.connect(b.address, 80, {
    established: () => sender?.established(),
    readable: () => sender?.readable(),
    writable: () => sender?.writable(),
    closed: error => sender?.closed(error),
  })
  sender = new Streamer(c, text, NOTHING)
  for (const [time, what] of Object.entries(at)) network.clock.schedule(Number(time), () => what(c))
  network.runUntilIdle()
  const end = receiver as Streamer | null
  return { c, received: end?.received, fault: end?.fault }
}

/** Those of the library: what other tests register has ways of its own. */
const OURS = congestionControls().filter(isBuiltIn)
const others = (name: string) => OURS.filter(other => other !== name)

for (const from of OURS)
  test(`${from} gives way to each of the others: the window stays, the stream is whole`, t => {
    for (const to of others(from)) {
      let seen: object | null = null
      const { received, fault } = transfer({}, from, {
        1000: c => {
          const { cwnd, ssthresh } = c.congestion
          configure(c, { congestionControl: to })
          t.is(c.congestion.name, to)
          t.is(c.options.congestionControl, to)
          // The controller that draws the line from then on may have been told of a recovery under way.
          if (!c.recovery.reducing)
            t.deepEqual([c.congestion.cwnd, c.congestion.ssthresh], [cwnd, ssthresh], `${from} → ${to}`)
          seen = c.congestion
          configure(c, { congestionControl: to, noDelay: true })
          t.is(c.congestion, seen as never, 'what is so already does not begin anew')
        },
      })
      t.truthy(seen)
      t.is(received, 3_000_000, `${from} → ${to}`)
      t.is(fault, '')
    }
  })

test('in the middle of recovery, and after a timeout', t => {
  for (const from of OURS)
    for (const to of others(from))
      for (const path of [
        { drop: nth([200, 201, 202], isData) },
        {
          drop: nth(
            [...Array(12)].map((_, i) => i + 200),
            isData,
          ),
        },
      ]) {
        let changes = 0
        const change = (c: Connection) => {
          if (c.recovery.phase === 'open' || changes > 0) return
          changes++
          configure(c, { congestionControl: to })
          t.false(c.recovery.undoable)
        }
        const times = Object.fromEntries(Array.from({ length: 400 }, (_, i) => [100 + 5 * i, change]))
        // (What is lost lies before the middle.)
        const { received, fault } = transfer(path, from, times, 600_000)
        t.is(changes, 1, `${from} → ${to}`)
        t.is(received, 600_000, `${from} → ${to}`)
        t.is(fault, '')
      }
})

test('before there is a connection the controller begins as it would have', t => {
  const network = createNetwork({ seed: 1 })
  const [a, b] = [network.host('a'), network.host('b')]
  network.link(a, b, { delay: 5 })
  b.listen(0, 80, { acceptable() {} })
  const silent = { established() {}, readable() {}, writable() {}, closed() {} }
  const c = a.connect(b.address, 80, silent)
  configure(c, { congestionControl: 'reno' })
  t.is(c.congestion.cwnd, 0)
  const other = a.connect(b.address, 80, silent)
  network.run(20)
  t.is(c.congestion.name, 'reno')
  t.is(c.congestion.cwnd, other.congestion.cwnd)
  t.true(c.congestion.cwnd > 0)
  t.throws(() => configure(c, { congestionControl: 'none' }), { instanceOf: RangeError })
  t.is(c.congestion.name, 'reno')
})
