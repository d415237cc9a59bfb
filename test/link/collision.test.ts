import test from 'ava'
import { addressMeets, prefixMeets } from '../../src/link/collision.ts'
import { type HostEntry, hostNetworks } from '../../src/link/host-networks.ts'
import { parseAddresses, parseLinks, parseRoutes } from '../../src/link/rtnetlink.ts'
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import { parseIpv4Address, parseIpv4Prefix, parsePrefix } from '../../src/wire/address.ts'
import { namespaceTest } from '../support/namespace.ts'
import { cases } from './collision-cases.ts'

const module = new URL('./collision-cases.js', import.meta.url)

for (const name of Object.keys(cases)) namespaceTest(`a device's address: ${name}`, module, name)

const entry = (kind: HostEntry['kind'], prefix: string, index: number): HostEntry => {
  const { address, length } = parsePrefix(prefix)
  return { kind, address, length, index, text: `${kind} ${prefix}` }
}

const host = (...entries: HostEntry[]) => ({ links: [], entries })

test('more than two things that a prefix meets are counted, and routes are told only when nothing else is', t => {
  const entries = [
    entry('gateway', '10.0.0.1', 2),
    entry('gateway', '10.0.0.1', 2),
    entry('address', '10.0.0.2/24', 2),
    entry('address', '10.0.0.3/24', 2),
    entry('route', '10.0.0.0/24', 2),
  ]
  t.is(
    prefixMeets(host(...entries), parseIpv4Prefix('10.0.0.9/24')),
    'gateway 10.0.0.1, address 10.0.0.2/24 and 1 more',
  )
  t.is(prefixMeets(host(entries[4]!), parseIpv4Prefix('10.0.0.9/8')), 'route 10.0.0.0/24')
  t.is(prefixMeets(host(...entries), parseIpv4Prefix('10.0.1.9/24')), null)
})

test('networks of IPv6 meet when one is within the other; a default route in pieces meets nothing', t => {
  const meets = (have: HostEntry, want: string) => prefixMeets(host(have), parsePrefix(want))
  const address = entry('address', '2001:db8::7/64', 2)
  for (const want of ['2001:db8::1/64', '2001:db8::/32', '2001:db8::1:0:0:0/80', '2001:db8:0:0:8::1/80'])
    t.is(meets(address, want), 'address 2001:db8::7/64', want)
  t.is(meets(address, '2001:db8:0:1::1/64'), null)
  t.is(meets(entry('route', '2001:db8:1::/48', 2), '2001:db8:1:2::1/64'), 'route 2001:db8:1::/48')
  t.is(meets(entry('gateway', '2001:db8::1', 2), '2001:db8::2/64'), 'gateway 2001:db8::1')
  for (const half of ['::/1', '8000::/1', '2000::/3'])
    t.is(meets(entry('route', half, 2), '2001:db8::1/64'), null)
  t.is(meets(address, '192.0.2.1/24'), null)
  t.is(meets(entry('address', '192.0.2.1/24', 2), '2001:db8::1/64'), null)
})

test("a stack's address outside its device's prefix needs a route by the device, or a place where nobody is", t => {
  const ours = parseIpv4Address('203.0.113.7')
  const eth0 = entry('route', '203.0.113.0/24', 2)
  t.is(addressMeets(host(eth0), ours, 5), 'route 203.0.113.0/24')
  t.is(addressMeets(host(eth0, entry('route', '203.0.113.7/32', 5)), ours, 5), null)
  t.is(addressMeets(host(eth0, entry('route', '203.0.113.0/24', 5)), ours, 5), null)
  const gateway = entry('gateway', '203.0.113.7', 2)
  t.is(addressMeets(host(gateway, entry('route', '203.0.113.7/32', 5)), ours, 5), 'gateway 203.0.113.7')
  t.is(addressMeets(host(entry('route', '128.0.0.0/1', 2)), ours, 5), null)
})

test('messages of the kernel that make no sense are passed over', t => {
  const random = new SeededRandom(1)
  for (let n = 0; n < 3000; n++) {
    const bytes = Uint8Array.from({ length: random.uint32() % 120 }, () => random.uint32())
    // A length and a type that could be right.
    const view = new DataView(bytes.buffer)
    if (bytes.length >= 24) {
      view.setUint32(0, 16 + (random.uint32() % 100), true)
      view.setUint16(4, [16, 20, 24][n % 3]!, true)
    }
    for (const parse of [parseLinks, parseAddresses, parseRoutes]) t.notThrows(() => parse(bytes))
  }
})

test('tables that change while they are told are asked for again, and a kernel that says nothing is an error', t => {
  let asked = 0
  t.deepEqual(
    hostNetworks(() => (asked++ % 3 < 2 ? -11 : new Uint8Array())),
    { links: [], entries: [] },
  )
  t.is(asked, 15)
  t.throws(() => hostNetworks(() => -1), { code: 'EPERM', message: /does not say .* \(rtnetlink: EPERM\)/ })
})
