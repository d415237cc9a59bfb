import test from 'ava'
import { send } from '../../src/tcp/calls.ts'
import { checksum } from '../../src/wire/checksum.ts'
import { read16, write16, write32, writeIpv4 } from '../../src/wire/ipv4.ts'
import { dialogue } from '../support/dialogue.ts'
import { icmpError, OURS, PEER } from '../support/packets.ts'

const SOFT: readonly (readonly [number, number, string])[] = [
  [3, 0, 'ENETUNREACH'],
  [3, 1, 'EHOSTUNREACH'],
  [3, 5, 'EOPNOTSUPP'],
  [3, 6, 'ENETUNREACH'],
  [3, 7, 'EHOSTDOWN'],
  [3, 8, 'ENONET'],
  [3, 9, 'ENETUNREACH'],
  [3, 10, 'EHOSTUNREACH'],
  [3, 11, 'ENETUNREACH'],
  [3, 12, 'EHOSTUNREACH'],
  [11, 0, 'EHOSTUNREACH'],
  [11, 1, 'EHOSTUNREACH'],
  [12, 0, 'EHOSTUNREACH'],
]

for (const [type, code, errno] of SOFT)
  test(`[MUST-47][MUST-54][MUST-56][SHLD-25] a soft error (${type}, ${code}) is told, and ends nothing`, t => {
    const d = dialogue()
    const user = d.established()
    send(user.connection!, Buffer.from('x'))
    const sent = d.next()
    d.inject(icmpError(type, code, sent.raw))
    t.true(
      user.log.some(line => line.startsWith(`soft ${errno}`)),
      user.log.join(),
    )
    d.receives('. 1:1(0) ack 2')
    d.receives('P. 1:4(3) ack 2')
    t.is(user.text, 'abc')
    t.is(user.connection!.state, 'ESTABLISHED')
  })

test('[SHLD-25] if it ends in a timeout after all, the error is the reason', t => {
  const d = dialogue()
  const user = d.connect()
  d.inject(icmpError(3, 1, d.next().raw))
  d.after(1_000_000)
  t.is(user.log.at(-1), 'closed EHOSTUNREACH')
})

test('[SHLD-20] a user who does not want error reports has none', t => {
  const d = dialogue()
  const user = d.established()
  Object.assign(user, { softError: undefined })
  send(user.connection!, Buffer.from('x'))
  d.inject(icmpError(3, 1, d.next().raw))
  t.deepEqual(user.log, ['accepted', 'established'])
  t.is(user.connection!.state, 'ESTABLISHED')
})

for (const [code, errno] of [
  [2, 'ENOPROTOOPT'],
  [3, 'ECONNREFUSED'],
  [4, 'EHOSTUNREACH'],
] as const)
  test(`[SHLD-26] a hard error (3, ${code}) ends a connection that is being opened, at once`, t => {
    // With path MTU discovery, code 4 is no error (RFC 1191).
    const d = dialogue({ tcp: { pathMtuDiscovery: false } })
    const user = d.connect()
    d.inject(icmpError(3, code, d.next().raw))
    t.deepEqual(user.log, [`closed ${errno}`])
    t.true(d.empty)
  })

test('[SHLD-26] but not an established one: forgers would have it too easy (RFC 5927 §5.2)', t => {
  const d = dialogue()
  const user = d.established()
  send(user.connection!, Buffer.from('x'))
  d.inject(icmpError(3, 3, d.next().raw))
  t.is(user.connection!.state, 'ESTABLISHED')
})

test('[MUST-54] an error is for the connection that it quotes, and only for what is in flight there', t => {
  const d = dialogue()
  const user = d.connect()
  const sent = d.next()
  const forged = sent.raw.slice()
  forged[24]! ^= 0x80
  d.inject(icmpError(3, 3, forged))
  t.is(d.host.drops['icmp-sequence'], 1)
  const stranger = sent.raw.slice()
  stranger[22]! ^= 1
  d.inject(icmpError(3, 3, stranger))
  t.is(d.host.drops['icmp-quote'], 1)
  t.deepEqual(user.log, [])
  d.inject(icmpError(3, 3, sent.raw))
  t.deepEqual(user.log, ['closed ECONNREFUSED'])
})

