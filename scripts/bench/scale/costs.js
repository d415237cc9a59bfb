import process from 'node:process'
import { median } from '../statistics.js'
import { RawPeer } from './raw-peer.js'

/** Deliveries between two looks at the clock. */
const TURNS = 64

/** Bytes of text of a full-sized segment with timestamps: every second one is acknowledged at once. */
const FULL = 1448

const ROUNDS = 8

const cpu = () => {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** CPU ns of one of what `work` says to have done, for so many seconds of CPU time. */
const timeOf = (seconds, work) => {
  const start = cpu()
  let done = 0
  let spent = 0
  do {
    for (let i = 0; i < TURNS; i++) done += work()
    spent = cpu() - start
  } while (spent < seconds * 1e6)
  return (spent * 1000) / done
}

/** The medians of some rounds, in which the works have turns. */
const inTurns = (works, seconds) => {
  globalThis.gc?.()
  const rounds = works.map(() => [])
  for (let i = 0; i < ROUNDS; i++)
    works.forEach((work, n) => {
      rounds[n].push(timeOf(seconds / ROUNDS / works.length, work))
    })
  return rounds.map(median)
}

/** A host with connections that all have had their turn; the code is compiled. */
const prepare = ({ connections, trace = null }) => {
  const peer = new RawPeer({ connections, text: FULL, trace })
  peer.open(connections)
  const receive = () => {
    const packets = peer.visit()
    peer.flush()
    peer.clock.advance(1)
    return packets
  }
  for (let packets = 0; packets < Math.max(50_000, 2 * connections); ) packets += receive()
  return { peer, receive, before: { ...peer.host.counters } }
}

/** Checks that it was the work that was meant: every packet in order, every second acknowledged. */
const check = ({ peer, before }) => {
  const { counters } = peer.host
  const packets = counters.packetsIn - before.packetsIn
  const text = counters.textIn - before.textIn
  const sent = counters.packetsOut - before.packetsOut
  if (text !== packets * FULL || Math.abs(sent / packets - 0.5) > 0.01)
    throw new Error(`not the work that was meant: ${packets} packets, ${text} bytes, ${sent} sent`)
}

/**
 * CPU ns that a host takes for a full-sized packet in order, for each variant ({ connections, trace }): the connections
 * have turns, and so have the variants. What writing the packets takes is taken off.
 */
export const perPacket = (variants, seconds) => {
  const prepared = variants.map(prepare)
  const costs = inTurns(
    prepared.map(({ receive }) => receive),
    seconds,
  )
  prepared.forEach(check)
  const write = peer => () => {
    const packets = peer.visit()
    peer.discard()
    return packets
  }
  return prepared.map(({ peer }, n) => costs[n] - timeOf(0.1, write(peer)))
}

/** CPU ns of a connection from the SYN to the last ACK, the peer's part included, for each variant ({ trace }). */
export const perConnection = (variants, seconds) => {
  const lives = variants.map(({ trace }) => {
    const peer = new RawPeer({ connections: 1000, trace })
    return () => peer.live()
  })
  for (const live of lives) for (let i = 0; i < 500; i++) live()
  return inTurns(lives, seconds)
}
