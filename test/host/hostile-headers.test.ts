/** Lengths that lie, options without end, addresses that cannot be, ICMP errors that nobody sent. */

import test from 'ava'
import { blockOf } from '../../src/tcp/block/connection-view.ts'
import { send } from '../../src/tcp/calls.ts'
import { parseIpv4Address } from '../../src/wire/address.ts'
import { CHECKSUM_COMPLETE, PacketBatch } from '../../src/wire/batch.ts'
import { write16, write32 } from '../../src/wire/ipv4.ts'
import { parseTcp, Segment } from '../../src/wire/tcp.ts'
import { type Dialogue, dialogue } from '../support/dialogue.ts'
import {
  altered,
  echoRequest,
  fragments,
  icmp,
  icmpError,
  ipv4,
  OURS,
  PEER,
  sealed,
  withIpOptions,
} from '../support/packets.ts'
import { RecordingUser } from '../support/recording-user.ts'

const dropped = (d: Dialogue): number => Object.values(d.host.drops).reduce((a, b) => a + b)

/** A connection to port 80 with a timestamp on everything; port 81 listens too. */
const scene = () => {
  const d = dialogue({ tcp: { timestamps: true, timestampsMayMiss: false } })
  const user = d.established(
    {},
    'S 0:0(0) win 65535 <mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7>',
    '. 1:1(0) ack 1 win 65535 <nop,nop,TS val 2 ecr 0>',
  )
  d.listen(81)
  send(user.connection!, Buffer.from('x'))
  const ours = d.next().raw
  const packets = {
    SYN: d.build('40007>81 S 0:0(0) win 65535 <mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7>'),
    data: d.build('P. 1:11(10) ack 1 <nop,nop,TS val 3 ecr 0>'),
    FIN: d.build('F. 1:1(0) ack 1 <nop,nop,TS val 3 ecr 0>'),
    RST: d.build('R. 1:1(0) ack 1'),
    'data after IP options': withIpOptions(
      d.build('P. 1:11(10) ack 1 <nop,nop,TS val 3 ecr 0>'),
      [1, 1, 1, 0],
    ),
    'an echo request': echoRequest(12),
    'an ICMP error': icmpError(3, 1, ours),
    'a fragment': fragments(d.build('P. 1:101(100) ack 1'), 64)[0]!,
    'another protocol': ipv4(new Uint8Array(30), { protocol: 200 }),
  }
  return { d, user, packets }
}

for (const name of Object.keys(scene().packets) as (keyof ReturnType<typeof scene>['packets'])[]) {
  test(`${name}, cut off anywhere: one drop, and nothing else`, t => {
    const { d, user, packets } = scene()
    const whole = packets[name]
    const log = user.log.length
    for (let length = 0; length < whole.length; length++) {
      const before = dropped(d)
      const header = (whole[0]! & 15) * 4
      const reason = length < 20 ? 'ip-truncated' : length < header ? 'ip-header-length' : 'ip-total-length'
      const because = d.host.drops[reason]
      d.inject(whole.slice(0, length))
      t.deepEqual([dropped(d), d.host.drops[reason]], [before + 1, because + 1], `${length} bytes`)
    }
    d.silent()
    t.deepEqual([user.log.length, user.text, d.host.connections.size, d.host.fragmentBytes], [log, '', 1, 0])
  })

  test(`${name}, cut off anywhere, its length and IP checksum put right: harmless`, t => {
    const { d, user, packets } = scene()
    const whole = packets[name]
    for (let length = 20; length < whole.length; length++) {
      const cut = whole.slice(0, length)
      write16(cut, 2, length)
      // Twice: with the checksum of the whole inside, and with all checksums right.
      write16(cut, 10, 0)
      d.inject(altered(cut, { protocol: 6, source: parseIpv4Address('192.0.2.99') }), sealed(cut))
    }
    d.after(200)
    t.true('abcdefghij'.startsWith(user.text))
    t.is(user.connection!.state, 'ESTABLISHED')
  })
}

