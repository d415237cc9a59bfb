import test from 'ava'
import fc from 'fast-check'
import {
  formatAddress,
  formatEndpoint,
  inPrefix,
  isLimitedBroadcast,
  isLoopback,
  isMulticast,
  isReserved,
  isThisNetwork,
  parseIpv4Address,
  parseIpv4Prefix,
} from '../../src/wire/address.ts'

test('addresses are int32, and come back as they were written', t => {
  t.is(parseIpv4Address('0.0.0.0'), 0)
  t.is(parseIpv4Address('0.0.0.1'), 1)
  t.is(parseIpv4Address('127.255.255.255'), 2 ** 31 - 1)
  t.is(parseIpv4Address('128.0.0.0'), -(2 ** 31))
  t.is(parseIpv4Address('192.0.2.1'), 0xc000_0201 | 0)
  t.is(parseIpv4Address('255.255.255.255'), -1)
  fc.assert(
    fc.property(fc.integer(), a => {
      t.is(parseIpv4Address(formatAddress(a)), a)
    }),
    { seed: 1, numRuns: 500 },
  )
  fc.assert(
    fc.property(fc.ipV4(), text => {
      t.is(formatAddress(parseIpv4Address(text)), text)
    }),
    { seed: 1, numRuns: 500 },
  )
})

test('an endpoint is written with its port', t => {
  t.is(formatEndpoint(parseIpv4Address('192.0.2.1'), 80), '192.0.2.1:80')
})

test('what is no address is refused, and named', t => {
  for (const text of [
    '',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.4.',
    '1..2.3',
    '256.0.0.1',
    '-1.2.3.4',
    '+1.2.3.4',
    ' 1.2.3.4',
    '1.2.3.4 ',
    '1.2.3.4\n',
    '1.2.3.4/8',
    // Octal to some, decimal to others.
    '010.2.3.4',
    '0x7f.0.0.1',
    '1e1.2.3.4',
    '::1',
    'localhost',
  ]) {
    const error = t.throws(() => parseIpv4Address(text), { instanceOf: RangeError }, JSON.stringify(text))
    t.true(error?.message.includes(`'${text}'`))
  }
})

test('a prefix has its network, mask and broadcast address', t => {
  const written = (text: string) => {
    const p = parseIpv4Prefix(text)
    return [p.address, p.network, p.mask, p.broadcast].map(formatAddress)
  }
  t.deepEqual(written('192.0.2.77/24'), ['192.0.2.77', '192.0.2.0', '255.255.255.0', '192.0.2.255'])
  t.deepEqual(written('10.1.2.3/8'), ['10.1.2.3', '10.0.0.0', '255.0.0.0', '10.255.255.255'])
  t.deepEqual(written('192.0.2.77/25'), ['192.0.2.77', '192.0.2.0', '255.255.255.128', '192.0.2.127'])
  t.deepEqual(written('192.0.2.129/30'), ['192.0.2.129', '192.0.2.128', '255.255.255.252', '192.0.2.131'])
  t.deepEqual(written('200.1.2.3/0'), ['200.1.2.3', '0.0.0.0', '0.0.0.0', '255.255.255.255'])
  t.deepEqual(written('200.1.2.3/1'), ['200.1.2.3', '128.0.0.0', '128.0.0.0', '255.255.255.255'])
  // Point to point (RFC 3021), and a host alone: no broadcast address but their own.
  t.deepEqual(written('192.0.2.1/31'), ['192.0.2.1', '192.0.2.0', '255.255.255.254', '192.0.2.1'])
  t.deepEqual(written('192.0.2.1/32'), ['192.0.2.1', '192.0.2.1', '255.255.255.255', '192.0.2.1'])
  t.deepEqual(parseIpv4Prefix('192.0.2.1'), parseIpv4Prefix('192.0.2.1/32'))
  t.is(parseIpv4Prefix('192.0.2.77/24').length, 24)
})

test('any address with any length: as arithmetic on bits has it', t => {
  fc.assert(
    fc.property(fc.integer(), fc.nat(32), fc.integer(), (address, length, other) => {
      const p = parseIpv4Prefix(`${formatAddress(address)}/${length}`)
      const bits = (a: number) => (a >>> 0).toString(2).padStart(32, '0')
      t.is(bits(p.address), bits(address))
      t.is(bits(p.mask), '1'.repeat(length) + '0'.repeat(32 - length))
      t.is(bits(p.network), bits(address).slice(0, length) + '0'.repeat(32 - length))
      if (length < 31) t.is(bits(p.broadcast), bits(address).slice(0, length) + '1'.repeat(32 - length))
      else t.is(p.broadcast, p.address)
      for (const a of [address, p.network, p.broadcast, other])
        t.is(inPrefix(a, p), bits(a).slice(0, length) === bits(address).slice(0, length))
      for (const value of [p.address, p.mask, p.network, p.broadcast]) t.is(value, value | 0)
    }),
    { seed: 1, numRuns: 1000 },
  )
})

test('what is no prefix is refused', t => {
  for (const text of [
    '',
    '/8',
    '10.0.0.1/',
    '10.0.0.1/33',
    '10.0.0.1/-1',
    '10.0.0.1/8/8',
    '10.0.0.1/8.0',
    '10.0.0.1/ 8',
    '10.0.0.1/1e1',
    '10.0.0.1/031',
    '10.0.0.1/255.0.0.0',
    '10.0.0/8',
  ])
    t.throws(() => parseIpv4Prefix(text), { instanceOf: RangeError }, JSON.stringify(text))
})

test('special ranges begin and end where they should', t => {
  const ranges = [
    [isThisNetwork, '0.0.0.0', '0.255.255.255', '1.0.0.0', null],
    [isLoopback, '127.0.0.0', '127.255.255.255', '128.0.0.0', '126.255.255.255'],
    [isMulticast, '224.0.0.0', '239.255.255.255', '240.0.0.0', '223.255.255.255'],
    [isReserved, '240.0.0.0', '255.255.255.255', '0.0.0.0', '239.255.255.255'],
    [isLimitedBroadcast, '255.255.255.255', '255.255.255.255', '0.0.0.0', '255.255.255.254'],
  ] as const
  for (const [is, first, last, after, before] of ranges) {
    t.true(is(parseIpv4Address(first)), first)
    t.true(is(parseIpv4Address(last)), last)
    t.false(is(parseIpv4Address(after)), after)
    if (before !== null) t.false(is(parseIpv4Address(before)), before)
    t.false(is(parseIpv4Address('192.0.2.1')))
  }
})
