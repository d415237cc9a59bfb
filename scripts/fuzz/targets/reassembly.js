/** Fragments of two datagrams, in any order, with any offsets, over any time: within the caps, whole only when they are whole. */
import { Reassembly } from '../../../dist/src/ip/reassembly.js'
import { Ipv4Header, parseIpv4, writeIpv4 } from '../../../dist/src/wire/ipv4.js'
import { Reader } from '../reader.js'

const LIMITS = { maxBytes: 8192, maxDatagrams: 4, maxFragments: 8, timeout: 1000 }
const header = new Ipv4Header()

export const fuzz = data => {
  const reader = new Reader(data)
  const reassembly = new Reassembly(LIMITS)
  let now = 0
  while (!reader.ended) {
    const what = reader.byte()
    const field = reader.uint16() & 0x3fff
    const length = reader.byte() * (what & 1 ? 8 : 1)
    const b = new Uint8Array(20 + length)
    writeIpv4(b, 0, b.length, 17, (what >> 6) & 1, 2, 64, 0, what & 6, field)
    b.fill(reader.byte(), 20)
    now += what & 8 ? reader.uint16() : 0
    if (parseIpv4(b, 0, b.length, header) !== null) throw new Error('the target made a bad packet')
    const result = reassembly.add(b, 0, b.length, 20, now)
    if (
      typeof result !== 'string' &&
      (result.length > 65_535 || parseIpv4(result, 0, result.length, header) !== null)
    )
      throw new Error('what came out is no datagram')
    reassembly.expire(now)
    if (reassembly.bytes < 0 || reassembly.bytes > LIMITS.maxBytes || reassembly.size > LIMITS.maxDatagrams)
      throw new Error(`${reassembly.bytes} bytes of ${reassembly.size} datagrams are held`)
  }
  reassembly.expire(now + LIMITS.timeout)
  if (reassembly.bytes !== 0 || reassembly.size !== 0) throw new Error('something is held for ever')
}
