/** Packets with a payload that is ready, in an interface's batch. */
import { type Address, type Ipv4Address, type Ipv6Address, isIpv6 } from '../wire/address.ts'
import { CHECKSUM_COMPLETE } from '../wire/batch.ts'
import { ipHeaderLength } from '../wire/ip.ts'
import { MORE_FRAGMENTS, writeIpv4 } from '../wire/ipv4.ts'
import { FRAGMENT, FRAGMENT_HEADER, IPV6_HEADER, writeFragmentHeader, writeIpv6 } from '../wire/ipv6.ts'
import type { Interface } from './interfaces.ts'

/** Bytes before the payload of a packet between addresses of this family, or of a fragment of it. */
const headLength = (a: Address, whole: boolean): number =>
  ipHeaderLength(a) + (isIpv6(a) && !whole ? FRAGMENT_HEADER : 0)

/** The size of the pieces that a packet's payload is cut into, and the number that they have in common. */
interface Cut {
  readonly from: number
  readonly more: boolean
  readonly identification: number
}

/** Writes the head of a packet, or of a fragment of it; RFC 8021: of a whole packet of IPv6 nobody makes a fragment. */
const writeHead = (
  b: Uint8Array,
  start: number,
  length: number,
  protocol: number,
  source: Address,
  destination: Address,
  ttl: number,
  { from, more, identification }: Cut,
): void => {
  if (isIpv6(source)) {
    const whole = from === 0 && !more
    const next = whole ? protocol : FRAGMENT
    writeIpv6(b, start, length, next, source, destination as Ipv6Address, ttl, 0, 0)
    if (!whole) writeFragmentHeader(b, start + IPV6_HEADER, protocol, from, more, identification)
    return
  }
  const flags = (more ? MORE_FRAGMENTS : 0) | (from >> 3)
  writeIpv4(
    b,
    start,
    length,
    protocol,
    source,
    destination as Ipv4Address,
    ttl,
    0,
    identification & 0xffff,
    flags,
  )
}

/**
 * Adds a packet with a payload that is ready, or as many fragments as the link's MTU asks for; `added` is called
 * after each. Their sizes are multiples of 8, as offsets are counted (RFC 791 §3.2, RFC 8200 §4.5).
 */
export const encodePacket = (
  to: Interface,
  protocol: number,
  source: Address,
  destination: Address,
  payload: Uint8Array,
  ttl: number,
  identification: number,
  added: () => void,
): void => {
  const whole = headLength(source, true) + payload.length <= to.link.mtu
  const head = headLength(source, whole)
  const size = whole ? payload.length : (to.link.mtu - head) & ~7
  for (let from = 0; from < payload.length; from += size) {
    const length = Math.min(size, payload.length - from)
    const more = from + length < payload.length
    if (to.outgoing.full) to.flush()
    const start = to.outgoing.begin(head)
    const b = to.outgoing.slab
    writeHead(b, start, head + length, protocol, source, destination, ttl, { from, more, identification })
    to.outgoing.addPiece(payload, from, length)
    to.outgoing.commit(CHECKSUM_COMPLETE, 0)
    added()
  }
}
