/** Headers of IPv4, IPv6 and TCP with their options, wherever they begin: never beyond the packet, and never an exception. */
import { checksum } from '../../../dist/src/wire/checksum.js'
import { Ipv4Header, parseIpv4, write16 } from '../../../dist/src/wire/ipv4.js'
import { Ipv6Header, parseIpv6 } from '../../../dist/src/wire/ipv6.js'
import { parseTcp, Segment } from '../../../dist/src/wire/tcp.js'

const header = new Ipv4Header()
/** Around the packet: what is read from there shows. */
const MARGIN = 64

/** Nobody finds a checksum by chance: of most packets it is made right. */
const seal = (b, length) => {
  const header = (b[MARGIN] & 15) << 2
  if (length < 20 || header < 20 || header > length || b[MARGIN + 10] === 0xff) return
  write16(b, MARGIN + 10, 0)
  write16(b, MARGIN + 10, checksum(b, MARGIN, header))
}

const header6 = new Ipv6Header()

const ipv6 = data => {
  const b = new Uint8Array(MARGIN + data.length)
  b.set(data, MARGIN)
  if (parseIpv6(b, MARGIN, data.length, header6) === null && header6.totalLength > data.length)
    throw new Error(`a packet of ${header6.totalLength} of ${data.length}`)
}

export const fuzz = data => {
  ipv6(data)
  const b = new Uint8Array(MARGIN + data.length + MARGIN)
  b.set(data, MARGIN)
  seal(b, data.length)
  if (parseIpv4(b, MARGIN, data.length, header) === null) {
    const { headerLength, totalLength } = header
    if (headerLength < 20 || headerLength > totalLength || totalLength > data.length)
      throw new Error(`a header of ${headerLength} in a packet of ${totalLength} of ${data.length}`)
  }
  const segment = new Segment()
  if (parseTcp(b, MARGIN, data.length, true, segment) !== null) return
  const { start, length, sackCount } = segment
  if (start < MARGIN + 20 || length < 0 || start + length !== MARGIN + data.length)
    throw new Error(`text from ${start} of ${length} bytes`)
  if (sackCount > 8) throw new Error(`${sackCount} edges of SACK blocks`)
  // Whatever lies behind the packet, it says the same.
  const again = new Segment()
  b.fill(0xff, MARGIN + data.length)
  if (parseTcp(b, MARGIN, data.length, true, again) !== null) throw new Error('once good, once not')
  for (const name of [
    'seq',
    'ack',
    'flags',
    'window',
    'mss',
    'windowScale',
    'sackPermitted',
    'tsVal',
    'tsEcr',
  ])
    if (segment[name] !== again[name]) throw new Error(`${name} is read beyond the packet`)
}
