import test from 'ava'
import { createPipe } from '../../src/link/pipe.ts'
import { configure, send } from '../../src/tcp/calls.ts'
import { parseIpv4Address } from '../../src/wire/address.ts'
import { checksum } from '../../src/wire/checksum.ts'
import { write16, write32 } from '../../src/wire/ipv4.ts'
import { dialogue } from '../support/dialogue.ts'
import { fixTcpChecksum } from '../support/packets.ts'

/** A packet with its addresses changed, checksums right. */
const readdress = (packet: Uint8Array, source: string | null, destination: string | null): Uint8Array => {
  const copy = packet.slice()
  if (source !== null) write32(copy, 12, parseIpv4Address(source))
  if (destination !== null) write32(copy, 16, parseIpv4Address(destination))
  write16(copy, 10, 0)
  write16(copy, 10, checksum(copy, 0, 20))
  fixTcpChecksum(copy)
  return copy
}

/** The packet with options between the IPv4 and the TCP header. */
const withIpOptions = (packet: Uint8Array, options: readonly number[]): Uint8Array => {
  const copy = new Uint8Array(packet.length + options.length)
  copy.set(packet.subarray(0, 20))
  copy.set(options, 20)
  copy.set(packet.subarray(20), 20 + options.length)
  copy[0] = 0x45 + options.length / 4
  write16(copy, 2, copy.length)
  write16(copy, 10, 0)
  write16(copy, 10, checksum(copy, 0, 20 + options.length))
  return copy
}

for (const destination of ['192.0.2.255', '192.0.2.0', '255.255.255.255', '224.0.0.1'])
  test(`[MUST-57] a SYN to ${destination} is met with silence`, t => {
    const d = dialogue()
    d.listen()
    d.inject(readdress(d.build('S 0:0(0)'), null, destination))
    d.silent()
    t.is(d.host.drops['tcp-broadcast'], 1)
    t.is(d.host.connections.size, 0)
  })

for (const source of [
  '192.0.2.255',
  '255.255.255.255',
  '224.0.0.1',
  '0.0.0.0',
  '127.0.0.1',
  '240.0.0.1',
  '192.0.2.2',
])
  test(`[MUST-63] a SYN from ${source} is ignored`, t => {
    const d = dialogue()
    d.listen()
    d.inject(readdress(d.build('S 0:0(0)'), source, null))
    d.silent()
    t.is(d.host.drops['ip-source'], 1)
    t.is(d.host.connections.size, 0)
  })

test('where packets between two ends were well directed, others are looked at all the same, and these again with every link', t => {
  const d = dialogue()
  d.listen()
  const syn = (port: number, destination: string | null = null) =>
    d.inject(readdress(d.build(`${port}>80 S 0:0(0)`), '198.51.100.9', destination))
  syn(40_001)
  t.is(d.next().flags, 0x12)
  syn(40_002)
  t.is(d.next().flags, 0x12)
  for (const [destination, reason] of [
    ['192.0.2.255', 'tcp-broadcast'],
    ['192.0.2.3', 'ip-destination'],
    ['127.0.0.1', 'ip-destination'],
  ] as const) {
    const before = d.host.drops[reason]
    syn(40_003, destination)
    syn(40_003, destination)
    t.is(d.host.drops[reason], before + 2, destination)
  }
  syn(40_004)
  t.is(d.next().flags, 0x12)
  // The peer's address is ours from now on.
  d.host.attach(createPipe(d.host.clock)[0], ['198.51.100.9/24'])
  syn(40_005)
  d.silent()
  t.is(d.host.drops['ip-source'], 1)
})

test('a SYN from a link-local address is answered, as RFC 6890 and Linux have it; one from its broadcast address is not', t => {
  for (const [source, answered] of [
    ['169.254.1.1', true],
    ['169.254.0.1', true],
    ['169.254.255.254', true],
    ['169.254.255.255', false],
  ] as const) {
    const d = dialogue()
    d.listen()
    d.inject(readdress(d.build('S 0:0(0)'), source, null))
    if (answered) t.is(d.next().flags, 0x12, source)
    else d.silent()
    t.is(d.host.drops['ip-source'], answered ? 0 : 1, source)
  }
})

test('what is for somebody else is dropped', t => {
  const d = dialogue()
  d.inject(readdress(d.build('S 0:0(0)'), null, '192.0.2.77'))
  d.silent()
  t.is(d.host.drops['ip-destination'], 1)
})

test('[MUST-50][MAY-10][MAY-11] IP options are ignored: unknown ones, timestamps, record route', t => {
  for (const options of [
    [0x9e, 4, 1, 2],
    [68, 12, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [7, 7, 4, 0, 0, 0, 0, 0],
    [148, 4, 0, 0],
  ]) {
    const d = dialogue()
    d.listen()
    d.inject(withIpOptions(d.build('S 0:0(0) win 65535 <mss 1460>'), options))
    d.sends('S. 0:0(0) ack 1 <mss 1460>')
  }
  t.pass()
})

test('[MUST-48][SHLD-21][SHLD-22] the Diffserv field is the user’s, on all segments, pure ACKs too, and may change', t => {
  const d = dialogue()
  const { connection } = d.established()
  for (let dscp = 0; dscp < 64; dscp++) {
    configure(connection!, { trafficClass: dscp << 2 })
    const seq = 1 + 3 * dscp
    d.receives(`P. ${seq}:${seq + 3}(3) ack 1`)
    d.after(50)
    t.is(d.next().trafficClass, dscp << 2)
  }
  configure(connection!, { trafficClass: 46 << 2 })
  send(connection!, Buffer.from('x'))
  t.is(d.next().trafficClass, 46 << 2)
})

test('[SHLD-23][NX-28] the stack never changes it by itself, whatever comes in', t => {
  const d = dialogue()
  d.established()
  const packet = d.build('P. 1:4(3) ack 1')
  packet[1] = 46 << 2
  write16(packet, 10, 0)
  write16(packet, 10, checksum(packet, 0, 20))
  d.inject(packet)
  d.after(50)
  t.is(d.next().trafficClass, 0)
})

test('[MUST-49] the TTL is an option', t => {
  const d = dialogue({ tcp: { ttl: 5 } })
  d.listen()
  d.receives('S 0:0(0)')
  t.is(d.next().ttl, 5)
  t.is(dialogue().host.options.ttl, 64)
})
