/** The history of a viewer: bounded, told by the event stream alone, and able to go back to every moment that it keeps. */

import test from 'ava'
import type { PathOptions } from '../../src/link/path/options.ts'
import { hasFlag, isData, nth, once } from '../../src/link/path/script.ts'
import { createNetwork, type NetworkHost } from '../../src/sim/network.ts'
import type { ConnectionUser } from '../../src/tcp/block/connection-user.ts'
import { blockOf } from '../../src/tcp/block/connection-view.ts'
import type { TraceEvent } from '../../src/tcp/block/events.ts'
import { close, receive, send } from '../../src/tcp/calls.ts'
import { decodeEvents } from '../../src/view/model/decode.ts'
import { EventRing } from '../../src/view/model/event-ring.ts'
import { countStates, dropReasonsOf, filtered, NO_FILTER } from '../../src/view/model/filter.ts'
import { History } from '../../src/view/model/history.ts'
import { parseAddress } from '../../src/wire/address.ts'

const QUIET: ConnectionUser = { established() {}, readable() {}, writable() {}, closed() {} }

/** One transfer from a client, which then closes first, as told by the server's host. */
const told = (events: number, path: PathOptions = {}, bytes = 50_000) => {
  const ring = new EventRing(events)
  const network = createNetwork({ seed: 7, tcp: { msl: 500 } })
  const client = network.host('client')
  const server = network.host('server', { trace: ring.sink() })
  const link = network.link(client, server, { delay: 10, ...path })
  link.bToA.observer = ring.observer()
  const listener = serveAndClose(server)
  const c = client.connect(server.address, 80, {
    ...QUIET,
    established() {
      send(c, new Uint8Array(bytes))
      close(c)
    },
  })
  network.runUntilIdle()
  listener.close()
  return ring
}

const serveAndClose = (host: NetworkHost) => {
  const listener = host.listen(0, 80, {
    acceptable() {
      for (let c = listener.accept(); c !== null; c = listener.accept()) {
        const own = c
        blockOf(own).user = {
          ...QUIET,
          readable() {
            receive(own, 1 << 20)
            if (own.finReceived) close(own)
          },
        }
        own.user!.readable()
      }
    },
  })
  return listener
}

const historyOf = (ring: EventRing, limit = 100_000): History => {
  const history = new History(limit)
  for (const event of decodeEvents(ring.read(0).bytes)) history.add(event)
  return history
}

const served = (history: History) => [...history.connections].find(c => c.remote !== '*')!

test('a connection goes through the states that its host tells of, and its figures are its segments', t => {
  const history = historyOf(told(10_000))
  const c = served(history)
  t.is(c.local, '198.18.0.2:80')
  t.is(c.shown?.state, 'CLOSED')
  const states = c.entries.slice(0).flatMap(({ event }) => (event.kind === 'transition' ? [event.to] : []))
  t.deepEqual(states, ['SYN_RECEIVED', 'ESTABLISHED', 'CLOSE_WAIT', 'LAST_ACK', 'CLOSED'])
  t.is(c.shown!.textIn, 50_000)
  t.is(c.shown!.textOut, 0)
  const packets = c.entries.slice(0).filter(({ event }) => event.kind === 'packet')
  t.is(c.shown!.segmentsIn + c.shown!.segmentsOut, packets.length)
  t.true(packets.every(({ segment }) => segment !== null))
})

test('every moment that is kept can be gone back to, and forth from', t => {
  const history = historyOf(told(10_000))
  const c = served(history)
  const forth: string[] = []
  for (let moment = 0; moment <= history.end; moment++) {
    history.goTo(moment)
    forth.push(JSON.stringify(c.shown))
  }
  t.is(forth[0], 'null')
  t.false(history.following)
  for (let moment = history.end; moment >= 0; moment--) {
    history.goTo(moment)
    t.is(JSON.stringify(c.shown), forth[moment]!)
  }
  history.goTo(-5)
  t.is(history.shown, 0)
  history.follow()
  t.is(history.shown, history.end)
  t.is(JSON.stringify(c.shown), forth.at(-1)!)
})

test('what happens while another moment is looked at changes nothing of it, and is there afterwards', t => {
  const events = decodeEvents(told(10_000).read(0).bytes)
  const history = new History(100_000)
  for (const event of events.slice(0, 40)) history.add(event)
  history.goTo(history.end - 10)
  const c = served(history)
  const before = JSON.stringify(c.shown)
  for (const event of events.slice(40)) history.add(event)
  t.is(JSON.stringify(c.shown), before)
  history.follow()
  t.is(c.shown?.state, 'CLOSED')
})

test('no more than its limit is kept; what is left out is counted, and connections that are over go with it', t => {
  const ring = told(10_000)
  const history = historyOf(ring, 50)
  t.is(history.end - history.oldest, 50)
  t.is(history.leftOut.givenUp, ring.end - 50)
  t.is(served(history).shown?.state, 'CLOSED')
  history.goTo(history.oldest)
  const { shown } = history
  // The moment that is looked at is given up in the end: what is shown then is the oldest that is left.
  for (let i = 0; i < 20; i++) history.add({ kind: 'drop', time: 1e6, host: 0, reason: 'ip-version' })
  t.is(history.shown, shown + 20)
  for (let i = 0; i < 100; i++) history.add({ kind: 'drop', time: 1e6, host: 0, reason: 'ip-version' })
  t.is([...history.connections].filter(c => c.remote !== '*').length, 0)
  history.miss(7)
  t.is(history.leftOut.missed, 7)
})

