import test from 'ava'
import fc from 'fast-check'
import { SegmentLines } from '../../src/trace/segment-line.ts'
import { dialogue } from '../support/dialogue.ts'
import { icmpError, PEER } from '../support/packets.ts'

const SYN = 'S 0:0(0) win 64240 <mss 1460,sackOK,TS val 7 ecr 0,nop,wscale 7>'

test('a handshake and data as tcpdump -n writes them: absolute on the SYN, relative afterwards', t => {
  const d = dialogue({ tcp: { timestamps: true } })
  d.listen()
  const lines = new SegmentLines()
  const syn = d.build(SYN)
  t.is(
    lines.line(syn),
    'IP 192.0.2.1.40000 > 192.0.2.2.80: Flags [S], seq 1000, win 64240, options [mss 1460,sackOK,TS val 7 ecr 0,nop,wscale 7], length 0',
  )
  d.inject(syn)
  const synAck = d.next()
  t.regex(
    lines.line(synAck.raw),
    /^IP 192\.0\.2\.2\.80 > 192\.0\.2\.1\.40000: Flags \[S\.\], seq \d+, ack 1, win 65535, options \[mss 1460,nop,nop,TS val \d+ ecr 7,nop,wscale 10\], length 0$/,
  )
  t.is(
    lines.line(d.build('P. 1:11(10) ack 1 win 502')),
    'IP 192.0.2.1.40000 > 192.0.2.2.80: Flags [P.], seq 1:11, ack 1, win 502, length 10',
  )
  t.is(
    lines.line(d.build('F. 11:11(0) ack 1 win 502')),
    'IP 192.0.2.1.40000 > 192.0.2.2.80: Flags [F.], seq 11, ack 1, win 502, length 0',
  )
})

test('sequence numbers as they are, with the absolute option', t => {
  const d = dialogue()
  const lines = new SegmentLines(true)
  lines.line(d.build('S 0:0(0) win 1'))
  t.is(
    lines.line(d.build('. 5:8(3) ack 9 win 1')),
    'IP 192.0.2.1.40000 > 192.0.2.2.80: Flags [.], seq 1005:1008, ack 9, win 1, length 3',
  )
})

test('ICMP, fragments, other protocols and nonsense have lines too', t => {
  const lines = new SegmentLines()
  const d = dialogue()
  const packet = d.build('. 1:1(0) ack 1')
  t.is(
    lines.line(icmpError(3, 3, packet, PEER)),
    'IP 192.0.2.1 > 192.0.2.2: ICMP port unreachable, length 36',
  )
  packet[6] = 0x20
  t.is(lines.line(packet), 'IP 192.0.2.1 > 192.0.2.2: protocol 6, fragment 0:20+')
  packet[6] = 0
  packet[9] = 17
  t.is(lines.line(packet), 'IP 192.0.2.1 > 192.0.2.2: protocol 17, length 20')
  t.is(lines.line(new Uint8Array(3)), 'IP [bad packet, length 3]')
  t.is(lines.line(Uint8Array.of(0x60, 0, 0)), 'IP6 [bad packet, length 3]')
})

test('any bytes and any truncation give a line', t => {
  const packet = dialogue().build(SYN)
  const lines = new SegmentLines()
  for (let length = 0; length <= packet.length; length++)
    t.is(typeof lines.line(packet.subarray(0, length)), 'string')
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(79), (noise, at) => {
      const mutated = packet.slice()
      mutated.set(noise.subarray(0, Math.max(0, mutated.length - at)), Math.min(at, mutated.length))
      return typeof lines.line(mutated) === 'string' && typeof lines.line(noise) === 'string'
    }),
    { seed: 1, numRuns: 2000 },
  )
})
