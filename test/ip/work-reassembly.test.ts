/** The cost of a fragment does not depend on how many are held. */
import { Reassembly } from '../../src/ip/reassembly.ts'
import { writeIpv4 } from '../../src/wire/ipv4.ts'
import { PROTOCOL_UDP } from '../../src/wire/protocol.ts'
import { counting, operations } from '../support/operations.ts'

const HERE = 0x0a000001
const THERE = 0x0a000002
const MORE_FRAGMENTS = 0x2000
const FRAGMENTS = 5000

/** Fragments of as many datagrams, none of which becomes whole. */
const flood = (maxDatagrams: number) => () => {
  const r = new Reassembly({ maxDatagrams, maxBytes: 1 << 24 })
  const packet = new Uint8Array(20 + 8)
  for (let id = 0; id < FRAGMENTS; id++) {
    writeIpv4(packet, 0, packet.length, PROTOCOL_UDP, HERE, THERE, 64, 0, id, MORE_FRAGMENTS | 1)
    r.add(packet, 0, packet.length, 20, 0)
  }
  if (r.size !== maxDatagrams || r.evicted !== FRAGMENTS - maxDatagrams)
    throw new Error(`${r.size} held, ${r.evicted} evicted`)
}

counting('a flood of fragments is cheap: each of them, not all that are held, is looked at', t => {
  const few = operations(flood(64))
  const many = operations(flood(1024))
  t.true(few > FRAGMENTS)
  t.true(many < 1.1 * few, `${few} with 64 held, ${many} with 1024`)
})