test('every header length, every total length, every data offset: no harm, and each is counted', t => {
  const { d, user } = scene()
  const whole = d.build('P. 1:11(10) ack 1 <nop,nop,TS val 3 ecr 0>')
  for (let ihl = 0; ihl < 16; ihl++)
    for (const total of [0, 19, 20, 39, 40, 51, 52, 61, 62, 63, 1500, 65_535])
      for (let offset = 0; offset < 16; offset++) {
        // Text that is taken for options is still a segment.
        if (ihl === 5 && [5, 8, 9, 10].includes(offset) && total >= 40 && total <= 62) continue
        const packet = whole.slice()
        packet[0] = 0x40 | ihl
        write16(packet, 2, total)
        packet[32] = offset << 4
        const before = dropped(d)
        d.inject(sealed(packet))
        if (dropped(d) === before)
          t.fail(`IHL ${ihl}, total length ${total}, data offset ${offset}: not dropped`)
      }
  t.is(user.text, '')
  t.is(user.connection!.state, 'ESTABLISHED')
})

test('what lies behind a packet in memory is no part of it', t => {
  const { d, user, packets } = scene()
  const log = user.log.length
  const batch = new PacketBatch(1, false)
  for (const name of ['SYN', 'an ICMP error'] as const)
    for (let length = 20; length < packets[name].length; length++) {
      const cut = packets[name].slice(0, length)
      write16(cut, 2, length)
      const memory = packets[name].slice()
      memory.set(sealed(cut))
      const before = dropped(d)
      batch.push(memory, 0, length, CHECKSUM_COMPLETE, 0)
      d.link.receive!(batch)
      batch.clear()
      t.is(dropped(d), before + 1, `${name}, ${length} bytes`)
    }
  d.silent()
  t.is(user.log.length, log)
  t.is(d.host.drops['icmp-truncated'], 8)
})

test('a TCP header cut short, or with a data offset that lies: no segment', t => {
  const d = dialogue()
  d.listen()
  const whole = d.build('S 0:0(0) win 65535 <mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7>')
  for (let length = 20; length < whole.length; length++) {
    const cut = whole.slice(0, length)
    write16(cut, 2, length)
    d.inject(sealed(cut))
  }
  t.is(d.host.drops['tcp-truncated'], 20)
  t.is(d.host.drops['tcp-data-offset'], 20)
  for (const offset of [0, 1, 2, 3, 4, 11, 15]) {
    const packet = whole.slice()
    packet[32] = offset << 4
    d.inject(sealed(packet))
  }
  t.is(d.host.drops['tcp-data-offset'], 27)
  d.silent()
  t.is(d.host.connections.size, 0)
})

test('[MUST-7][MUST-68] every kind with every length: passed over by it, or the rest ignored; no byte read too far', t => {
  const segment = new Segment()
  // After the header stands what would be an option, if anybody looked.
  const bytes = new Uint8Array(64)
  for (let kind = 2; kind < 256; kind++)
    for (let length = 0; length < 256; length++) {
      bytes.fill(0)
      bytes[12] = 15 << 4
      bytes[20] = kind
      bytes[21] = length
      bytes.set([2, 4, 1, 99], 60)
      if (length >= 2 && length <= 36) bytes.set([2, 4, 2, 188], 20 + length)
      if (parseTcp(bytes, 0, 64, true, segment) !== null) t.fail('dropped')
      const mss = length >= 2 && length <= 36 ? 700 : kind === 2 && length === 4 ? 0 : -1
      if (segment.mss !== mss || segment.malformedOption !== (length < 2 || length > 40))
        t.fail(`kind ${kind}, length ${length}: ${segment.mss}, ${segment.malformedOption}`)
    }
  t.pass()
})

test('land: a SYN from ourselves to ourselves is no packet of ours', t => {
  const d = dialogue()
  d.listen()
  for (const port of [80, 40_000]) {
    const packet = altered(d.build(`${port}>80 S 0:0(0)`), { source: OURS })
    d.inject(packet, packet)
  }
  d.silent()
  t.is(d.host.drops['ip-source'], 4)
  t.is(d.host.connections.size, 0)
})

