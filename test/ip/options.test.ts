import test from 'ava'
import { ipOptions } from '../../src/ip/options.ts'
import { dialogue } from '../support/dialogue.ts'

test('limits of the IPv4 layer are checked by name', t => {
  t.is(ipOptions({ timeout: 5 }).timeout, 5)
  t.throws(() => ipOptions({ timeout: -1 }), { instanceOf: RangeError, message: /timeout must be 0 or more/ })
  t.throws(() => ipOptions({ maxBytes: Number.NaN }), { instanceOf: RangeError })
  t.throws(() => ipOptions({ nonsense: 1 } as object), { message: /unknown IP option 'nonsense'/ })
})

test('and hold: no ICMP errors, and fragments forgotten early, where it says so', t => {
  const d = dialogue({ host: { ip: { icmpErrorBurst: 0, timeout: 10 } } })
  const packet = d.build('S 0:0(0)')
  packet[9] = 99
  // The protocol is part of the header's sum.
  let sum = 0
  packet.set([0, 0], 10)
  for (let i = 0; i < 20; i += 2) sum += (packet[i]! << 8) | packet[i + 1]!
  sum = (sum & 0xffff) + (sum >>> 16)
  packet.set([(~sum >>> 8) & 255, ~sum & 255], 10)
  d.inject(packet)
  t.is(d.host.drops['ip-protocol'], 1)
  d.silent()
})
