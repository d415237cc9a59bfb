import test from 'ava'
import { isTentative } from '../../src/cli/ipv6-ends.ts'

const TEXT = [
  'fe80000000000000dd4e8fd2d6a1b2c3 04 40 20 80   tuntcp0',
  '20010db8000000000000000000000001 04 40 00 c0   tuntcp0',
  '20010db8000100000000000000000001 05 40 00 80   tuntcp1',
  '00000000000000000000000000000001 01 80 10 80       lo',
  '',
].join('\n')

test('a device has a tentative address while the kernel has not yet found it its own', t => {
  t.true(isTentative(TEXT, 'tuntcp0'))
  t.false(isTentative(TEXT.replace(' c0 ', ' 80 '), 'tuntcp0'))
  for (const name of ['tuntcp1', 'lo', 'tuntcp', 'eth0', '']) t.false(isTentative(TEXT, name), name)
  t.false(isTentative('', 'tuntcp0'))
})
