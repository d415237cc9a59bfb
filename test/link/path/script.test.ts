import test from 'ava'
import type { PacketView } from '../../../src/link/path/packet-view.ts'
import {
  allOf,
  along,
  anyOf,
  between,
  everyNth,
  first,
  hasFlag,
  isData,
  isFragment,
  isPureAck,
  isRetransmission,
  not,
  nth,
  once,
  type Predicate,
  toPort,
} from '../../../src/link/path/script.ts'
import { MORE_FRAGMENTS } from '../../../src/wire/ipv4.ts'
import { ACK, FIN, PSH, RST, SYN } from '../../../src/wire/tcp.ts'
import { fragments6, OURS6, PEER6, segment6 } from '../../support/ipv6.ts'
import { DESTINATION, enter, pathOf, range, SOURCE, segment } from './support.ts'

const syn = segment({ flags: SYN, length: 0, seq: 0 })
const ack = segment({ length: 0 })
const data = (seq: number, length = 100) => segment({ seq, length, flags: ACK | PSH })
const fin = segment({ flags: FIN | ACK, length: 0, seq: 301 })

/** The packets for which the predicate holds, by their places. */
const chosen = (predicate: Predicate, packets: readonly Uint8Array[]): number[] => {
  const { path } = pathOf({ drop: predicate })
  return range(packets.length).filter(n => {
    const before = path.counters.lost.script
    enter(path, [packets[n]!])
    return path.counters.lost.script > before
  })
}

const all = [syn, ack, data(1), data(101), ack, data(201), fin]

test('predicates by what a segment is', t => {
  t.deepEqual(chosen(isData, all), [2, 3, 5])
  t.deepEqual(chosen(isPureAck, all), [1, 4])
  t.deepEqual(chosen(isPureAck, [segment({ flags: RST | ACK, length: 0 })]), [])
  t.deepEqual(chosen(hasFlag('FIN'), all), [6])
  t.deepEqual(chosen(hasFlag('SYN', 'ACK'), [syn, segment({ flags: SYN | ACK, length: 0 })]), [1])
  t.deepEqual(chosen(toPort(80), all), range(7))
  t.deepEqual(chosen(toPort(81), all), [])
  t.deepEqual(chosen(along('out'), [ack]), [0])
  t.deepEqual(chosen(along('in'), [ack]), [])
  const pieces = [segment({ fragment: MORE_FRAGMENTS }), segment({ fragment: 10 }), segment()]
  t.deepEqual(chosen(isFragment, pieces), [0, 1])
  t.deepEqual(chosen(isData, pieces), [0, 2])
})

test('combinators count what they choose among', t => {
  t.deepEqual(chosen(nth(3, isData), all), [5])
  t.deepEqual(chosen(nth([1, 3], isData), all), [2, 5])
  t.deepEqual(chosen(nth(2), all), [1])
  t.deepEqual(chosen(once(hasFlag('FIN')), [fin, fin]), [0])
  t.deepEqual(chosen(first(2, isData), all), [2, 3])
  t.deepEqual(chosen(everyNth(2, isData), all), [3])
  t.deepEqual(chosen(allOf(isData, not(nth(1, isData))), all), [3, 5])
  t.deepEqual(chosen(anyOf(nth(1, isData), nth(3, isData)), all), [2, 5])
})

test('retransmissions: segments without a new sequence number', t => {
  t.deepEqual(
    chosen(isRetransmission(), [
      syn,
      syn,
      data(1),
      data(101),
      data(1),
      data(1, 250),
      ack,
      fin,
      fin,
      segment({ seq: 1, source: 0xc0000209 | 0 }),
      segment({ flags: SYN, length: 0, seq: 5000 }),
      data(5001),
      data(5001),
    ]),
    [1, 4, 8, 12],
  )
  // The third segment and its first retransmission.
  t.deepEqual(
    chosen(anyOf(nth(3, isData), allOf(isRetransmission(), first(1))), [
      data(1),
      data(101),
      data(201),
      data(301),
      data(201),
      data(201),
    ]),
    [2, 4],
  )
})

test('the view: time, number, lengths, addresses, ports, numbers', t => {
  const views: Partial<PacketView>[] = []
  const { clock, path } = pathOf({
    drop: p => {
      const { time, index, direction, packetLength, source, destination, protocol, fragment, tcp } = p
      const { sourcePort, destinationPort, seq, ack: acked, flags, window, length } = p
      views.push({ time, index, direction, packetLength, source, destination, protocol, fragment, tcp })
      views.push({ sourcePort, destinationPort, seq, ack: acked, flags, window, length })
      t.deepEqual(
        p.bytes().subarray(0, 20),
        (index === 0 ? data(-7) : segment({ fragment: 5 })).subarray(0, 20),
      )
      t.is(String(p), index === 0 ? '192.0.2.1.1000 > 192.0.2.2.80' : '192.0.2.1 > 192.0.2.2')
      return false
    },
  })
  enter(path, [data(-7)])
  clock.advance(5)
  enter(path, [segment({ fragment: 5 })])
  const common = {
    direction: 'out',
    packetLength: 140,
    source: SOURCE,
    destination: DESTINATION,
    protocol: 6,
  }
  t.deepEqual(views, [
    { ...common, time: 0, index: 0, fragment: false, tcp: true },
    { sourcePort: 1000, destinationPort: 80, seq: -7, ack: 1, flags: ACK | PSH, window: 500, length: 100 },
    { ...common, time: 5, index: 1, fragment: true, tcp: false },
    { sourcePort: 0, destinationPort: 0, seq: 0, ack: 0, flags: 0, window: 0, length: 0 },
  ])
  t.deepEqual(chosen(between(0, 1), [ack]), [0])
  t.deepEqual(chosen(between(1, 2), [ack]), [])
})

test('the view of a packet of IPv6: addresses, ports and numbers as of IPv4', t => {
  const seen: unknown[] = []
  const { clock, path } = pathOf({
    drop: p => {
      const { source, destination, protocol, fragment, tcp, sourcePort, destinationPort, seq, ack, flags } = p
      seen.push([source, destination, protocol, fragment, tcp, sourcePort, destinationPort, seq, ack, flags])
      seen.push([p.length, String(p)])
      return false
    },
  })
  const fields = { from: 1000, to: 80, seq: 7, ack: 9, text: new Uint8Array(30) }
  const packet = segment6(ACK, fields)
  enter(path, [packet])
  enter(path, [fragments6(packet, 24)[1]!])
  clock.run()
  t.deepEqual(seen, [
    [PEER6, OURS6, 6, false, true, 1000, 80, 7, 9, ACK],
    [30, '2001:db8::1.1000 > 2001:db8::2.80'],
    [PEER6, OURS6, 6, true, false, 0, 0, 0, 0, 0],
    [0, '2001:db8::1 > 2001:db8::2'],
  ])
})