test('a ring keeps its newest events, and says which it has', t => {
  const whole = told(10_000)
  const ring = told(32)
  t.is(ring.end, whole.end)
  t.is(ring.oldest, ring.end - 32)
  const { first, next, bytes } = ring.read(0)
  t.deepEqual([first, next], [ring.oldest, ring.end])
  t.deepEqual(bytes, whole.read(ring.oldest).bytes)
  t.deepEqual(decodeEvents(ring.read(ring.end - 1).bytes).length, 1)
  t.deepEqual(decodeEvents(ring.read(ring.end).bytes), [])
  t.is(ring.read(0, 10).next, ring.oldest + 10)
})

test('a segment that the path loses is told of with its reason, and found with the segment that was sent', t => {
  const history = historyOf(told(10_000, {}, 0))
  t.is(served(history).shown!.lost, 0)
  const ring = new EventRing(10_000)
  const network = createNetwork({ seed: 7 })
  const client = network.host('client', { trace: ring.sink() })
  const server = network.host('server')
  const link = network.link(client, server, { delay: 10, drop: nth(3, isData) })
  link.aToB.observer = ring.observer()
  link.bToA.change({ drop: once(hasFlag('FIN')) })
  serveAndClose(server)
  const c = client.connect(server.address, 80, {
    ...QUIET,
    established() {
      send(c, new Uint8Array(20_000))
      close(c)
    },
  })
  network.runUntilIdle()
  const lossy = historyOf(ring)
  const seen = [...lossy.connections][0]!
  t.is(seen.shown!.lost, 1)
  t.true(seen.shown!.retransmissions > 0)
  const loss = seen.entries.slice(0).find(({ event }) => event.kind === 'loss')!
  t.is(loss.event.kind === 'loss' && loss.event.fate, 'lost: script')
  t.is(loss.about?.event.kind, 'packet')
  t.is(loss.about?.segment?.seq, loss.segment?.seq)
  t.deepEqual([...dropReasonsOf(seen)], ['lost: script'])
  t.is(filtered(lossy.connections, { ...NO_FILTER, reason: 'lost: script' }).length, 1)
  t.is(filtered(lossy.connections, { ...NO_FILTER, reason: 'lost: random' }).length, 0)
})

test('two ends that meet again are another connection', t => {
  const ring = new EventRing(10_000)
  const network = createNetwork({ seed: 7, tcp: { msl: 500 } })
  const client = network.host('client', { trace: ring.sink() })
  const server = network.host('server')
  network.link(client, server, { delay: 10 })
  serveAndClose(server)
  for (let i = 0; i < 2; i++) {
    const c = client.connect(
      server.address,
      80,
      {
        ...QUIET,
        established() {
          close(c)
        },
      },
      { localPort: 4000 },
    )
    network.runUntilIdle()
  }
  const history = historyOf(ring)
  t.deepEqual(
    [...history.connections].map(({ local, shown, active }) => [local, shown?.state, active]),
    [
      ['198.18.0.1:4000', 'CLOSED', true],
      ['198.18.0.1:4000', 'CLOSED', true],
    ],
  )
})

test('connections that were there before are known by what their host says of them, and are filtered by words', t => {
  const history = new History(100)
  const ends = (localPort: number, remotePort: number) => ({
    localAddress: parseAddress('192.0.2.2'),
    localPort,
    remoteAddress: parseAddress('192.0.2.1'),
    remotePort,
    active: false,
  })
  history.know(0, ends(80, 0), { state: 'LISTEN', since: 5 })
  history.know(0, ends(80, 4000), { state: 'ESTABLISHED', since: 6 })
  history.know(0, ends(22, 4001), { state: 'TIME_WAIT', since: 7 })
  t.deepEqual(Object.fromEntries(countStates(history.connections)), {
    LISTEN: 1,
    ESTABLISHED: 1,
    TIME_WAIT: 1,
  })
  const found = (text: string) => filtered(history.connections, { ...NO_FILTER, text }).map(c => c.remote)
  t.deepEqual(found(':4001'), ['192.0.2.1:4001'])
  t.deepEqual(found(':80'), ['*', '192.0.2.1:4000'])
  t.deepEqual(found('time-wait'), ['192.0.2.1:4001'])
  t.deepEqual(found('192.0.2.1 :80'), ['192.0.2.1:4000'])
  t.deepEqual(found('nothing'), [])
})

