/** A host counts just as much as its connections hold, whatever happens to them; and nothing when they are gone. */
import test from 'ava'
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import { Connection } from '../../src/tcp/block/connection.ts'
import type { ConnectionView } from '../../src/tcp/block/connection-view.ts'
import {
  BUFFER_WEIGHT,
  PIECE_WEIGHT,
  QUANTUM,
  QUEUE_WEIGHT,
  RUN_WEIGHT,
  TRANSMISSION_WEIGHT,
  VIEW_WEIGHT,
  weightOf,
} from '../../src/tcp/block/memory.ts'
import { abort, close, configure, receive, receiveInto, release, send } from '../../src/tcp/calls.ts'
import { PacketBatch } from '../../src/wire/batch.ts'
import { seqAdd } from '../../src/wire/sequence.ts'
import { addressOf, Crowd, type Peer } from '../support/crowd.ts'

/** Small chunks are joined in so many bytes. */
const JOINED = 4096

/** The weight of all text to be sent or acknowledged, by the memory that it lies in. */
const sendWeight = ({ sendQueue }: Connection): number => {
  if (sendQueue.length === 0) return 0
  const batch = new PacketBatch(1)
  sendQueue.addPieces(batch, sendQueue.seq, sendQueue.length)
  return batch.pieces.reduce(
    (sum, piece) =>
      sum + VIEW_WEIGHT + (piece.buffer.byteLength === JOINED ? JOINED + BUFFER_WEIGHT : piece.length),
    QUEUE_WEIGHT,
  )
}

/** The weight of the text above gaps, piece by piece. */
const aboveWeight = ({ receiveQueue }: Connection): number => {
  const pieces = receiveQueue.pieces()
  if (pieces.length === 0) return 0
  let runs = 0
  let memory = 0
  for (const [n, { seq, bytes }] of pieces.entries()) {
    const before = pieces[n - 1]
    if (before === undefined || seqAdd(before.seq, before.bytes.length) !== seq) runs++
    memory += bytes.buffer.byteLength
  }
  return QUEUE_WEIGHT + memory + pieces.length * PIECE_WEIGHT + runs * RUN_WEIGHT
}

const flightWeight = ({ flight }: Connection): number => {
  let sum = 0
  for (let t = flight.first; t !== null; t = t.next) sum += TRANSMISSION_WEIGHT
  return sum
}

/** An error in the count, or null. */
const fault = ({ host }: Crowd): string | null => {
  const { memory } = host
  let charged = 0
  let holders = 0
  let orphans = 0
  let orphanBytes = 0
  for (const c of host.connections) {
    if (!(c instanceof Connection)) continue
    const { receiveQueue } = c
    const weight = weightOf(c)
    // Text in order cannot be looked into: its weight is checked elsewhere.
    const inOrder = receiveQueue.weight - aboveWeight(c)
    const counted = sendWeight(c) + aboveWeight(c) + inOrder + flightWeight(c)
    if (weight !== counted) return `${c.remotePort} weighs ${counted}, not ${weight}`
    if (inOrder < receiveQueue.length || (receiveQueue.length === 0 && inOrder !== 0))
      return `${receiveQueue.length} bytes in order weigh ${inOrder}`
    const own = c.held.charged
    if (own < weight || own >= weight + 2 * QUANTUM || (weight === 0 && own > 0) || own % QUANTUM !== 0)
      return `${c.remotePort} is charged ${own} for ${weight}`
    charged += own
    if (own > 0) holders++
    if (!c.orphaned) continue
    orphans++
    orphanBytes += own
  }
  if (charged !== memory.used) return `${charged} is charged, and ${memory.used} counted`
  if (holders !== memory.holders.size)
    return `${holders} hold something, and ${memory.holders.size} are listed`
  if (orphans !== memory.orphans.size) return `${orphans} orphans, and ${memory.orphans.size} are listed`
  return orphanBytes === memory.orphans.bytes
    ? null
    : `orphans hold ${orphanBytes}, not ${memory.orphans.bytes}`
}

const act = (crowd: Crowd, peer: Peer, c: ConnectionView | undefined, random: SeededRandom): void => {
  const below = (n: number) => random.uint32() % n
  const pick = <T>(list: readonly T[]): T => list[below(list.length)]!
  const open = c !== undefined && (c.state === 'ESTABLISHED' || c.state === 'CLOSE_WAIT') && !c.finQueued
  switch (below(12)) {
    case 0:
      peer.window = pick([0, 1, 100, 5000, 65_535])
      crowd.acknowledges(peer, below(Math.max(1, (peer.end - peer.acknowledged) | 0) + 1))
      break
    case 1:
    case 2:
      crowd.acknowledges(peer)
      break
    case 3:
      crowd.sends(peer, pick([1, 1, 100, 600, 1460]))
      break
    case 4:
    case 5:
      for (let n = below(20); n > 0; n--) crowd.sends(peer, pick([1, 7, 64, 300, 1460]), 1 + below(30_000))
      break
    case 6:
    case 7:
      if (open)
        for (let n = below(20); n > 0; n--) send(c!, new Uint8Array(pick([1, 20, 500, 513, 3000, 20_000])))
      break
    case 8:
      if (c !== undefined) for (let n = below(5); n > 0 && receive(c, pick([1, 50, 5000])) !== null; n--);
      break
    case 9:
      if (c !== undefined) receiveInto(c, new Uint8Array(pick([1, 1000, 100_000])))
      break
    case 10:
      if (open && below(5) === 0) pick([close, release, release, abort])(c!)
      break
    case 11:
      if (open) configure(c!, { noDelay: below(2) === 0 })
      break
  }
}

for (const high of [256 << 20, 300_000])
  test(`any traffic, a budget of ${high} bytes: what is counted is what is held, and nothing in the end`, t => {
    const random = new SeededRandom(high)
    const crowd = new Crowd({
      memory: { high, peerBytes: 100_000, orphans: 5 },
      tcp: { backlog: 65_535, maxSegment: 1460 },
    })
    const { memory } = crowd.host
    let levels = 0
    for (let round = 0; round < 40; round++) {
      const peers = Array.from({ length: 5 }, (_, n) => crowd.open(round * 5 + n, 20_000, addressOf(n)))
      const connections = peers.map((_, n) => crowd.accepted[crowd.accepted.length - 5 + n])
      for (let step = 0; step < 120; step++) {
        const n = random.uint32() % peers.length
        act(crowd, peers[n]!, connections[n], random)
        crowd.deliver()
        crowd.clock.advance(random.uint32() % 3 === 0 ? random.uint32() % 900 : 1)
        levels |= 1 << memory.level
        const wrong = fault(crowd)
        if (wrong !== null) t.fail(`round ${round}, step ${step}: ${wrong}`)
        if (wrong !== null) return
      }
    }
    t.is(levels, high > 1e6 ? 1 : 7)
    t.true(memory.peak > 0)
    crowd.host.close()
    t.is(memory.used, 0)
    t.is(memory.holders.size + memory.orphans.size + memory.orphans.bytes + memory.peers.size, 0)
  })
