import test from 'ava'
import { openTun } from '../../src/link/tun.ts'
import { namespaceTest } from '../support/namespace.ts'
import { cases as device } from './tun-cases.ts'
import { cases as offload } from './tun-offload-cases.ts'
import { cases as packets } from './tun-packets-cases.ts'

for (const [file, cases] of Object.entries({
  'tun-cases': device,
  'tun-packets-cases': packets,
  'tun-offload-cases': offload,
}))
  for (const name of Object.keys(cases))
    if (!name.startsWith('leaf: '))
      namespaceTest(`TUN: ${name}`, new URL(`./${file}.js`, import.meta.url), name)

test('TUN: a bad name, prefix or MTU is a RangeError that says what it should be', t => {
  for (const name of ['a-name-that-is-too-long', '', '..', 'a/b', 'a b', 'a:b', 'a%s', '%d%d'])
    t.throws(() => openTun({ name }), { instanceOf: RangeError, message: /interface name/ }, name)
  for (const address of ['192.0.2.1/33', 'host', '192.0.2', '0.0.0.0/0', '224.0.0.1/24', '255.255.255.255'])
    t.throws(() => openTun({ address }), { instanceOf: RangeError }, address)
  for (const mtu of [67, 65536, 1500.5, Number.NaN, -1])
    t.throws(() => openTun({ mtu }), { instanceOf: RangeError, message: /68 to 65535 bytes/ }, String(mtu))
})
