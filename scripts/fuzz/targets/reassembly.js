/**
 * Fragments of two datagrams, in any order, with any offsets, over any time: within the caps, whole only when they are whole.
 * They are IPv4's where the input is of even length, else IPv6's.
 */
import { Reassembly } from '../../../dist/src/ip/reassembly.js'
import { parseAddress } from '../../../dist/src/wire/address.js'
import { Ipv4Header, parseIpv4, writeIpv4 } from '../../../dist/src/wire/ipv4.js'
import { Ipv6Header, parseIpv6, writeFragmentHeader, writeIpv6 } from '../../../dist/src/wire/ipv6.js'
import { Reader } from '../reader.js'

const LIMITS = { maxBytes: 8192, maxDatagrams: 4, maxFragments: 8, timeout: 1000 }
const header = new Ipv4Header()
const header6 = new Ipv6Header()
const SOURCES = ['2001:db8::1', '2001:db8::3'].map(parseAddress)
const DESTINATION = parseAddress('2001:db8::2')

/** A fragment, its fields as IPv4 has them: what {@link Reassembly} makes of it. */
const add = (reassembly, source, identification, field, length, fill, now) => {
  const b = new Uint8Array(20 + length)
  writeIpv4(b, 0, b.length, 17, source, 2, 64, 0, identification, field)
  b.fill(fill, 20)
  if (parseIpv4(b, 0, b.length, header) !== null) throw new Error('the target made a bad packet')
  return reassembly.add(b, 0, b.length, 20, now)
}

const add6 = (reassembly, source, identification, field, length, fill, now) => {
  const b = new Uint8Array(48 + length)
  writeIpv6(b, 0, b.length, 44, SOURCES[source], DESTINATION, 64, 0, 0)
  writeFragmentHeader(b, 40, 17, (field & 0x1fff) << 3, (field & 0x2000) !== 0, identification)
  b.fill(fill, 48)
  if (parseIpv6(b, 0, b.length, header6) !== null) throw new Error('the target made a bad packet')
  // An atomic fragment is whole as it is.
  return header6.fragmentAt === 0 ? 'whole' : reassembly.addIpv6(b, 0, header6, now)
}

/** True when it is whole, and no larger than its family allows: IPv6's header does not count in its 16 bits. */
const isDatagram = b =>
  b[0] >>> 4 === 6
    ? b.length <= 40 + 65_535 && parseIpv6(b, 0, b.length, header6) === null
    : b.length <= 65_535 && parseIpv4(b, 0, b.length, header) === null

export const fuzz = data => {
  const reader = new Reader(data)
  const reassembly = new Reassembly(LIMITS)
  let now = 0
  while (!reader.ended) {
    const what = reader.byte()
    const field = reader.uint16() & 0x3fff
    const length = reader.byte() * (what & 1 ? 8 : 1)
    const fill = reader.byte()
    now += what & 8 ? reader.uint16() : 0
    const piece = data.length % 2 === 0 ? add : add6
    const result = piece(reassembly, (what >> 6) & 1, what & 6, field, length, fill, now)
    if (typeof result !== 'string' && !isDatagram(result)) throw new Error('what came out is no datagram')
    reassembly.expire(now)
    if (reassembly.bytes < 0 || reassembly.bytes > LIMITS.maxBytes || reassembly.size > LIMITS.maxDatagrams)
      throw new Error(`${reassembly.bytes} bytes of ${reassembly.size} datagrams are held`)
  }
  reassembly.expire(now + LIMITS.timeout)
  if (reassembly.bytes !== 0 || reassembly.size !== 0) throw new Error('something is held for ever')
}
