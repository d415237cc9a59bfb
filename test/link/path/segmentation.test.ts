// Super-segments and partial checksums of a device with offload, before they meet anything.
import test from 'ava'
import fc from 'fast-check'
import { nth } from '../../../src/link/path/script.ts'
import {
  CHECKSUM_COMPLETE,
  CHECKSUM_PARTIAL,
  CHECKSUM_VERIFIED,
  PacketBatch,
} from '../../../src/wire/batch.ts'
import { checksum, fold, sum16 } from '../../../src/wire/checksum.ts'
import { Ipv4Header, parseIpv4, read32, write16, writeIpv4 } from '../../../src/wire/ipv4.ts'
import { pseudoHeaderSum } from '../../../src/wire/pseudo-header.ts'
import { ACK, CWR, FIN, PSH, parseTcp, Segment } from '../../../src/wire/tcp.ts'
import { OURS6, PEER6, segment6, segmentOf } from '../../support/ipv6.ts'
import { DESTINATION, enter, pathOf, SOURCE, segment } from './support.ts'

/** With the pseudo-header's sum in the checksum field only. */
const partial = (b: Uint8Array): Uint8Array => {
  write16(b, 36, pseudoHeaderSum(SOURCE, DESTINATION, 6, b.length - 20))
  return b
}

const parse = (b: Uint8Array): Segment => {
  const header = new Ipv4Header()
  const s = new Segment()
  if (parseIpv4(b, 0, b.length, header) !== null) throw new Error('bad IPv4 header')
  s.source = header.source
  s.destination = header.destination
  const bad = parseTcp(b, 20, header.totalLength - 20, false, s)
  if (bad !== null) throw new Error(bad)
  return s
}

test('a super-segment meets the path as the segments it stands for, with whole checksums', t => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60_000 }), fc.integer({ min: 1, max: 1460 }), (length, size) => {
      fc.pre(length / size < 300)
      const { clock, path, arrivals } = pathOf({})
      const whole = segment({
        length,
        seq: -500,
        flags: ACK | PSH | FIN | CWR,
        identification: 65_535,
      })
      enter(path, [partial(whole.slice())], CHECKSUM_PARTIAL, size)
      clock.run()
      const count = Math.ceil(length / size)
      t.is(arrivals.length, count)
      t.is(path.counters.entered, count)
      const text: Uint8Array[] = []
      for (const [n, { bytes }] of arrivals.entries()) {
        const s = parse(bytes)
        t.is(s.seq, (-500 + n * size) | 0)
        const last = n === count - 1
        t.is(s.flags, ACK | (last ? PSH | FIN : 0) | (n === 0 ? CWR : 0))
        t.is(s.length, last ? length - n * size : size)
        t.is(bytes[4]! * 256 + bytes[5]!, (65_535 + n) & 0xffff)
        text.push(bytes.subarray(40))
      }
      t.deepEqual(Buffer.concat(text), Buffer.from(whole.subarray(40)))
    }),
    { seed: 1, numRuns: 100 },
  )
})

test('a partial checksum is completed, TCP and UDP; what is complete or verified stays', t => {
  const { clock, path, arrivals } = pathOf({})
  enter(path, [partial(segment())], CHECKSUM_PARTIAL)
  enter(path, [segment()], CHECKSUM_COMPLETE)
  enter(path, [segment()], CHECKSUM_VERIFIED)
  const udp = new Uint8Array(20 + 8 + 3)
  writeIpv4(udp, 0, udp.length, 17, SOURCE, DESTINATION, 64, 0, 1)
  write16(udp, 24, 11)
  udp.set([1, 2, 3], 28)
  const pseudo = pseudoHeaderSum(SOURCE, DESTINATION, 17, 11)
  write16(udp, 26, pseudo)
  enter(path, [udp], CHECKSUM_PARTIAL)
  // One whose checksum comes to be 0, which means that there is none: it is written as all ones.
  const zero = udp.slice()
  zero.fill(0, 26)
  write16(zero, 28, 0xffff - fold(pseudo + sum16(zero, 20, 11)))
  t.is(checksum(zero, 20, 11, pseudo), 0)
  write16(zero, 26, pseudo)
  enter(path, [zero], CHECKSUM_PARTIAL)
  clock.run()
  for (const a of arrivals.slice(0, 3)) t.deepEqual(a.bytes, segment())
  for (const a of arrivals.slice(3)) {
    t.is(fold(pseudo + sum16(a.bytes, 20, 11)), 0xffff)
    t.not(a.bytes[26]! + a.bytes[27]!, 0)
  }
})

test('a packet that goes past a path is counted as one that crosses it', t => {
  for (const [length, size] of [
    [0, 0],
    [100, 0],
    [100, 1000],
    [3000, 1000],
    [3001, 1000],
  ] as const) {
    const packet = partial(segment({ length }))
    const batch = new PacketBatch(1)
    const at = batch.begin(40)
    batch.slab.set(packet.subarray(0, 40), at)
    batch.addPiece(packet, 40, length)
    batch.commit(CHECKSUM_PARTIAL, size)
    const { clock, path: crossed } = pathOf({})
    crossed.enter(batch)
    clock.run()
    const { path } = pathOf({})
    path.passed(batch, 0)
    t.deepEqual(path.counters, crossed.counters, `${length} bytes of text`)
  }
})

test('a script sees the segments of a super-segment, one by one', t => {
  const { clock, path, arrivals } = pathOf({ drop: nth(2) })
  enter(path, [partial(segment({ length: 3000, seq: 0 }))], CHECKSUM_PARTIAL, 1000)
  clock.run()
  t.deepEqual(
    arrivals.map(a => read32(a.bytes, 24)),
    [0, 2000],
  )
})

test('delivered packets say that their checksums are still to be verified', t => {
  const seen: number[] = []
  const { clock, path } = pathOf({}, 1, {
    deliver: batch =>
      seen.push(...batch.checksums.subarray(0, batch.count), ...batch.segmentSizes.subarray(0, batch.count)),
  })
  enter(path, [segment()], CHECKSUM_VERIFIED)
  enter(path, [partial(segment())], CHECKSUM_PARTIAL)
  clock.run()
  t.deepEqual(seen, [CHECKSUM_COMPLETE, CHECKSUM_COMPLETE, 0, 0])
})

test('a super-segment of IPv6 is cut like one of IPv4: lengths, numbers and checksums right', t => {
  const text = Uint8Array.from({ length: 2500 }, (_, i) => i & 255)
  const whole = segment6(FIN | PSH | ACK, { seq: 100, text })
  // The field holds the pseudo-header's sum, as a host with offload leaves it.
  const left = whole.slice()
  write16(left, 56, pseudoHeaderSum(PEER6, OURS6, 6, whole.length - 40))
  const { clock, path, arrivals } = pathOf({})
  enter(path, [left], CHECKSUM_PARTIAL, 1000)
  clock.run()
  const cut = arrivals.map(({ bytes }) => segmentOf(bytes))
  t.deepEqual(
    cut.map(({ seq, flags, text }) => [seq, flags, text.length]),
    [
      [100, ACK, 1000],
      [1100, ACK, 1000],
      [2100, FIN | PSH | ACK, 500],
    ],
  )
  t.deepEqual(Buffer.concat(cut.map(s => s.text)), Buffer.from(text))
})
