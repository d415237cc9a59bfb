import { isIPv6 } from 'node:net'
import test from 'ava'
import fc from 'fast-check'
import { IPv6 } from 'ip-num/dist/src/IPNumber.js'
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import {
  type Address,
  commonPrefix,
  formatAddress,
  formatEndpoint,
  type Ipv6Address,
  inPrefix,
  isLinkLocal,
  isLoopback,
  isMapped,
  isMulticast,
  isUnspecified,
  mapped,
  parseAddress,
  parseIpv4Prefix,
  parsePrefix,
  unmapped,
} from '../../src/wire/address.ts'
import { write32 } from '../../src/wire/bytes.ts'
import { ipv6Bytes, readIpv6Address, writeIpv6Address } from '../../src/wire/ipv6-address.ts'
import { pseudoHeaderSum } from '../../src/wire/pseudo-header.ts'

const six = (text: string): Ipv6Address => parseAddress(text) as Ipv6Address

test('an IPv6 address is its text of RFC 5952, however it was written', t => {
  for (const [written, canonical] of [
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:0db8::0001', '2001:db8::1'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['::1', '::1'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
    ['::ffff:c000:201', '::ffff:192.0.2.1'],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
    ['::1.2.3.4', '::102:304'],
    ['FE80::1%tun0', 'fe80::1%tun0'],
  ] as const)
    t.is(parseAddress(written), canonical as Address)
  t.is(formatAddress(six('2001:db8::2')), '2001:db8::2')
  t.is(formatEndpoint(six('2001:db8::2'), 80), '[2001:db8::2]:80')
})

test('sixteen bytes and their text: each gives the other, again and again', t => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.nat(3), (bytes, at) => {
      const packet = new Uint8Array(at + 16)
      packet.set(bytes, at)
      const address = readIpv6Address(packet, at)
      t.true(isIPv6(address))
      t.is(parseAddress(address), address)
      t.deepEqual([...ipv6Bytes(address)], [...bytes])
      const copy = new Uint8Array(20)
      writeIpv6Address(copy, 2, address)
      t.deepEqual([...copy.subarray(2, 18)], [...bytes])
      t.is(readIpv6Address(packet, at), address)
    }),
    { seed: 1, numRuns: 2000 },
  )
  fc.assert(
    fc.property(fc.ipV6(), text => {
      const address = parseAddress(text)
      t.is(parseAddress(formatAddress(address)), address)
      t.is(new URL(`http://[${text}]/`).hostname, new URL(`http://[${address}]/`).hostname)
    }),
    { seed: 1, numRuns: 1000 },
  )
})

test('runs of groups that are 0: the longest is left out, the first of equal ones, never a single group', t => {
  for (let zeros = 0; zeros < 256; zeros++) {
    const bytes = new Uint8Array(16)
    for (let group = 0; group < 8; group++) if ((zeros & (1 << group)) === 0) bytes[2 * group + 1] = group + 1
    const address = readIpv6Address(bytes, 0)
    t.is(`[${address}]`, new URL(`http://[${address}]/`).hostname)
    t.deepEqual([...ipv6Bytes(address)], [...bytes])
    t.deepEqual([...ipv6Bytes(`${address}%eth0.1` as Ipv6Address)], [...bytes])
  }
})

test('addresses of packets, however many, are not read as what people write, which takes long', t => {
  let calls = 0
  const methods = IPv6.prototype as unknown as Record<string, unknown>
  const before = Object.getOwnPropertyNames(methods).filter(
    name => name !== 'constructor' && typeof methods[name] === 'function',
  )
  const own = before.map(name => [name, methods[name] as (...args: unknown[]) => unknown] as const)
  for (const [name, method] of own)
    methods[name] = function (this: unknown, ...args: unknown[]) {
      calls++
      return method.apply(this, args)
    }
  try {
    parseAddress('2001:db8::1')
    t.true(calls > 0)
    calls = 0
    const random = new SeededRandom('addresses')
    const bytes = new Uint8Array(16)
    for (let n = 0; n < 2000; n++) {
      for (let i = 0; i < 16; i += 4) write32(bytes, i, random.uint32())
      ipv6Bytes(readIpv6Address(bytes, 0))
    }
    t.is(calls, 0)
  } finally {
    for (const [name, method] of own) methods[name] = method
  }
})