test('[MUST-55] source quench is dropped', t => {
  const d = dialogue()
  const user = d.established()
  send(user.connection!, Buffer.from('x'))
  const { cwnd } = user.connection!.congestion
  d.inject(icmpError(4, 0, d.next().raw))
  t.is(user.connection!.congestion.cwnd, cwnd)
  t.deepEqual(user.log, ['accepted', 'established'])
})

test('truncated errors, and such with nonsense in them, are dropped and counted', t => {
  const d = dialogue()
  d.connect()
  const error = icmpError(3, 3, d.next().raw)
  for (let length = 20; length < error.length; length++) {
    const cut = error.slice(0, length)
    write16(cut, 2, length)
    write16(cut, 10, 0)
    write16(cut, 10, checksum(cut, 0, 20))
    if (length >= 28) {
      write16(cut, 22, 0)
      write16(cut, 22, checksum(cut, 20, length - 20))
    }
    d.inject(cut)
  }
  d.silent()
  t.is(d.host.drops['icmp-truncated'], 8)
  t.is(d.host.drops['icmp-quote'], 28)
})

const echo = (length: number, destination = OURS): Uint8Array => {
  const packet = new Uint8Array(28 + length)
  writeIpv4(packet, 0, packet.length, 1, PEER, destination, 64, 0, 3)
  packet[20] = 8
  write32(packet, 24, 0x12345678)
  for (let i = 0; i < length; i++) packet[28 + i] = i
  write16(packet, 22, checksum(packet, 20, packet.length - 20))
  return packet
}

test('an echo request is answered, with what it carried', t => {
  const d = dialogue()
  const request = echo(100)
  d.inject(request)
  const { payload, destination } = d.next()
  t.is(destination, PEER)
  t.is(payload[0], 0)
  t.deepEqual(payload.subarray(4), request.subarray(24))
})

test('a reply that is too large for the link goes in fragments', t => {
  const d = dialogue({ mtu: 576 })
  const request = echo(1400)
  d.inject(request)
  const parts = d.skip().map(s => s.raw)
  t.deepEqual(
    parts.map(p => [p.length, read16(p, 6)]),
    [
      [572, 0x2000],
      [572, 0x2000 + 69],
      [324, 138],
    ],
  )
  t.is(new Set(parts.map(p => read16(p, 4))).size, 1)
})

test('an echo request to a broadcast address is not answered', t => {
  const d = dialogue()
  d.inject(echo(8, 0xc00002ff | 0))
  d.silent()
  t.pass()
})

test('a protocol that we do not speak draws an unreachable, but not by the thousand', t => {
  const d = dialogue()
  const packet = echo(8)
  packet[9] = 17
  write16(packet, 10, 0)
  write16(packet, 10, checksum(packet, 0, 20))
  d.inject(packet)
  const first = d.next()
  t.deepEqual([...first.payload.subarray(0, 2)], [3, 2])
  t.deepEqual(first.payload.subarray(8), packet.subarray(0, 28))
  for (let n = 0; n < 1000; n++) d.inject(packet)
  t.true(d.skip().length < 60)
  d.after(1000)
  d.inject(packet)
  t.is(d.skip().length, 1)
})

test('fragments that never become whole: their sender is told, if the first came', t => {
  const d = dialogue()
  const packet = echo(64)
  const fragment = packet.slice(0, 20 + 32)
  write16(fragment, 2, fragment.length)
  write16(fragment, 6, 0x2000)
  write16(fragment, 10, 0)
  write16(fragment, 10, checksum(fragment, 0, 20))
  d.inject(fragment)
  d.after(59_999)
  d.silent()
  d.after(2)
  t.deepEqual([...d.next().payload.subarray(0, 2)], [11, 1])
  t.is(d.host.drops['fragment-timeout'], 1)
  t.true(d.empty)
})
