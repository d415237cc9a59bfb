import test from 'ava'
import { examinersAddresses } from '../../src/cli/examine.ts'
import { inPrefix, parsePrefix } from '../../src/wire/address.ts'

for (const host of [
  '192.0.2.1/24',
  '192.0.2.9/29',
  '2001:db8::1/64',
  '2001:db8::1/113',
  '2001:db8::fe41/113',
  '2001:db8::ab01/120',
  '2001:db8::abc1/124',
])
  test(`an examiner's addresses are in the network of ${host}, and nobody's else`, t => {
    const target = host.replace(/1\/.*|9\/.*/, '2')
    const all = examinersAddresses(host, target)
    const length = host.slice(host.indexOf('/'))
    t.true(all.length >= 4)
    t.is(new Set(all).size, all.length)
    const network = parsePrefix(host)
    for (const address of all) {
      t.true(inPrefix(parsePrefix(address).address, network), address)
      t.true(address.endsWith(length))
      t.false([host, `${target}${length}`].includes(address))
    }
  })