test('what is no IPv6 address is refused, and named', t => {
  for (const text of [
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '12345::',
    'g::',
    '::1 ',
    '::256.1.1.1',
    '::01.2.3.4',
    '[::1]',
    '::1/64',
    'fe80::1%',
    'fe80::1%a%b',
  ]) {
    const error = t.throws(() => parseAddress(text), { instanceOf: RangeError }, JSON.stringify(text))
    t.true(error?.message.startsWith(`not an IPv6 address: '${text}'`))
  }
})

test('a prefix of IPv6 has an address and a length, and holds what begins with the same bits', t => {
  t.deepEqual(parsePrefix('2001:DB8::77/64'), { family: 6, address: six('2001:db8::77'), length: 64 })
  t.deepEqual(parsePrefix('2001:db8::77'), parsePrefix('2001:db8::77/128'))
  for (const text of ['::/129', '::/-1', '::/', '::/64/64', '2001:db8::/1e1', '::1/0064', '/64'])
    t.throws(() => parsePrefix(text), { instanceOf: RangeError }, text)
  t.throws(() => parseIpv4Prefix('::/0'), { message: /^not an IPv4 prefix/ })
  const bits = (a: Ipv6Address) => [...ipv6Bytes(a)].map(byte => byte.toString(2).padStart(8, '0')).join('')
  const address = fc.uint8Array({ minLength: 16, maxLength: 16 }).map(bytes => readIpv6Address(bytes, 0))
  fc.assert(
    fc.property(address, fc.nat(128), address, fc.nat(127), (a, length, other, flipped) => {
      const near = ipv6Bytes(a).slice()
      near[flipped >> 3]! ^= 0x80 >> (flipped & 7)
      const prefix = parsePrefix(`${a}/${length}`)
      for (const b of [a, other, readIpv6Address(near, 0)])
        t.is(inPrefix(b, prefix), bits(b).slice(0, length) === bits(a).slice(0, length))
      t.is(commonPrefix(a, readIpv6Address(near, 0)), flipped)
      t.false(inPrefix(0, prefix))
    }),
    { seed: 1, numRuns: 500 },
  )
  t.false(inPrefix(six('::'), parsePrefix('0.0.0.0/0')))
})

test('special addresses of IPv6 are told from others', t => {
  const ranges = [
    [isUnspecified, ['::'], ['::1', '1::']],
    [isLoopback, ['::1'], ['::', '::2', '1::1', '::ffff:127.0.0.1']],
    [isMulticast, ['ff00::', 'ff02::1', 'ffff:ffff::'], ['fe80::1', 'ff::1', 'ff0::', '::ff02']],
    [isLinkLocal, ['fe80::1', 'febf::', 'fe80::1%tun0'], ['fe7f::1', 'fec0::1', 'fe8::1']],
    [isMapped, ['::ffff:0.0.0.0', '::ffff:192.0.2.1'], ['::ffff:0:0:0', '::fffe:192.0.2.1', '::1']],
  ] as const
  for (const [is, yes, no] of ranges) {
    for (const text of yes) t.true(is(six(text)), text)
    for (const text of no) t.false(is(six(text)), text)
  }
  t.is(unmapped(six('::ffff:192.0.2.1')), parseAddress('192.0.2.1'))
  t.is(unmapped(six('2001:db8::1')), six('2001:db8::1'))
  t.is(mapped(parseAddress('192.0.2.1')), six('::ffff:192.0.2.1'))
})

test('[R8200-9] the pseudo-header of IPv6 is summed as its 40 bytes (RFC 8200 §8.1)', t => {
  const bytes = fc.uint8Array({ minLength: 16, maxLength: 16 })
  fc.assert(
    fc.property(bytes, bytes, fc.integer({ min: 20, max: 65_535 }), (a, b, length) => {
      const header = Buffer.concat([a, b, Buffer.alloc(8)])
      header.writeUInt32BE(length, 32)
      header[39] = 6
      let sum = 0
      for (let i = 0; i < header.length; i += 2) sum += header.readUInt16BE(i)
      while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
      t.is(pseudoHeaderSum(readIpv6Address(a, 0), readIpv6Address(b, 0), 6, length), sum)
    }),
    { seed: 1, numRuns: 500 },
  )
})
