// Marks by chance, and boxes that clear or set what belongs to ECN, over both families.
import test from 'ava'
import type { PathOptions } from '../../../src/link/path/options.ts'
import { AE } from '../../../src/wire/accurate-ecn.ts'
import { parseAddress } from '../../../src/wire/address.ts'
import { write16 } from '../../../src/wire/bytes.ts'
import { checksum, fold, sum16 } from '../../../src/wire/checksum.ts'
import { dissect, tcpHeaderLength } from '../../../src/wire/dissect.ts'
import { ipHeaderLength, writeIp } from '../../../src/wire/ip.ts'
import { pseudoHeaderSum } from '../../../src/wire/pseudo-header.ts'
import { ACK, CWR, ECE, tcpFlags, writeTcp } from '../../../src/wire/tcp.ts'
import { enter, pathOf } from './support.ts'

const ENDS = [
  ['192.0.2.1', '192.0.2.2'],
  ['2001:db8::1', '2001:db8::2'],
] as const

/** A segment with these options, 10 bytes of text, and this traffic class. */
const segment = (
  [from, to]: readonly [string, string],
  trafficClass: number,
  flags: number,
  options: number[],
) => {
  const [source, destination] = [parseAddress(from), parseAddress(to)]
  const at = ipHeaderLength(source)
  const header = 20 + options.length
  const b = new Uint8Array(at + header + 10)
  writeIp(b, 0, b.length, 6, source, destination, 64, trafficClass)
  writeTcp(b, at, 1, 2, 3, 4, header, flags, 5, 0)
  b.set(options, at + 20)
  write16(b, at + 16, ~fold(pseudoHeaderSum(source, destination, 6, header + 10) + sum16(b, at, header + 10)))
  return b
}

/** The packets after a path, and its counters. */
const through = (options: PathOptions, packets: readonly Uint8Array[]) => {
  const { clock, path, arrivals } = pathOf(options)
  enter(path, packets)
  clock.run()
  return { arrived: arrivals.map(a => a.bytes), counters: path.counters }
}

const isRight = (b: Uint8Array): boolean => {
  const { version, tcp, source, destination } = dissect(b)
  const size = b.length - tcp
  const header = version === 6 || checksum(b, 0, 20) === 0
  return header && fold(pseudoHeaderSum(source, destination, 6, size) + sum16(b, tcp, size)) === 0xffff
}
const classes = (packets: readonly Uint8Array[]) => packets.map(b => dissect(b).trafficClass)

for (const ends of ENDS) {
  const family = ends[0].includes(':') ? 'IPv6' : 'IPv4'
  const plain = (trafficClass: number) => segment(ends, trafficClass, ACK, [])

  test(`${family}: the ECN field of every packet is what the path makes it, the rest of the octet stays`, t => {
    for (const [ecnField, field] of [
      ['not-ect', 0],
      ['ect1', 1],
      ['ect0', 2],
      ['ce', 3],
    ] as const) {
      const { arrived, counters } = through({ ecnField }, [0xb8, 0xb9, 0xba, 0xbb].map(plain))
      t.deepEqual(
        classes(arrived),
        [0xb8, 0xb8, 0xb8, 0xb8].map(c => c | field),
      )
      t.true(arrived.every(isRight))
      t.is(counters.mangled, 3)
    }
  })

  test(`${family}: marks fall on what is ECN-capable, as often as they are to`, t => {
    const { arrived, counters } = through({ mark: 1 }, [0, 1, 2, 3].map(plain))
    t.deepEqual(classes(arrived), [0, 3, 3, 3])
    t.is(counters.marked, 2)
    const many = through(
      { mark: 0.1 },
      Array.from({ length: 2000 }, () => plain(2)),
    )
    t.true(Math.abs(many.counters.marked - 200) < 50)
    t.true(arrived.every(isRight))
  })

  test(`${family}: flags are cleared, all three or the newest`, t => {
    const all = ACK | ECE | CWR | AE
    const packets = [segment(ends, 0, all, []), plain(0)]
    for (const [ecnFlags, left] of [
      ['clear', ACK],
      ['clear-ae', ACK | ECE | CWR],
    ] as const) {
      const { arrived, counters } = through({ ecnFlags }, packets)
      t.deepEqual(
        arrived.map(b => tcpFlags(b, dissect(b).tcp)),
        [left, ACK],
      )
      t.true(arrived.every(isRight))
      t.is(counters.mangled, 1)
    }
  })

  test(`${family}: options are overwritten, by kind`, t => {
    const options = [172, 5, 0, 0, 1, 1, 1, 1, 3, 3, 7, 174, 2, 1, 1, 1]
    const { arrived } = through({ stripOptions: [172, 174] }, [segment(ends, 0, ACK, options)])
    const [b] = arrived
    const { tcp } = dissect(b!)
    t.deepEqual(
      [...b!.subarray(tcp + 20, tcp + tcpHeaderLength(b!, tcp))],
      [1, 1, 1, 1, 1, 1, 1, 1, 3, 3, 7, 1, 1, 1, 1, 1],
    )
    t.true(isRight(b!))
  })
}

test('what the options do not know is refused by name', t => {
  for (const [options, message] of [
    [{ ecnField: 'off' }, /ecnField must be one of not-ect, ect1, ect0, ce, not 'off'/],
    [{ ecnFlags: 'set' }, /ecnFlags must be one of clear, clear-ae, not 'set'/],
    [{ stripOptions: [1] }, /stripOptions must be kinds of TCP options, from 2 to 255, not 1/],
    [{ mark: 2 }, /mark must be a probability/],
  ] as const)
    t.throws(() => through(options as never, []), { instanceOf: RangeError, message })
})