test('after events were missed, states are those that hosts tell of, and what no host has is CLOSED', t => {
  const ring = new EventRing(100)
  const sink = ring.sink()
  const ends = (remotePort: number) => ({
    localAddress: parseAddress('192.0.2.2'),
    localPort: 80,
    remoteAddress: parseAddress('192.0.2.1'),
    remotePort,
    active: false,
  })
  const opens = (remotePort: number, time: number) =>
    sink({
      ...({ type: 'transition', section: '§3.10.7.4', cause: 'segment', event: 'ack of SYN' } as const),
      ...({ from: 'SYN_RECEIVED', to: 'ESTABLISHED', time, connection: ends(remotePort) } as const),
    })
  for (const [port, time] of [
    [1, 10],
    [2, 11],
    [3, 12],
    [4, 30],
  ] as const)
    opens(port, time)
  const history = historyOf(ring, 6)
  history.know(0, ends(5), { state: 'ESTABLISHED', since: 13 })
  history.settle(
    [
      { host: 0, ends: ends(1), state: 'ESTABLISHED', since: 10 },
      { host: 0, ends: ends(2), state: 'CLOSE_WAIT', since: 20 },
    ],
    25,
  )
  const states = () =>
    Object.fromEntries([...history.connections].map(c => [c.remote.split(':')[1], c.shown?.state]))
  const settled = { 1: 'ESTABLISHED', 2: 'CLOSE_WAIT', 3: 'CLOSED', 4: 'ESTABLISHED' }
  t.deepEqual(states(), settled, 'one of which no event is kept is gone')
  t.is(history.find(0, '192.0.2.2:80', '192.0.2.1:2')!.latest.since, 20)
  history.goTo(1)
  t.deepEqual(states(), { 1: 'ESTABLISHED', 2: undefined, 3: undefined, 4: undefined })
  history.follow()
  t.deepEqual(states(), settled)
  // With its events, one that is CLOSED goes.
  for (let time = 40; time < 46; time++) opens(4, time)
  for (const event of decodeEvents(ring.read(4).bytes)) history.add(event)
  t.deepEqual(Object.keys(states()), ['1', '2', '4'])
})

test('10,000 connections and 20,000 events are taken in, filtered and gone back through', t => {
  const ring = new EventRing(20_000)
  const sink = ring.sink()
  const connection = (i: number) => ({
    localAddress: parseAddress('192.0.2.2'),
    localPort: 80,
    remoteAddress: parseAddress(`10.0.${i >> 8}.${i & 255}`),
    remotePort: 4000,
    active: false,
  })
  const common = { type: 'transition', section: '§3.10.7.2', cause: 'segment' } as const
  for (let i = 0; i < 10_000; i++) {
    const at = { ...common, time: i, connection: connection(i) }
    sink({ ...at, from: 'LISTEN', to: 'SYN_RECEIVED', event: 'SYN' } satisfies TraceEvent)
    sink({ ...at, from: 'SYN_RECEIVED', to: 'ESTABLISHED', event: 'ack of SYN' } satisfies TraceEvent)
  }
  const history = historyOf(ring, 20_000)
  t.is(countStates(history.connections).get('ESTABLISHED'), 10_000)
  history.goTo(10_001)
  t.is(countStates(history.connections).get('ESTABLISHED'), 5000)
  t.is(countStates(history.connections).get('SYN_RECEIVED'), 1)
  t.is(filtered(history.connections, { ...NO_FILTER, text: '10.0.3.' }).length, 256)
  history.follow()
  t.is(filtered(history.connections, { ...NO_FILTER, state: 'ESTABLISHED' }).length, 10_000)
})

test('bytes that are no records are no events, and harm nothing', t => {
  const bytes = told(1000).read(0).bytes
  let random = 7
  for (let n = 0; n < 200; n++) {
    const copy = bytes.slice()
    for (let flips = 0; flips < 20; flips++) {
      random = (Math.imul(random, 1664525) + 1013904223) >>> 0
      copy[random % copy.length] = random >>> 24
    }
    t.notThrows(() => {
      const history = new History(1000)
      for (const event of decodeEvents(copy)) history.add(event)
    })
  }
})

test('what a page cannot be told in full is thinned: the last events whole, and of the others all but packets and timers', t => {
  const ring = told(100_000, { loss: 0.01 }, 500_000)
  const all = decodeEvents(ring.read(0).bytes)
  const thin = ring.readThinned(0, 50)
  const events = decodeEvents(thin.bytes)
  const isRare = ({ kind }: (typeof all)[number]) => kind !== 'packet' && kind !== 'timer'
  t.is(thin.next, ring.end)
  t.deepEqual(events.slice(-50), all.slice(-50))
  t.deepEqual(events.slice(0, -50), all.slice(0, -50).filter(isRare))
  t.true(events.length < all.length / 2)
  // The earlier ones are no more than the last ones, and they are the latest.
  t.deepEqual(decodeEvents(ring.readThinned(0, 5).bytes), [
    ...all.slice(0, -5).filter(isRare).slice(-5),
    ...all.slice(-5),
  ])
  // All are told if there is room for them.
  t.deepEqual(ring.readThinned(ring.end - 40, 50).bytes, ring.read(ring.end - 40).bytes)
  t.deepEqual(decodeEvents(ring.readThinned(ring.end, 50).bytes), [])
})
