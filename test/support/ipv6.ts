/** A host with IPv6 on a link in memory, and packets of a peer made by hand. */

import { Host, type HostOptions } from '../../src/host/host.ts'
import type { Link } from '../../src/ip/link.ts'
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import { VirtualClock } from '../../src/sim/virtual-clock.ts'
import type { ConnectionUser } from '../../src/tcp/block/connection-user.ts'
import type { ConnectionView as Connection } from '../../src/tcp/block/connection-view.ts'
import { setUser } from '../../src/tcp/calls.ts'
import { type Ipv6Address, parseAddress } from '../../src/wire/address.ts'
import { CHECKSUM_COMPLETE, PacketBatch } from '../../src/wire/batch.ts'
import { read16, read32, write16, write32 } from '../../src/wire/bytes.ts'
import { fold, sum16 } from '../../src/wire/checksum.ts'
import { writeFragmentHeader, writeIpv6 } from '../../src/wire/ipv6.ts'
import { pseudoHeaderSum } from '../../src/wire/pseudo-header.ts'
import { writeTcp } from '../../src/wire/tcp.ts'

/** Text that is the same everywhere. */
export const pattern6 = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 255)

export const six = (text: string): Ipv6Address => parseAddress(text) as Ipv6Address

export const OURS6 = six('2001:db8::2')
export const PEER6 = six('2001:db8::1')

const TCP = 6
const ICMPV6 = 58
const FRAGMENT = 44

/** The place of a protocol's checksum. */
const CHECKSUM_AT: Readonly<Record<number, number>> = { [TCP]: 16, [ICMPV6]: 2 }

export interface Fields {
  readonly source?: Ipv6Address
  readonly destination?: Ipv6Address
  readonly trafficClass?: number
  readonly hopLimit?: number
}

/** A packet with a payload of a protocol, its checksum right; `extensions` stand before it, the first of type `next`. */
export const packet6 = (
  protocol: number,
  payload: Uint8Array,
  { source = PEER6, destination = OURS6, trafficClass = 0, hopLimit = 64 }: Fields = {},
  extensions: Uint8Array = new Uint8Array(0),
  next = protocol,
): Uint8Array => {
  const body = Uint8Array.from(payload)
  const at = CHECKSUM_AT[protocol]
  if (at !== undefined) {
    write16(body, at, 0)
    const pseudo = pseudoHeaderSum(source, destination, protocol, body.length)
    write16(body, at, ~fold(pseudo + sum16(body, 0, body.length)))
  }
  const packet = new Uint8Array(40 + extensions.length + body.length)
  writeIpv6(packet, 0, packet.length, next, source, destination, hopLimit, trafficClass, 0)
  packet.set(extensions, 40)
  packet.set(body, 40 + extensions.length)
  return packet
}

export interface SegmentFields extends Fields {
  readonly from?: number
  readonly to?: number
  readonly seq?: number
  readonly ack?: number
  readonly window?: number
  readonly options?: readonly number[]
  readonly text?: Uint8Array
}

export const segment6 = (flags: number, fields: SegmentFields = {}): Uint8Array => {
  const { from = 40_000, to = 80, seq = 1000, ack = 0, window = 65_535 } = fields
  const { options = [], text = new Uint8Array(0) } = fields
  const header = 20 + options.length
  const bytes = new Uint8Array(header + text.length)
  writeTcp(bytes, 0, from, to, seq, ack, header, flags, window, 0)
  bytes.set(options, 20)
  bytes.set(text, header)
  return packet6(TCP, bytes, fields)
}

export const icmp6 = (
  type: number,
  code: number,
  rest: number,
  body: Uint8Array,
  fields: Fields = {},
): Uint8Array => {
  const message = new Uint8Array(8 + body.length)
  message[0] = type
  message[1] = code
  write32(message, 4, rest)
  message.set(body, 8)
  return packet6(ICMPV6, message, fields)
}

/** The fragments of a packet, as large as said (a multiple of 8). */
export const fragments6 = (packet: Uint8Array, size: number, identification = 7): Uint8Array[] => {
  const payload = packet.subarray(40)
  const pieces: Uint8Array[] = []
  for (let from = 0; from < payload.length; from += size) {
    const text = payload.subarray(from, from + size)
    const fragment = new Uint8Array(48 + text.length)
    fragment.set(packet.subarray(0, 40))
    write16(fragment, 4, 8 + text.length)
    fragment[6] = FRAGMENT
    writeFragmentHeader(fragment, 40, packet[6]!, from, from + size < payload.length, identification)
    fragment.set(text, 48)
    pieces.push(fragment)
  }
  return pieces
}

