/** A host with two listeners, and peers without number that say whatever they are told to, in virtual time. */
import { Host } from '../../src/host/host.ts'
import type { Listener } from '../../src/host/listener.ts'
import type { Link } from '../../src/ip/link.ts'
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import { VirtualClock } from '../../src/sim/virtual-clock.ts'
import type { ConnectionView } from '../../src/tcp/block/connection-view.ts'
import type { TraceEvent } from '../../src/tcp/block/events.ts'
import type { TcpOptions } from '../../src/tcp/block/options.ts'
import { receive, setUser } from '../../src/tcp/calls.ts'
import { parseIpv4Address } from '../../src/wire/address.ts'
import { CHECKSUM_VERIFIED, PacketBatch } from '../../src/wire/batch.ts'
import { read16, read32, writeIpv4 } from '../../src/wire/ipv4.ts'
import { ACK, SYN, writeTcp } from '../../src/wire/tcp.ts'

export const OURS = parseIpv4Address('192.0.2.2')
export const PEERS = parseIpv4Address('198.18.0.0')
const PORTS = [80, 81] as const
const HEADERS = 40

/** The options of a SYN of every system: MSS, SACK permitted, timestamps, window scale; the times are those of `n`. */
export const synOptions = (n: number): number[] => [
  ...[2, 4, 5, 180, 4, 2, 8, 10, (n >> 24) & 255, (n >> 16) & 255, (n >> 8) & 255, n & 255, 0, 0, 0, 0],
  ...[1, 3, 3, n & 15],
]

export class Knocked {
  readonly clock = new VirtualClock({ start: 0.37 })
  readonly sent: string[] = []
  readonly host: Host
  readonly events: string[] = []
  readonly accepted: ConnectionView[] = []
  /** The numbers of our SYN,ACKs, by the peer's port. */
  readonly isns = new Map<number, number>()
  readonly listening: readonly Listener[]
  #deliver: ((batch: PacketBatch) => void) | null = null
  readonly #batch = new PacketBatch(1, false)
  readonly #packet = new Uint8Array(200)

  constructor(tcp: Partial<TcpOptions> = {}, whole?: number) {
    const link: Link = {
      name: 'knocked',
      mtu: 1500,
      offload: { checksum: true, segmentation: false },
      start: deliver => {
        this.#deliver = deliver
      },
      transmit: batch => this.#transmit(batch),
      close() {},
    }
    this.host = new Host({
      clock: this.clock,
      random: new SeededRandom(5),
      tcp: { backlog: 65_535, ...tcp },
    })
    if (whole !== undefined) this.host.halfOpens.whole = whole
    this.host.attach(link, ['192.0.2.2/24'])
    this.listening = PORTS.map(port => {
      const listener = this.host.listen(0, port, {
        acceptable: () => {
          for (let c = listener.accept(); c !== null; c = listener.accept()) {
            const own = c
            this.accepted.push(own)
            setUser(own, {
              established() {},
              readable: () => {
                receive(own)
              },
              writable() {},
              closed() {},
            })
          }
        },
      })
      return listener
    })
  }

  /** Keeps all that leaves and all that happens, as text. */
  records(): this {
    this.host.trace = event => this.events.push(textOf(event))
    return this
  }

  #transmit(batch: PacketBatch): void {
    if (this.host.trace === null) return
    for (let i = 0; i < batch.count; i++) {
      const packet = new Uint8Array(batch.packetLength(i))
      batch.copy(i, packet)
      const flags = packet[33]!
      if ((flags & (SYN | ACK)) === (SYN | ACK)) this.isns.set(read16(packet, 22), read32(packet, 24))
      // But for the identification, and the checksum over it.
      packet.fill(0, 4, 6).fill(0, 10, 12)
      this.sent.push(`${this.clock.now()} ${Buffer.from(packet).toString('hex')}`)
    }
  }

  /** A segment of peer `n` comes. */
  says(
    n: number,
    flags: number,
    seq: number,
    ack: number,
    options: readonly number[] = [],
    { length = 0, trafficClass = 0, to = PORTS[n & 1]! } = {},
  ): void {
    const header = 20 + options.length
    const packet = this.#packet.fill(0)
    const size = 20 + header + length
    writeIpv4(packet, 0, size, 6, (PEERS + (n >> 10)) | 0, OURS, 64, trafficClass, 1)
    writeTcp(packet, 20, 1024 + (n & 1023), to, seq, ack, header, flags, 65_000, 0)
    packet.set(options, HEADERS)
    this.#batch.push(packet, 0, size, CHECKSUM_VERIFIED, 0)
    this.#deliver!(this.#batch)
    this.#batch.clear()
  }
}

const textOf = (event: TraceEvent): string =>
  JSON.stringify(event, (key, value: unknown) => {
    if (key === 'connection') return String(value)
    return key === 'batch' || key === 'segment' ? undefined : value
  })
