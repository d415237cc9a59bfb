/** IP source routes, RFC 9293 §3.9.2.1, RFC 1122 §3.2.1.8(c) and §4.2.3.8. */

import test from 'ava'
import { blockOf } from '../../src/tcp/block/connection-view.ts'
import { close, setUser } from '../../src/tcp/calls.ts'
import { status } from '../../src/tcp/status.ts'
import { formatAddress, parseIpv4Address } from '../../src/wire/address.ts'
import { checksum } from '../../src/wire/checksum.ts'
import { read32, write16 } from '../../src/wire/ipv4.ts'
import { type Dialogue, dialogue } from '../support/dialogue.ts'
import { icmp, PEER, withIpOptions } from '../support/packets.ts'
import { RecordingUser } from '../support/recording-user.ts'
import type { Sent } from '../support/sent.ts'

const hops = (...names: string[]): number[] => names.map(parseIpv4Address)
const word = (address: number): number[] => [
  address >>> 24,
  (address >>> 16) & 255,
  (address >>> 8) & 255,
  address & 255,
]

/** A source route whose hops have all been passed: the pointer is beyond the option. */
const passed = (type: number, ...names: string[]): number[] => {
  const length = 3 + 4 * names.length
  return [type, length, length + 1, ...hops(...names).flatMap(word), 0]
}
const LOOSE = 131
const STRICT = 137

/** The way of a packet of ours: to where first, and by which option. */
const way = ({ destination, ipOptions }: Sent): string => {
  if (ipOptions.length === 0) return formatAddress(destination)
  const names: string[] = []
  for (let i = 3; i < ipOptions[1]!; i += 4) names.push(formatAddress(read32(ipOptions, i)))
  const kind = ipOptions[0] === LOOSE ? 'loose' : ipOptions[0] === STRICT ? 'strict' : '?'
  return `${formatAddress(destination)}, ${kind} ${names.join(' ')}, pointer ${ipOptions[2]}`
}

const connect = (d: Dialogue, names: string[], strict?: boolean) => {
  const user = new RecordingUser()
  const sourceRoute = { hops: hops(...names), ...(strict === undefined ? {} : { strict }) }
  user.connection = blockOf(d.host.connect(PEER, d.remotePort, user, { localPort: d.localPort, sourceRoute }))
  return user.connection
}

test('[MUST-51] an active OPEN by way of routers: to the first, the others and the destination in the option', t => {
  const d = dialogue({ mtu: 1500 })
  const c = connect(d, ['192.0.2.11', '192.0.2.12'])
  const syn = d.sends('S 0:0(0) <mss 1460,nop,wscale 10>')
  t.is(way(syn), '192.0.2.11, loose 192.0.2.12 192.0.2.1, pointer 4')
  // (That the checksum is of the destination, not the first hop, the dialogue sees to.)
  t.is(syn.ipOptions.length, 12)
  d.receives('S. 0:0(0) ack 1 win 65535 <mss 1460>')
  t.is(way(d.sends('. 1:1(0) ack 1')), way(syn))
  t.is(c.state, 'ESTABLISHED')
  // The option takes room from the text (MUST-16).
  t.is(c.snd.mss, 1500 - 20 - 12 - 20)
})

test('[MUST-51] a strict one, and one of a single hop', t => {
  const d = dialogue()
  connect(d, ['192.0.2.11'], true)
  t.is(way(d.next()), '192.0.2.11, strict 192.0.2.1, pointer 4')
})

test('nine hops fit, ten or none are refused before anything is sent', t => {
  const d = dialogue()
  const many = (n: number) => Array.from({ length: n }, (_, i) => `192.0.2.${100 + i}`)
  for (const n of [0, 10])
    t.throws(() => connect(d, many(n)), {
      instanceOf: RangeError,
      message: `a source route has 1 to 9 hops, not ${n}`,
    })
  t.is(d.host.connections.size, 0)
  connect(d, many(9))
  t.is(d.next().ipOptions.length, 40)
})

