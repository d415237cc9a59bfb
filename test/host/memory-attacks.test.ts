/** Peers that have us hold what they never take: memory stays within its budget, and only they are harmed. */
import test from 'ava'
import { Connection } from '../../src/tcp/block/connection.ts'
import { blockOf, type ConnectionView } from '../../src/tcp/block/connection-view.ts'
import { EXHAUSTED, QUANTUM, weightOf } from '../../src/tcp/block/memory.ts'
import { receive, release, send, sendRoom } from '../../src/tcp/calls.ts'
import { addressOf, Crowd, type Peer } from '../support/crowd.ts'

const MEBIBYTE = 2 ** 20
const HIGH = 16 * MEBIBYTE
const MSS = 1460
const BLOCK = new Uint8Array(65_536)

/** Fills the send buffer whenever there is room, as a server of something large does. */
const serveMuch = (c: ConnectionView): void => {
  const fill = () => {
    for (let room = sendRoom(c); room > 0 && c.state === 'ESTABLISHED'; room = sendRoom(c))
      send(c, BLOCK.subarray(0, Math.min(room, BLOCK.length)))
  }
  blockOf(c).user = { ...c.user!, writable: fill, closed: c.user!.closed }
  fill()
}

/** The weight of all connections of a host. */
const weight = ({ host }: Crowd): number => {
  let sum = 0
  for (const c of host.connections) if (c instanceof Connection) sum += weightOf(c)
  return sum
}

/** The most that is held while `work` goes on for `ms`, a step at a time; the work is given the time. */
const most = (crowd: Crowd, ms: number, work: (now: number) => void = () => {}, step = 100): number => {
  let top = 0
  for (const end = crowd.clock.now() + ms; crowd.clock.now() < end; ) {
    work(crowd.clock.now())
    crowd.deliver()
    crowd.clock.advance(step)
    top = Math.max(top, weight(crowd))
  }
  return top
}

/** A client as it should be: it takes what it is sent, and says something each 100 ms. Its octets are echoed. */
const decent = (crowd: Crowd, n: number): { peer: Peer; work: () => void } => {
  const peer = crowd.open(n, 65_535, addressOf(9999))
  return {
    peer,
    work() {
      crowd.acknowledges(peer)
      crowd.sends(peer, 10)
    },
  }
}

const echo = (c: ConnectionView): void => {
  blockOf(c).user = {
    ...c.user!,
    readable() {
      for (let text = receive(c); text !== null; text = receive(c)) send(c, text)
    },
    closed: c.user!.closed,
  }
}

test('2,000 peers that shut their windows hold no more than the budget, and are reset; a decent one is not', t => {
  const high = 4 * HIGH
  const crowd = new Crowd({ memory: { high } }, c =>
    c.remoteAddress === addressOf(9999) ? echo(c) : serveMuch(c),
  )
  const client = decent(crowd, 0)
  const peers = Array.from({ length: 2000 }, (_, n) => crowd.open(1 + n, 0))
  const top = most(crowd, 10_000, client.work)
  t.true(top <= 1.2 * high, `${top}`)
  t.true(weight(crowd) <= high)
  t.false(client.peer.reset)
  t.is(client.peer.end - client.peer.first, 1000)
  const { resets } = crowd.host.memory.relief
  t.true(resets > 0 && resets < peers.length)
  t.deepEqual(crowd.ended, Array(resets).fill('ENOBUFS'))
  t.is(peers.filter(peer => peer.reset).length, resets, 'they hear it')
})

test('100 that read fast and then shut: what is held for them goes, and they hear a reset', t => {
  const crowd = new Crowd({ memory: { high: HIGH } }, serveMuch)
  const peers = Array.from({ length: 100 }, (_, n) => crowd.open(n))
  const reading = most(crowd, 3000, () => {
    for (const peer of peers) crowd.acknowledges(peer)
  })
  t.true(reading <= 1.2 * HIGH, `${reading}`)
  t.true(
    peers.every(peer => !peer.reset),
    'nobody who reads is reset',
  )
  for (const peer of peers) {
    peer.window = 0
    crowd.acknowledges(peer)
  }
  const shut = most(crowd, 60_000)
  t.true(shut <= 1.2 * HIGH, `${shut}`)
  t.true(weight(crowd) <= HIGH / 2)
})

