/** Attacks by kind, packet by packet: what is answered, and what is held, is bounded in every state. */
import test from 'ava'
import { hostStatus } from '../../src/host/status.ts'
import { Connection } from '../../src/tcp/block/connection.ts'
import { weightOf } from '../../src/tcp/block/memory.ts'
import { abort, close, release, send } from '../../src/tcp/calls.ts'
import type { State } from '../../src/tcp/state.ts'
import { ACK, FIN, PSH, RST, SYN, URG } from '../../src/wire/tcp.ts'
import { Crowd, type Peer } from '../support/crowd.ts'

const MEBIBYTE = 2 ** 20
const HEADERS = 40
const TEXT = 1000
const FLOOD = 500
const MINUTE = 60_000

/** A crowd of one, whose connection is in this state. */
const inState = (state: State): { crowd: Crowd; peer: Peer } => {
  const crowd = new Crowd({ tcp: { timeWaitRecords: 100 } })
  if (state === 'SYN_RECEIVED') return { crowd, peer: crowd.knock(0) }
  const peer = crowd.open(0)
  const c = crowd.accepted[0]!
  const finishes = () => {
    crowd.finishes(peer)
    crowd.deliver()
  }
  const closes = () => {
    close(c)
    crowd.clock.settle()
  }
  const acknowledges = () => {
    crowd.acknowledges(peer)
    crowd.deliver()
  }
  const way: Partial<Record<State, readonly (() => void)[]>> = {
    ESTABLISHED: [],
    FIN_WAIT_1: [closes],
    FIN_WAIT_2: [closes, acknowledges],
    CLOSING: [closes, finishes],
    TIME_WAIT: [closes, acknowledges, finishes],
    CLOSE_WAIT: [finishes],
    LAST_ACK: [finishes, closes],
    CLOSED: [() => abort(c), () => crowd.clock.settle()],
  }
  for (const step of way[state]!) step()
  return { crowd, peer }
}

const stateOf = ({ host }: Crowd): State =>
  hostStatus(host).find(({ state }) => state !== 'LISTEN')?.state ?? 'CLOSED'

/** Segments of a peer that knows all numbers, and does what it likes with them. */
const KINDS: Record<string, (crowd: Crowd, peer: Peer, n: number) => void> = {
  'its SYN again': (crowd, peer) => crowd.put(peer, 1000, 0, SYN),
  'another SYN': (crowd, peer, n) => crowd.put(peer, peer.next + 5 * n, 0, SYN),
  'a SYN,ACK': (crowd, peer) => crowd.put(peer, peer.next, 0, SYN | ACK),
  'the same ACK again': (crowd, peer) => crowd.put(peer, peer.next, 0, ACK),
  'old text': (crowd, peer) => crowd.put(peer, peer.next - TEXT, TEXT, ACK | PSH),
  'an old octet, as a keep-alive': (crowd, peer) => crowd.put(peer, peer.next - 1, 1, ACK),
  'text beyond the window': (crowd, peer) => crowd.put(peer, peer.next + 2 ** 24, TEXT, ACK | PSH),
  'text above a gap': (crowd, peer, n) => crowd.put(peer, peer.next + 10 + 20 * n, 1, ACK),
  'a FIN beyond the window': (crowd, peer) => crowd.put(peer, peer.next + 2 ** 24, 0, FIN | ACK),
  'its FIN again': (crowd, peer) => crowd.put(peer, peer.next - 1, 0, FIN | ACK),
  'a reset nearby': (crowd, peer, n) => crowd.put(peer, peer.next + 1 + n, 0, RST),
  'urgent text again and again': (crowd, peer) => crowd.put(peer, peer.next - 1, 1, ACK | URG),
  'no flags at all': (crowd, peer) => crowd.put(peer, peer.next, 1, 0),
  'all flags but RST': (crowd, peer) => crowd.put(peer, peer.next, 1, SYN | FIN | ACK | PSH | URG),
}

const STATES: readonly State[] = [
  'SYN_RECEIVED',
  'ESTABLISHED',
  'FIN_WAIT_1',
  'FIN_WAIT_2',
  'CLOSING',
  'TIME_WAIT',
  'CLOSE_WAIT',
  'LAST_ACK',
  'CLOSED',
]