test('a connection of a port with itself: SYNs cross, and that is all', t => {
  const d = dialogue()
  const user = new RecordingUser()
  user.connection = blockOf(d.host.connect(OURS, 5000, user, { localPort: 5000 }))
  d.after(10)
  t.deepEqual(user.log, ['established'])
  send(user.connection, Buffer.from('echo'))
  d.after(1000)
  t.is(user.text, 'echo')
  t.true(d.host.counters.packetsOut < 10, `${d.host.counters.packetsOut} packets`)
  d.silent()
})

test('frag-needed with any MTU, after packets as large have passed: nothing changes (RFC 5927 §7.2)', t => {
  const d = dialogue()
  const user = d.established()
  send(user.connection!, Buffer.alloc(2920))
  d.skip()
  d.receives('. 1:1(0) ack 2921')
  send(user.connection!, Buffer.alloc(5000))
  const [first] = d.skip()
  const { mss } = user.connection!.snd
  const { cwnd } = user.connection!.congestion
  for (const mtu of [0, 1, 68, 576, 1499, 65_535]) {
    d.tooBig(first!, mtu)
  }
  t.deepEqual([user.connection!.snd.mss, user.connection!.congestion.cwnd], [mss, cwnd])
  t.is(d.host.drops['icmp-mtu'], 2)
  d.silent()
  d.receives('. 1:1(0) ack 7921')
  t.is(user.connection!.snd.mss, mss)
})

test('errors with a sequence number that is not in flight are forged (RFC 5927 §4.1)', t => {
  const d = dialogue()
  const user = d.established()
  send(user.connection!, Buffer.alloc(2920))
  const [first] = d.skip()
  d.receives('. 1:1(0) ack 1461')
  const iss = d.ourIss.get('40000>80')!
  for (const seq of [0, 1, 1460, 2921, 2922, 2 ** 31])
    for (const code of [0, 1, 2, 3, 4, 5]) {
      const quote = first!.raw.slice(0, 28)
      write32(quote, 24, iss + seq)
      d.inject(icmp(3, code, quote))
    }
  t.is(d.host.drops['icmp-sequence'], 36)
  t.deepEqual(user.log, ['accepted', 'established'])
  // At the edges it is.
  for (const seq of [1461, 2920]) {
    const quote = first!.raw.slice(0, 28)
    write32(quote, 24, iss + seq)
    d.inject(icmp(3, 1, quote))
  }
  t.is(d.host.drops['icmp-sequence'], 36)
  t.is(user.log.length, 4)
})

test('a flood of fragments: memory bounded, all gone after their time, whole packets taken meanwhile', t => {
  const d = dialogue()
  const user = d.established()
  const [first] = fragments(ipv4(new Uint8Array(1472), { protocol: 6 }), 1464)
  for (const [each, bound] of [
    [1, 64 * 1464],
    [40, 1 << 20],
  ] as const) {
    let most = 0
    for (let n = 0; n < 10_000; n++) {
      const fields = { identification: Math.floor(n / each), fragment: 0x2000 | ((n % each) * 183) }
      d.inject(altered(first!, { ...fields, source: PEER + 10 + each }))
      most = Math.max(most, d.host.fragmentBytes)
    }
    t.true(most > 0.9 * bound && most <= bound, `${most} bytes`)
  }
  d.inject(...fragments(d.build('P. 1:101(100) ack 1'), 48))
  t.is(user.text.length, 100)
  d.after(60_000)
  t.is(d.host.fragmentBytes, 0)
})

test('tiny fragments: a TCP header in pieces is a TCP header', t => {
  const d = dialogue()
  d.listen()
  d.inject(...fragments(d.build('S 0:0(0) win 65535 <mss 1000>'), 8, 16))
  d.sends('S. 0:0(0) ack 1')
  // But pieces that overlap are not put together, so that a header that was checked is not overwritten (RFC 1858).
  const [head, tail] = fragments(d.build('40001>80 S 0:0(0) win 65535 <mss 1000>'), 16)
  const overlap = tail!.slice()
  write16(overlap, 6, 1)
  d.inject(head!, sealed(overlap), tail!)
  d.silent()
  t.is(d.host.drops['fragment-overlap'], 2)
})