test('300 with a megabyte above a gap: that text goes first, and nobody is reset', t => {
  const crowd = new Crowd({ memory: { high: HIGH } })
  const peers = Array.from({ length: 300 }, (_, n) => crowd.open(n))
  let top = 0
  for (let at = 1; at < MEBIBYTE; at += MSS) {
    for (const peer of peers) crowd.sends(peer, MSS, at)
    crowd.deliver()
    crowd.clock.advance(1)
    top = Math.max(top, weight(crowd))
  }
  t.true(top <= 1.2 * HIGH, `${top}`)
  t.true(crowd.host.memory.relief.shed > 0)
  t.true(crowd.host.drops.memory > 0)
  t.is(crowd.host.memory.relief.resets, 0)
  crowd.clock.advance(2000)
  t.true(weight(crowd) <= HIGH / 2)
  // Text whose gap nobody fills goes all the same: a sender that lived would have filled it.
  crowd.clock.advance(90_000)
  t.is(weight(crowd), 0)
  t.is(crowd.host.timers, 0)
  // The gap is closed: what was dropped has to come again, and does.
  crowd.sends(peers[0]!, MSS)
  crowd.deliver()
  t.is(crowd.accepted[0]!.receiveQueue.length, MSS)
})

test('octets above gaps weigh what they really take', t => {
  const crowd = new Crowd({ memory: { high: HIGH } })
  const peers = Array.from({ length: 100 }, (_, n) => crowd.open(n))
  let top = 0
  for (let n = 0; n < 1500; n++) {
    for (const peer of peers) crowd.sends(peer, 1, 10 + 20 * n)
    crowd.deliver()
    crowd.clock.advance(1)
    top = Math.max(top, weight(crowd))
  }
  t.true(top <= 1.2 * HIGH, `${top}`)
  t.true(crowd.host.memory.relief.shed > 0)
})

test('orphans are bounded in time, though their peers take an octet every two minutes', t => {
  const crowd = new Crowd({}, c => {
    send(c, new Uint8Array(100_000))
    release(c)
  })
  const peers = Array.from({ length: 20 }, (_, n) => crowd.open(n, 0))
  t.is(crowd.host.memory.orphans.size, 20)
  for (let minutes = 0; minutes < 10; minutes++) {
    crowd.clock.advance(60_000)
    if (minutes % 2 === 0)
      for (const peer of peers) {
        crowd.acknowledges(peer, Math.min(1, (peer.end - peer.acknowledged) | 0))
        crowd.deliver()
      }
  }
  t.is(crowd.host.connections.size, 0)
  t.is(crowd.host.memory.used, 0)
  t.is(crowd.host.memory.orphans.size, 0)
  t.is(crowd.host.timers, 0)
  t.true(peers.every(peer => peer.reset))
})

test('an orphan that delivers a tenth of what it had in a minute is given ten minutes, and no more', t => {
  const crowd = new Crowd({}, c => {
    send(c, new Uint8Array(100_000))
    release(c)
  })
  // 200 and 150 bytes a second: 12 % and 9 % of it in a minute.
  const [slow, slower] = [crowd.open(0, 100), crowd.open(1, 75)]
  const ends: number[] = []
  const take = (now: number) => {
    for (const peer of [slow, slower])
      if (!peer.reset) crowd.acknowledges(peer, Math.min(peer.window, (peer.end - peer.acknowledged) | 0))
    if (crowd.host.connections.size + ends.length < 2) ends.push(now)
  }
  most(crowd, 500_000, take, 500)
  t.true(slower.reset)
  t.true(ends.length === 1 && ends[0]! >= 60_000 && ends[0]! < 62_000)
  most(crowd, 20_000, take, 500)
  t.false(slow.reset)
  t.is((slow.end - slow.first) | 0, 100_001)
})

