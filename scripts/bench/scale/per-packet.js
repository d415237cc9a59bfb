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

/** CPU ns of a packet, for so many seconds of CPU time. */
const timeOf = (peer, seconds, then) => {
  const start = cpu()
  let packets = 0
  let spent = 0
  do {
    for (let i = 0; i < TURNS; i++) {
      packets += peer.visit()
      then()
    }
    spent = cpu() - start
  } while (spent < seconds * 1e6)
  return (spent * 1000) / packets
}

/** A host with connections that all have had their turn; the code is compiled. */
const prepare = ({ connections, trace = null }) => {
  const peer = new RawPeer({ connections, text: FULL, trace })
  peer.open(connections)
  const receive = () => {
    peer.flush()
    peer.clock.advance(1)
  }
  for (let packets = 0; packets < Math.max(50_000, 2 * connections); ) {
    packets += peer.visit()
    receive()
  }
  return { peer, receive, before: { ...peer.host.counters } }
}

/** Whether it was the work that was meant: every packet in order, every second acknowledged. */
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
  globalThis.gc?.()
  const rounds = prepared.map(() => [])
  for (let i = 0; i < ROUNDS; i++)
    prepared.forEach(({ peer, receive }, n) => {
      rounds[n].push(timeOf(peer, seconds / ROUNDS / variants.length, receive))
    })
  prepared.forEach(check)
  return prepared.map(({ peer }, n) => median(rounds[n]) - timeOf(peer, 0.1, () => peer.discard()))
}
