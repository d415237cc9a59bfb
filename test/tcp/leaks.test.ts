/** Connections leave nothing behind. And how they meet each end that a user can see. */
import test from 'ava'
import type { Host } from '../../src/host/host.ts'
import type { ConnectionUser } from '../../src/tcp/block/connection-user.ts'
import { blockOf, type ConnectionView as Connection } from '../../src/tcp/block/connection-view.ts'
import { abort, close, receive, release, send } from '../../src/tcp/calls.ts'
import type { Address } from '../../src/wire/address.ts'
import { dialogue } from '../support/dialogue.ts'
import { A, B, type Pair, pattern, twoHosts } from '../support/two-hosts.ts'

const LOOPS = 2000
const TEXT = pattern(3000, 1)

/** Connections that have ended, and how. */
class Ends {
  readonly all: Connection[] = []
  readonly log: string[] = []
}

const user = (ends: Ends, act: (c: Connection) => void, c: () => Connection): ConnectionUser => ({
  established: () => act(c()),
  readable: () => {
    while (receive(c()) !== null);
    if (c().finReceived) close(c())
  },
  writable: () => {},
  closed: error => ends.log.push(error ?? 'in order'),
})

/** Connects, with what is done once it is established. */
const open = (ends: Ends, from: Host, to: Address, port: number, act: (c: Connection) => void): void => {
  const c: Connection = from.connect(
    to,
    port,
    user(ends, act, () => c),
  )
  ends.all.push(c)
}

const serve = (ends: Ends, host: Host, port: number, act: (c: Connection) => void) => {
  const listener = host.listen(0, port, {
    acceptable: () => {
      for (let c = listener.accept(); c !== null; c = listener.accept()) {
        const accepted = c
        blockOf(c).user = user(
          ends,
          () => {},
          () => accepted,
        )
        ends.all.push(c)
        act(c)
        c.user!.readable()
      }
    },
  })
  return listener
}

/** Nothing is left on either host, nor in any connection. */
const nothingLeft = ({ a, b }: Pair, ends: Ends): string[] => {
  const left = []
  for (const host of [a, b]) {
    if (host.connections.size > 0) left.push(`${host.connections.size} connections`)
    if (host.timers > 0) left.push(`${host.timers} timers`)
    for (const listener of host.listeners)
      if (listener.synQueue.size + listener.acceptQueue.size > 0) left.push('a queue')
  }
  for (const c of ends.all)
    if (c.sendQueue.length + c.receiveQueue.length + c.receiveQueue.bytesAbove > 0 || c.retransmitTimer.armed)
      left.push(`buffers of ${c.localPort}`)
  if (ends.log.length !== ends.all.length) left.push(`${ends.all.length} began, ${ends.log.length} ended`)
  return left
}

const count = (log: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const line of log) counts[line] = (counts[line] ?? 0) + 1
  return counts
}

test('2,000 connections in a loop, opened and closed by either side: after 2 MSL nothing is left', t => {
  const ends = new Ends()
  const pair = twoHosts(1, { delay: 1 }, { msl: 1000 })
  serve(ends, pair.b, 80, c => send(c, TEXT))
  serve(ends, pair.a, 81, c => {
    send(c, TEXT)
    close(c)
  })
  for (let n = 0; n < LOOPS / 2; n++) {
    open(ends, pair.a, B, 80, c => {
      send(c, TEXT)
      close(c)
    })
    open(ends, pair.b, A, 81, c => send(c, TEXT))
    pair.clock.advance(3)
  }
  pair.clock.advance(500)
  t.true(pair.a.connections.size + pair.b.connections.size > LOOPS / 4, 'TIME-WAIT is held')
  pair.clock.advance(2000)
  t.deepEqual(nothingLeft(pair, ends), [])
  t.deepEqual(count(ends.log), { 'in order': 2 * LOOPS })
})

test('2,000 connections at once: the same', t => {
  const ends = new Ends()
  const pair = twoHosts(2, { delay: 1 }, { msl: 1000, backlog: 65_535 })
  serve(ends, pair.b, 80, c => send(c, TEXT))
  for (let n = 0; n < LOOPS; n++)
    open(ends, pair.a, B, 80, c => {
      send(c, TEXT)
      close(c)
    })
  pair.clock.advance(100)
  t.is(pair.a.connections.size, LOOPS)
  pair.clock.advance(3000)
  t.deepEqual(nothingLeft(pair, ends), [])
  t.deepEqual(count(ends.log), { 'in order': 2 * LOOPS })
})

test('2,000 refused, 2,000 reset by either side, 2,000 released with unread data: nothing is left', t => {
  const ends = new Ends()
  const pair = twoHosts(3, { delay: 1 }, { msl: 1000 })
  // The reset may be there before the connection was accepted.
  serve(ends, pair.b, 80, c => c.state !== 'CLOSED' && send(c, TEXT))
  serve(ends, pair.b, 81, c => abort(c))
  serve(ends, pair.b, 82, c => send(c, TEXT))
  for (let n = 0; n < LOOPS; n++) {
    open(ends, pair.a, B, 9, () => t.fail())
    open(ends, pair.a, B, 80, c => abort(c))
    open(ends, pair.a, B, 81, c => send(c, TEXT))
    open(ends, pair.a, B, 82, c => {
      blockOf(c).user!.readable = () => release(c)
    })
    pair.clock.advance(5)
  }
  pair.clock.advance(10)
  t.deepEqual(nothingLeft(pair, ends), [])
  const counts = count(ends.log)
  t.is(counts.ECONNREFUSED, LOOPS)
  t.is(counts['in order']! + counts.ECONNRESET! + counts.ECONNREFUSED!, ends.all.length)
})