test('orphans are bounded in number and in bytes: the oldest go', t => {
  const serve = (c: ConnectionView) => {
    send(c, new Uint8Array(100_000))
    release(c)
  }
  const few = new Crowd({ memory: { orphans: 10 } }, serve)
  const peers = Array.from({ length: 15 }, (_, n) => few.open(n, 0))
  t.deepEqual(
    peers.map(peer => peer.reset),
    peers.map((_, n) => n < 5),
  )
  t.is(few.host.memory.orphans.reset, 5)
  const light = new Crowd({ memory: { orphanBytes: 1_000_000 } }, serve)
  for (let n = 0; n < 50; n++) light.open(n, 0)
  t.true(light.host.memory.orphans.bytes <= 1_000_000)
  t.true(light.host.memory.orphans.size >= 8)
})

test('one peer address has only as much as it may', t => {
  const crowd = new Crowd(
    { memory: { peerConnections: 20, peerHalfOpen: 5, peerBytes: MEBIBYTE } },
    serveMuch,
  )
  const greedy = addressOf(1)
  for (let n = 0; n < 30; n++) crowd.open(n, 0, greedy)
  t.is(crowd.host.connections.size, 20)
  t.is(crowd.host.drops['peer-limit'], 10)
  t.true(weight(crowd) < 2.5 * MEBIBYTE, `${weight(crowd)}`)
  // Nobody else is held back.
  const before = weight(crowd)
  crowd.open(40, 0, addressOf(2))
  t.true(weight(crowd) - before > 0.9 * MEBIBYTE)
  for (let n = 0; n < 20; n++) crowd.knock(100 + n, 0, addressOf(3))
  t.is(crowd.listener.synQueue.size, 5)
  t.is(crowd.host.counters.synCookiesSent, 15)
  crowd.host.close()
  t.is(crowd.host.memory.peers.size, 0)
})

test('text that is refused while memory is exhausted is answered within the ration', t => {
  const crowd = new Crowd({ memory: { high: HIGH } })
  const peer = crowd.open(0)
  const c = crowd.accepted[0]!
  crowd.host.memory.level = EXHAUSTED
  while (crowd.host.drops.memory === 0) {
    crowd.sends(peer, MSS)
    crowd.deliver()
  }
  // The same again, which the window that was offered before has room for.
  peer.next -= MSS
  const refuse = (segments: number): number => {
    const before = { sent: c.segmentsOut, refused: crowd.host.drops.memory }
    for (let n = 0; n < segments; n++) {
      crowd.sends(peer, MSS)
      peer.next -= MSS
      crowd.deliver()
    }
    t.is(crowd.host.drops.memory - before.refused, segments)
    return c.segmentsOut - before.sent
  }
  const { challengeAcks, challengeInterval } = c.options
  const first = refuse(20)
  t.true(first > 0)
  t.true(first <= challengeAcks, `${first}`)
  t.is(refuse(20), 0)
  crowd.clock.advance(challengeInterval)
  t.is(refuse(1000), challengeAcks)
})

test('2,000 peers whose connections nobody accepts hold no more than the budget; once accepted they are heard', t => {
  const high = MEBIBYTE
  const crowd = new Crowd({ memory: { high } })
  const { user } = crowd.listener
  Object.assign(crowd.listener, { user: { acceptable() {} } })
  const peers = Array.from({ length: 2000 }, (_, n) => crowd.open(n))
  for (const peer of peers) crowd.sends(peer, MSS)
  crowd.deliver()
  t.is(crowd.listener.acceptQueue.size, 2000)
  const { memory, drops } = crowd.host
  t.true(memory.used <= high + QUANTUM, `${memory.used} bytes`)
  t.true(drops.memory > 1000, `${drops.memory}`)
  const late = peers.at(-1)!
  user.acceptable()
  for (const c of crowd.accepted) receive(c)
  crowd.clock.settle()
  crowd.sends(late, MSS, -MSS)
  crowd.deliver()
  t.is(crowd.accepted.at(-1)!.receiveQueue.length, MSS)
})