test('[MUST-52] the user’s route stays, whatever way the peer’s segments come', t => {
  const d = dialogue({ tcp: { sourceRoutes: true } })
  connect(d, ['192.0.2.11'])
  const before = way(d.next())
  d.inject(withIpOptions(d.build('S. 0:0(0) ack 1 <mss 1460>'), passed(LOOSE, '192.0.2.21')))
  t.is(way(d.sends('. 1:1(0) ack 1')), before)
  d.inject(withIpOptions(d.build('P. 1:4(3) ack 1'), passed(LOOSE, '192.0.2.22')))
  d.after(50)
  t.is(way(d.sends('. 1:1(0) ack 4')), before)
})

test('[MUST-53] the way of the SYN, in reverse, is that of the whole connection', t => {
  const d = dialogue({ tcp: { sourceRoutes: true } })
  d.listen()
  d.inject(
    withIpOptions(
      d.build('S 0:0(0) win 65535 <mss 1460>'),
      passed(LOOSE, '192.0.2.21', '192.0.2.22', '192.0.2.23'),
    ),
  )
  const back = '192.0.2.23, loose 192.0.2.22 192.0.2.21 192.0.2.1, pointer 4'
  t.is(way(d.sends('S. 0:0(0) ack 1')), back)
  d.receives('. 1:1(0) ack 1')
  const c = d.accepted[0]!.connection!
  t.is(c.snd.mss, 1460 - 16)
  // Later segments come straight: it goes on as it was.
  d.receives('P. 1:4(3) ack 1')
  d.after(50)
  t.is(way(d.sends('. 1:1(0) ack 4')), back)
  d.receives('F. 4:4(0) ack 1')
  d.after(50)
  t.is(way(d.sends('. 1:1(0) ack 5')), back)
})

test('[MUST-53] strict stays strict; a route that is not complete, empty or malformed is none', t => {
  const cases: [string, number[], string][] = [
    ['strict', passed(STRICT, '192.0.2.21'), '192.0.2.21, strict 192.0.2.1, pointer 4'],
    ['after NOPs', [1, 1, 1, 1, ...passed(LOOSE, '192.0.2.21')], '192.0.2.21, loose 192.0.2.1, pointer 4'],
    ['incomplete', [LOOSE, 7, 4, 192, 0, 2, 21, 0], '192.0.2.1'],
    ['no hops', [LOOSE, 3, 4, 0], '192.0.2.1'],
    ['of half a hop', [LOOSE, 5, 6, 192, 0, 0, 0, 0], '192.0.2.1'],
    ['longer than the header', [LOOSE, 39, 40, 0], '192.0.2.1'],
    ['of no length', [LOOSE, 0, 4, 0], '192.0.2.1'],
    ['after the end', [0, ...passed(LOOSE, '192.0.2.21'), 0, 0, 0], '192.0.2.1'],
    ['after an option without a length', [0x9e, 0, 1, 1, ...passed(LOOSE, '192.0.2.21')], '192.0.2.1'],
    ['record route', [7, 7, 8, 192, 0, 2, 21, 0], '192.0.2.1'],
  ]
  for (const [what, options, expected] of cases) {
    const d = dialogue({ tcp: { sourceRoutes: true } })
    d.listen()
    d.inject(withIpOptions(d.build('S 0:0(0) <mss 1460>'), options))
    t.is(way(d.sends('S. 0:0(0) ack 1')), expected, what)
  }
})

test('[SHLD-24] another route that comes later takes the place of the one before; not one that is not acceptable', t => {
  const d = dialogue({ tcp: { sourceRoutes: true } })
  d.listen()
  d.inject(withIpOptions(d.build('S 0:0(0) <mss 1460>'), passed(LOOSE, '192.0.2.21')))
  d.sends('S. 0:0(0) ack 1')
  d.receives('. 1:1(0) ack 1')
  const answer = (line: string, ack: number, route: number[]): string => {
    d.inject(withIpOptions(d.build(line), route))
    d.after(50)
    return way(d.sends(`. 1:1(0) ack ${ack}`))
  }
  const second = '192.0.2.31, loose 192.0.2.30 192.0.2.1, pointer 4'
  t.is(answer('P. 1:4(3) ack 1', 4, passed(LOOSE, '192.0.2.30', '192.0.2.31')), second)
  t.is(d.accepted[0]!.connection!.snd.mss, 1460 - 12)
  // Out of the window: it is answered, and believed in nothing.
  t.is(answer('P. 900001:900004(3) ack 1', 4, passed(LOOSE, '192.0.2.66')), second)
})