test('2,000 that time out, half-open on one side or dead in the middle: nothing is left', t => {
  const ends = new Ends()
  const pair = twoHosts(4, { delay: 1 }, { msl: 1000, backlog: 65_535 })
  serve(ends, pair.b, 80, c => send(c, TEXT))
  for (let n = 0; n < LOOPS / 2; n++) open(ends, pair.a, B, 80, () => {})
  pair.clock.advance(1)
  // The third ACK is lost, and all after it.
  pair.paths[0].change({ blackhole: true })
  pair.clock.advance(1)
  pair.paths[1].change({ blackhole: true })
  t.true(ends.all.every(c => c.state === 'ESTABLISHED'))
  for (let n = 0; n < LOOPS / 2; n++) open(ends, pair.a, B, 80, () => {})
  pair.clock.advance(10)
  for (const c of ends.all) if (c.state === 'ESTABLISHED') send(c, TEXT)
  pair.clock.run()
  t.deepEqual(nothingLeft(pair, ends), [])
  t.deepEqual(count(ends.log), { ETIMEDOUT: LOOPS })
  t.true(pair.clock.now() < 600_000)
})

test('2,000 SYNs of which nothing more is heard leave no half-open connection', t => {
  const d = dialogue()
  const listener = d.listen()
  for (let n = 0; n < LOOPS; n++) d.receives(`${20_000 + n}>80 S 0:0(0)`)
  t.is(listener.synQueue.size, 511)
  t.is(d.host.drops['backlog-full'], 0)
  t.is(d.host.counters.synCookiesSent, LOOPS - 511)
  d.after(120_000)
  t.is(listener.synQueue.size, 0)
  t.true(d.empty)
})

// Seven lines

test('an unanswered connect: the same SYN at 0, 1, 3, 7, 15, … s, and ETIMEDOUT', t => {
  const d = dialogue()
  const heard = d.connect()
  d.after(3_600_000)
  const syns = d.skip()
  t.deepEqual(
    syns.map(s => s.time / 1000),
    [0, 1, 3, 7, 15, 31, 63, 127, 247],
  )
  t.true(syns.every(s => s.seq === syns[0]!.seq && s.flags === 2))
  t.deepEqual(heard.log.slice(-1), ['closed ETIMEDOUT'])
  t.true(d.empty)
})

test('a restart while TIME-WAIT is held: refused without address reuse, possible with it', t => {
  const d = dialogue({ tcp: { msl: 1000 } })
  const heard = d.established()
  close(heard.connection!)
  d.receives('F. 1:1(0) ack 2')
  for (const listener of d.host.listeners) listener.close()
  const restart = (reuseAddress: boolean) => d.host.listen(0, 80, { acceptable: () => {} }, { reuseAddress })
  t.is(d.host.connections.size, 1)
  t.throws(() => restart(false), { code: 'EADDRINUSE', message: /^listen EADDRINUSE/ })
  const again = restart(true)
  again.close()
  // TIME-WAIT outlives its listener.
  t.is(d.host.connections.size, 1)
  d.after(2000)
  t.false(restart(false).closed)
})

test('letting go with unread data: RST, and the peer hears ECONNRESET', t => {
  const ends = new Ends()
  const pair = twoHosts(5, { delay: 1 })
  serve(ends, pair.b, 80, c => {
    blockOf(c).user!.readable = () => release(c)
  })
  open(ends, pair.a, B, 80, c => send(c, TEXT))
  pair.clock.advance(100)
  t.deepEqual(count(ends.log), { ECONNRESET: 1, 'in order': 1 })
  t.deepEqual(nothingLeft(pair, ends), [])
})

test('a peer that is dead is noticed by keep-alive', t => {
  const ends = new Ends()
  const tcp = { keepAlive: true, keepAliveIdle: 60_000, keepAliveInterval: 5000, keepAliveCount: 4 }
  const pair = twoHosts(6, { delay: 1 }, tcp)
  serve(ends, pair.b, 80, () => {})
  open(ends, pair.a, B, 80, () => {})
  pair.clock.advance(600_000)
  t.deepEqual(ends.log, [])
  for (const path of pair.paths) path.change({ blackhole: true })
  pair.clock.advance(19_000)
  t.deepEqual(ends.log, [])
  pair.clock.advance(60_000)
  t.deepEqual(ends.log, ['ETIMEDOUT', 'ETIMEDOUT'])
  t.deepEqual(nothingLeft(pair, ends), [])
})

test('a write after the peer is gone: ECONNRESET after its RST, EPIPE when its FIN had come before', t => {
  const reset = dialogue()
  const a = reset.established()
  send(a.connection!, Buffer.from('into the void'))
  reset.skip()
  reset.receives('R 1:1(0)')
  t.is(a.log.at(-1), 'closed ECONNRESET')
  t.throws(() => send(a.connection!, Buffer.from('more')), { code: 'ECONNRESET' })

  const gone = dialogue()
  const b = gone.established()
  gone.receives('F. 1:1(0) ack 1')
  send(b.connection!, Buffer.from('into the void'))
  gone.skip()
  gone.receives('R 2:2(0)')
  t.is(b.log.at(-1), 'closed EPIPE')
  t.throws(() => send(b.connection!, Buffer.from('more')), { code: 'EPIPE' })
})

test('a closed port refuses at once', t => {
  const ends = new Ends()
  const pair = twoHosts(7, { delay: 1 })
  open(ends, pair.a, B, 80, () => t.fail())
  pair.clock.advance(2)
  t.deepEqual(ends.log, ['ECONNREFUSED'])
  t.deepEqual(nothingLeft(pair, ends), [])
})
