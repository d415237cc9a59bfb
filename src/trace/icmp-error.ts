/** ICMP errors about TCP segments, as somebody sees them who is not their receiver. */
import { formatEndpoint } from '../wire/address.ts'
import { read16 } from '../wire/bytes.ts'
import { Dissection } from '../wire/dissect.ts'
import { ICMP_HEADER, isIcmpError } from '../wire/icmp.ts'
import { isIcmpv6Error } from '../wire/icmpv6.ts'
import { PROTOCOL_ICMP, PROTOCOL_ICMPV6, PROTOCOL_TCP } from '../wire/protocol.ts'
import { SegmentLines } from './segment-line.ts'

export interface ObservedError {
  /** The ends of the segment that it is about, such as '192.0.2.1:80'. */
  readonly source: string
  readonly destination: string
  /** As tcpdump writes it: 'ICMP unreachable - need to frag (mtu 1000)'. */
  readonly text: string
}

/** The error in a packet of `length` bytes, of which perhaps only the beginning was kept; null when it is none. Total. */
export const observeError = (b: Uint8Array, length: number): ObservedError | null => {
  const packet = new Dissection().read(b, 0, length)
  const { version, protocol, payload } = packet
  if (packet.unreadable !== null || packet.fragment || payload + ICMP_HEADER >= b.length) return null
  const type = b[payload]!
  const isError =
    version === 4
      ? protocol === PROTOCOL_ICMP && isIcmpError(type)
      : protocol === PROTOCOL_ICMPV6 && isIcmpv6Error(type)
  if (!isError) return null
  const about = new Dissection().read(b, payload + ICMP_HEADER)
  const ports = about.payload
  if (about.unreadable !== null || about.fragmentOffset > 0 || about.protocol !== PROTOCOL_TCP) return null
  if (ports + 4 > b.length) return null
  const line = new SegmentLines().line(b, 0, length)
  return {
    source: formatEndpoint(about.source, read16(b, ports)),
    destination: formatEndpoint(about.destination, read16(b, ports + 2)),
    text: line.slice(line.indexOf(': ') + 2).replace(/, length \d+$/, ''),
  }
}
