/** The three tables of rtnetlink(7) that say where a host's packets go: links, addresses, routes. */
import { endianness } from 'node:os'

/** The families of addresses, as socket(2) numbers them. */
export const AF_INET = 2
export const AF_INET6 = 10

export interface LinkMessage {
  readonly index: number
  readonly name: string
  /** IFF_… of netdevice(7) */
  readonly flags: number
}

export interface AddressMessage {
  readonly index: number
  readonly local: Uint8Array
  /** The other end of a point-to-point link; absent when there is none. */
  readonly peer?: Uint8Array
  /** Bits of the prefix; of the peer's where there is one. */
  readonly length: number
}

export interface RouteMessage {
  /** RTN_… */
  readonly type: number
  /** RTPROT_… */
  readonly protocol: number
  /** Absent for the default route. */
  readonly destination?: Uint8Array
  readonly length: number
  /** One for each way a packet may go; none for a blackhole. */
  readonly hops: readonly { readonly index: number; readonly gateway?: Uint8Array }[]
}

export const RTN_UNICAST = 1
export const RTN_LOCAL = 2
export const RTN_BROADCAST = 3
export const RTN_ANYCAST = 4
export const RTN_MULTICAST = 5
export const RTPROT_KERNEL = 2

const RTM_NEWLINK = 16
const RTM_GETLINK = 18
const RTM_NEWADDR = 20
const RTM_GETADDR = 22
const RTM_NEWROUTE = 24
const RTM_GETROUTE = 26
/** NLM_F_REQUEST | NLM_F_DUMP */
const DUMP = 0x0001 | 0x0300

const IFLA_IFNAME = 3
const IFA_ADDRESS = 1
const IFA_LOCAL = 2
const RTA_DST = 1
const RTA_OIF = 4
const RTA_GATEWAY = 5
const RTA_MULTIPATH = 9

const HEADER = 16
const LITTLE = endianness() === 'LE'

/** Asks the kernel; the messages of the answer one behind the other, or -errno. */
export type Ask = (request: Uint8Array) => Uint8Array | number

const request = (type: number, family: number, fixed: number): Uint8Array => {
  const bytes = new Uint8Array(HEADER + fixed)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, bytes.length, LITTLE)
  view.setUint16(4, type, LITTLE)
  view.setUint16(6, DUMP, LITTLE)
  bytes[HEADER] = family
  return bytes
}

export const linksRequest = (): Uint8Array => request(RTM_GETLINK, 0, 16)
export const addressesRequest = (family: number): Uint8Array => request(RTM_GETADDR, family, 8)
export const routesRequest = (family: number): Uint8Array => request(RTM_GETROUTE, family, 12)

/** The body that stands behind the header of each message of a type. */
function* bodies(bytes: Uint8Array, wanted: number, fixed: number): Generator<DataView> {
  const all = viewOf(bytes)
  for (let at = 0; at + HEADER <= bytes.length; ) {
    const length = all.getUint32(at, LITTLE)
    if (length < HEADER || at + length > bytes.length) return
    if (all.getUint16(at + 4, LITTLE) === wanted && length >= HEADER + fixed)
      yield new DataView(bytes.buffer, bytes.byteOffset + at + HEADER, length - HEADER)
    at += (length + 3) & ~3
  }
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** The attributes behind `from`, by type; a later one of the same type wins, as in the kernel. */
const attributes = (view: DataView, from: number): Map<number, Uint8Array> => {
  const found = new Map<number, Uint8Array>()
  for (let at = from; at + 4 <= view.byteLength; ) {
    const length = view.getUint16(at, LITTLE)
    if (length < 4 || at + length > view.byteLength) break
    // The two upper bits are flags.
    const type = view.getUint16(at + 2, LITTLE) & 0x3fff
    found.set(type, new Uint8Array(view.buffer, view.byteOffset + at + 4, length - 4))
    at += (length + 3) & ~3
  }
  return found
}

export const parseLinks = (answer: Uint8Array): LinkMessage[] =>
  [...bodies(answer, RTM_NEWLINK, 16)].map(body => ({
    index: body.getInt32(4, LITTLE),
    flags: body.getUint32(8, LITTLE),
    name: text(attributes(body, 16).get(IFLA_IFNAME)),
  }))

const text = (bytes: Uint8Array = new Uint8Array()): string =>
  Buffer.from(bytes).toString().replace(/\0.*$/s, '')

export const parseAddresses = (answer: Uint8Array): AddressMessage[] =>
  [...bodies(answer, RTM_NEWADDR, 8)].flatMap(body => {
    const found = attributes(body, 8)
    const address = found.get(IFA_ADDRESS)
    const local = found.get(IFA_LOCAL) ?? address
    if (local === undefined) return []
    const isPeer = address !== undefined && Buffer.compare(address, local) !== 0
    const common = { index: body.getInt32(4, LITTLE), length: body.getUint8(1), local }
    return [isPeer ? { ...common, peer: address } : common]
  })

export const parseRoutes = (answer: Uint8Array): RouteMessage[] =>
  [...bodies(answer, RTM_NEWROUTE, 12)].map(body => {
    const found = attributes(body, 12)
    const destination = found.get(RTA_DST)
    return {
      type: body.getUint8(7),
      protocol: body.getUint8(5),
      length: body.getUint8(1),
      ...(destination === undefined ? {} : { destination }),
      hops: hopsOf(found),
    }
  })

const hopsOf = (found: Map<number, Uint8Array>): RouteMessage['hops'] => {
  const interfaceOf = found.get(RTA_OIF)
  if (interfaceOf !== undefined && interfaceOf.length >= 4)
    return [hop(viewOf(interfaceOf).getInt32(0, LITTLE), found.get(RTA_GATEWAY))]
  const several = found.get(RTA_MULTIPATH)
  return several === undefined ? [] : nextHops(viewOf(several))
}

const hop = (index: number, gateway: Uint8Array | undefined) =>
  gateway === undefined ? { index } : { index, gateway }

/** struct rtnexthop of linux/rtnetlink.h, each with attributes of its own. */
const nextHops = (view: DataView): RouteMessage['hops'] => {
  const hops = []
  for (let at = 0; at + 8 <= view.byteLength; ) {
    const length = view.getUint16(at, LITTLE)
    if (length < 8 || at + length > view.byteLength) break
    const one = new DataView(view.buffer, view.byteOffset + at, length)
    hops.push(hop(one.getInt32(4, LITTLE), attributes(one, 8).get(RTA_GATEWAY)))
    at += (length + 3) & ~3
  }
  return hops
}
