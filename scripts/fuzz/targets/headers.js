/** Headers of IPv4, IPv6 and TCP with their options, wherever they begin: never beyond the packet, and never an exception. */
import { checksum } from '../../../dist/src/wire/checksum.js'
import { Ipv4Header, parseIpv4, write16 } from '../../../dist/src/wire/ipv4.js'
import { Ipv6Header, parseIpv6 } from '../../../dist/src/wire/ipv6.js'
import { parseTcp, Segment } from '../../../dist/src/wire/tcp.js'

const header = new Ipv4Header()
/** Around the packet: what is read from there shows. */
const MARGIN = 64
/** The packet is put in the same place again and again, between zeros. */
const place = new Uint8Array(MARGIN + 4096 + MARGIN)
const segment = new Segment()
const again = new Segment()
const FIELDS = ['seq', 'ack', 'flags', 'window', 'mss', 'windowScale', 'sackPermitted', 'tsVal', 'tsEcr']

/** Nobody finds a checksum by chance: of most packets it is made right. */
const seal = (b, length) => {
  const header = (b[MARGIN] & 15) << 2
  if (length < 20 || header < 20 || header > length || b[MARGIN + 10] === 0xff) return
  write16(b, MARGIN + 10, 0)
  write16(b, MARGIN + 10, checksum(b, MARGIN, header))
}

const header6 = new Ipv6Header()

const ipv6 = (b, data) => {
  if (parseIpv6(b, MARGIN, data.length, header6) === null && header6.totalLength > data.length)
    throw new Error(`a packet of ${header6.totalLength} of ${data.length}`)
}

export const fuzz = data => {
  const b = place
  b.set(data, MARGIN)
  b.fill(0, MARGIN + data.length, MARGIN + data.length + MARGIN)
  ipv6(b, data)
  seal(b, data.length)
  if (parseIpv4(b, MARGIN, data.length, header) === null) {
    const { headerLength, totalLength } = header
    if (headerLength < 20 || headerLength > totalLength || totalLength > data.length)
      throw new Error(`a header of ${headerLength} in a packet of ${totalLength} of ${data.length}`)
  }
  if (parseTcp(b, MARGIN, data.length, true, segment) !== null) return
  const { start, length, sackCount } = segment
  if (start < MARGIN + 20 || length < 0 || start + length !== MARGIN + data.length)
    throw new Error(`text from ${start} of ${length} bytes`)
  if (sackCount > 4) throw new Error(`${sackCount} SACK blocks`)
  // Whatever lies behind the packet, it says the same.
  b.fill(0xff, MARGIN + data.length, MARGIN + data.length + MARGIN)
  if (parseTcp(b, MARGIN, data.length, true, again) !== null) throw new Error('once good, once not')
  for (const name of FIELDS)
    if (segment[name] !== again[name]) throw new Error(`${name} is read beyond the packet`)
}