for (const state of STATES)
  test(`${state}: whatever comes by the hundred draws no more than it is, at once and over a minute`, t => {
    for (const [kind, put] of Object.entries(KINDS))
      for (const pause of [0, MINUTE / FLOOD]) {
        const { crowd, peer } = inState(state)
        t.is(stateOf(crowd), state)
        const before = crowd.sent
        for (let n = 0; n < FLOOD; n++) {
          put(crowd, peer, n)
          crowd.deliver()
          crowd.clock.advance(pause)
        }
        const packets = crowd.sent.packets - before.packets
        const bytes = crowd.sent.bytes - before.bytes
        // A timer of ours sends a few segments without text again meanwhile.
        const ours = 15
        t.true(packets <= FLOOD + ours, `${kind}: ${packets} for ${FLOOD}`)
        t.true(bytes <= (HEADERS + 28) * (FLOOD + ours), `${kind}: ${bytes} bytes`)
        t.true(crowd.host.connections.size <= 2, kind)
        t.true(crowd.host.timers <= 5, kind)
      }
  })

test('a window that opens by what was acknowledged, octet by octet, draws probes and no text', t => {
  const crowd = new Crowd()
  // Half of the largest window that it has ever offered would go at once (RFC 9293 §3.8.6.2.1).
  const peer = crowd.open(0, 3000)
  send(crowd.accepted[0]!, new Uint8Array(100_000))
  crowd.clock.settle()
  const before = crowd.sent.packets
  for (let n = 0; n < 1000; n++) {
    peer.window = 1
    crowd.acknowledges(peer)
    crowd.deliver()
    crowd.clock.advance(1)
  }
  t.true(crowd.sent.packets - before < 20, `${crowd.sent.packets - before}`)
})

test('a thousand that acknowledge one octet at a time let out what they acknowledge', t => {
  const crowd = new Crowd()
  const peer = crowd.open(0, 2000)
  send(crowd.accepted[0]!, new Uint8Array(60_000))
  crowd.clock.settle()
  const before = crowd.sent
  for (let n = 0; n < 1000; n++) {
    crowd.acknowledges(peer, 1)
    crowd.deliver()
  }
  const bytes = crowd.sent.bytes - before.bytes
  const packets = crowd.sent.packets - before.packets
  t.true(bytes <= 1000 + 2000 + HEADERS * packets, `${bytes}`)
  t.true(packets <= 10, `${packets}`)
})

/** The weight of all connections of a host. */
const weight = ({ host }: Crowd): number => {
  let sum = 0
  for (const c of host.connections) if (c instanceof Connection) sum += weightOf(c)
  return sum
}

test('text for connections that nobody accepts is within the budget, but for the least that each may have', t => {
  const high = 16 * MEBIBYTE
  const crowd = new Crowd({ memory: { high } })
  crowd.listener.close()
  crowd.host.listen(0, 80, { acceptable() {} }, { backlog: 700 })
  let top = 0
  for (let n = 0; n < 700; n++) {
    const peer = crowd.open(n)
    for (let i = 0; i < 40; i++) crowd.sends(peer, 1400)
    crowd.deliver()
    if (n % 100 === 0) {
      crowd.clock.advance(10)
      top = Math.max(top, weight(crowd))
    }
  }
  t.true(top > high / 2, `${top}`)
  t.true(top <= 1.2 * high, `${top}`)
})

test('TIME-WAITs by the thousand: as many as are to be remembered, and no timer more', t => {
  const records = 500
  const crowd = new Crowd({ tcp: { timeWaitRecords: records } }, c => close(c))
  for (let n = 0; n < 5000; n++) {
    const peer = crowd.open(n)
    crowd.acknowledges(peer)
    crowd.finishes(peer)
    crowd.deliver()
  }
  t.is(crowd.host.connections.size, records)
  t.is(crowd.host.timers, records)
  crowd.clock.advance(10 * MINUTE)
  t.is(crowd.host.connections.size, 0)
  t.is(crowd.host.timers, 0)
})

test('users that let go at once, of peers that never answer again: all ends, with nothing left', t => {
  const crowd = new Crowd({ memory: { orphans: 200 } }, c => {
    send(c, new Uint8Array(10_000))
    release(c)
  })
  for (let n = 0; n < 2000; n++) crowd.open(n)
  t.true(crowd.host.memory.orphans.size <= 200)
  crowd.clock.advance(20 * MINUTE)
  t.is(crowd.host.connections.size, 0)
  t.is(crowd.host.timers, 0)
  t.is(crowd.host.memory.used, 0)
})