test('off, as it is by default, the way of what arrives plays no part', t => {
  const d = dialogue()
  d.listen()
  d.inject(withIpOptions(d.build('S 0:0(0) <mss 1460>'), passed(LOOSE, '192.0.2.21')))
  t.is(way(d.sends('S. 0:0(0) ack 1')), '192.0.2.1')
  d.inject(withIpOptions(d.build('40001>81 S 0:0(0)'), passed(LOOSE, '192.0.2.21')))
  t.is(way(d.sends('40001>81 R. 0:0(0) ack 1')), '192.0.2.1')
})

test('who nobody listens to is told by the way that it came; SYN cookies and TIME-WAIT know it too', t => {
  const d = dialogue({ tcp: { sourceRoutes: true, synCookies: 'always' } })
  const route = passed(LOOSE, '192.0.2.21')
  const back = '192.0.2.21, loose 192.0.2.1, pointer 4'
  d.inject(withIpOptions(d.build('40001>81 S 0:0(0)'), route))
  t.is(way(d.sends('40001>81 R. 0:0(0) ack 1')), back)
  d.listen()
  d.inject(withIpOptions(d.build('S 0:0(0) <mss 1460>'), route))
  t.is(way(d.sends('S. 0:0(0) ack 1')), back)
  d.inject(withIpOptions(d.build('. 1:1(0) ack 1'), route))
  const c = d.accepted[0]!.connection!
  t.is(c.route?.sourceRoute?.firstHop, parseIpv4Address('192.0.2.21'))
  setUser(c, null)
  close(c)
  t.is(way(d.sends('F. 1:1(0) ack 1')), back)
  d.receives('F. 1:1(0) ack 2')
  t.is(way(d.sends('. 2:2(0) ack 2')), back)
  d.receives('F. 1:1(0) ack 2')
  t.is(way(d.sends('. 2:2(0) ack 2')), back)
})

test('[MUST-54] an ICMP error that quotes a packet on its way by routers is for its connection', t => {
  const d = dialogue()
  const c = connect(d, ['192.0.2.11', '192.0.2.12'])
  const syn = d.next()
  // As the second router has it: the first hop is passed.
  const quote = syn.raw.slice()
  quote.set(word(parseIpv4Address('192.0.2.12')), 16)
  quote[22] = 8
  write16(quote, 10, 0)
  write16(quote, 10, checksum(quote, 0, 32))
  d.inject(icmp(3, 5, quote))
  t.is(c.troubles.icmpErrorCode, 'EOPNOTSUPP')
})

test('[MAY-9] the Diffserv field of what has come last can be asked for', t => {
  const d = dialogue()
  const { connection } = d.established()
  const segment = (line: string, octet: number) => {
    const packet = d.build(line)
    packet[1] = octet
    write16(packet, 10, 0)
    write16(packet, 10, checksum(packet, 0, 20))
    d.inject(packet)
  }
  t.is(status(connection!).remoteTrafficClass, 0)
  segment('P. 1:4(3) ack 1', (46 << 2) | 1)
  t.is(status(connection!).remoteTrafficClass, 46 << 2)
  segment('P. 4:7(3) ack 1', 10 << 2)
  t.is(status(connection!).remoteTrafficClass, 10 << 2)
  // An unacceptable segment is not heard.
  segment('P. 900001:900004(3) ack 1', 46 << 2)
  t.is(status(connection!).remoteTrafficClass, 10 << 2)
})