/** A packet of the host's, as far as TCP's fixed header tells. */
export interface Sent {
  readonly raw: Uint8Array
  readonly flags: number
  readonly seq: number
  readonly ack: number
  readonly mss: number
  readonly text: Uint8Array
}

/** A user that keeps what it hears. */
export class Hearer implements ConnectionUser {
  connection: Connection | null = null
  readonly log: string[] = []
  established(): void {
    this.log.push('established')
  }
  readable(): void {
    this.log.push('readable')
  }
  writable(): void {}
  softError(code: string): void {
    this.log.push(`soft ${code}`)
  }
  closed(error: string | null): void {
    this.log.push(`closed ${error ?? 'in order'}`)
  }
}

export class Ipv6Bench {
  readonly clock = new VirtualClock()
  readonly host: Host
  readonly sent: Uint8Array[] = []
  readonly accepted: Hearer[] = []
  #receive: ((batch: PacketBatch) => void) | null = null

  constructor(
    options: Partial<HostOptions> = {},
    addresses: readonly string[] = ['2001:db8::2/64', '192.0.2.2/24'],
    mtu = 1500,
  ) {
    this.host = new Host({ clock: this.clock, random: new SeededRandom(1), ...options })
    const link: Link = {
      name: 'tun0',
      mtu,
      offload: { checksum: false, segmentation: false },
      start: receive => {
        this.#receive = receive
      },
      transmit: batch => {
        for (let i = 0; i < batch.count; i++) {
          const bytes = new Uint8Array(batch.packetLength(i))
          batch.copy(i, bytes)
          this.sent.push(bytes)
        }
      },
      close: () => {},
    }
    this.host.attach(link, addresses)
  }

  inject(...packets: readonly Uint8Array[]): this {
    const batch = new PacketBatch(packets.length, false)
    for (const p of packets) batch.push(p, 0, p.length, CHECKSUM_COMPLETE, 0)
    this.#receive!(batch)
    this.clock.advance(0)
    return this
  }

  /** The packets that were sent since the last time. */
  take(): Uint8Array[] {
    this.clock.advance(0)
    return this.sent.splice(0)
  }

  /** The only segment that was sent since the last time, its checksum verified. */
  segment(): Sent {
    const packets = this.take()
    if (packets.length !== 1) throw new Error(`${packets.length} packets were sent, not one`)
    return segmentOf(packets[0]!)
  }

  listen(address: string, port = 80, options: Parameters<Host['listen']>[3] = {}): void {
    const listener = this.host.listen(
      parseAddress(address),
      port,
      {
        acceptable: () => {
          for (let c = listener.accept(); c !== null; c = listener.accept()) {
            const user = new Hearer()
            user.connection = c
            setUser(c, user)
            this.accepted.push(user)
          }
        },
      },
      options,
    )
  }

  connect(address: Ipv6Address = PEER6, port = 80): Hearer {
    const user = new Hearer()
    user.connection = this.host.connect(address, port, user)
    return user
  }

  /** A connection that the peer has opened; the numbers to go on with. */
  established(options: readonly number[] = [2, 4, 1440 >> 8, 1440 & 255]): {
    user: Hearer
    seq: number
    ack: number
  } {
    this.listen('2001:db8::2')
    this.inject(segment6(2, { options }))
    const ack = (this.segment().seq + 1) | 0
    this.inject(segment6(16, { seq: 1001, ack }))
    return { user: this.accepted[0]!, seq: 1001, ack }
  }
}

export const segmentOf = (raw: Uint8Array): Sent => {
  if (raw[0]! >>> 4 !== 6 || raw[6] !== TCP) throw new Error('it is no TCP over IPv6')
  if (read16(raw, 4) !== raw.length - 40) throw new Error('the payload length is wrong')
  const sum = fold(sum16(raw, 8, 32) + TCP + raw.length - 40 + sum16(raw, 40, raw.length - 40))
  if (sum !== 0xffff) throw new Error('the checksum is wrong')
  const header = (raw[52]! >>> 4) << 2
  return {
    raw,
    flags: raw[53]!,
    seq: read32(raw, 44),
    ack: read32(raw, 48),
    mss: raw[60] === 2 && header > 20 ? read16(raw, 62) : -1,
    text: raw.slice(40 + header),
  }
}
