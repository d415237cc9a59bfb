/** The wire of a script: what the host sends is kept, segment by segment; what it receives is handed in. */
import type { Clock } from '../base/clock.ts'
import type { Link, Offload } from '../ip/link.ts'
import { CHECKSUM_VERIFIED, PacketBatch } from '../wire/batch.ts'
import { IPV4_HEADER, PROTOCOL_TCP, read16, read32, write16, write32 } from '../wire/ipv4.ts'
import { CWR, FIN, PSH } from '../wire/tcp.ts'

export interface SentPacket {
  /** Microseconds on the script's clock. */
  readonly time: number
  readonly bytes: Uint8Array
}

/** Packets that may wait to be compared: a stack that floods is stopped by the script's failure, not by memory. */
const LIMIT = 100_000

export class Wire implements Link {
  readonly name = 'tun0'
  mtu: number
  /** As a Linux TUN device: super-segments arrive whole, and are cut here as its software does. */
  readonly offload: Offload = { checksum: true, segmentation: true }
  /** The queue before the device has no room: nothing that is sent gets further. */
  dropsAll = false
  readonly #sent: SentPacket[] = []
  readonly #clock: Clock
  readonly #seen: (packet: SentPacket) => void
  #receive: ((batch: PacketBatch) => void) | null = null

  /** @param seen is told of each packet as it leaves */
  constructor(clock: Clock, mtu: number, seen: (packet: SentPacket) => void) {
    this.#clock = clock
    this.mtu = mtu
    this.#seen = seen
  }

  start(receive: (batch: PacketBatch) => void): void {
    this.#receive = receive
  }

  transmit(batch: PacketBatch): void {
    if (this.dropsAll) return
    for (let i = 0; i < batch.count; i++) {
      const packet = new Uint8Array(batch.packetLength(i))
      batch.copy(i, packet)
      for (const segment of cut(packet, batch.segmentSizes[i]!)) this.#keep(segment)
    }
  }

  #keep(bytes: Uint8Array): void {
    const packet = { time: microseconds(this.#clock.now()), bytes }
    this.#seen(packet)
    if (this.#sent.length < LIMIT) this.#sent.push(packet)
  }

  /** The next packet that the host has sent, or null. */
  take(): SentPacket | null {
    return this.#sent.shift() ?? null
  }

  /** Hands a packet to the host; `segmentSize`: text of each segment that it stands for, or 0. */
  deliver(bytes: Uint8Array, segmentSize: number): void {
    const batch = new PacketBatch(1, false)
    batch.push(bytes, 0, bytes.length, CHECKSUM_VERIFIED, segmentSize)
    this.#receive?.(batch)
  }

  close(): void {
    this.#receive = null
  }
}

export const microseconds = (ms: number): number => Math.round(ms * 1000)

/**
 * The segments that a super-segment stands for. FIN and PSH are on the last of them, CWR on the first, as a device's
 * segmentation offload has it.
 */
const cut = (packet: Uint8Array, segmentSize: number): Uint8Array[] => {
  if (segmentSize === 0 || packet[9] !== PROTOCOL_TCP) return [packet]
  const tcp = (packet[0]! & 15) << 2
  const head = tcp + ((packet[tcp + 12]! >>> 4) << 2)
  const text = packet.length - head
  if (text <= segmentSize) return [packet]
  const segments: Uint8Array[] = []
  for (let from = 0; from < text; from += segmentSize) {
    const length = Math.min(segmentSize, text - from)
    const segment = new Uint8Array(head + length)
    segment.set(packet.subarray(0, head))
    segment.set(packet.subarray(head + from, head + from + length), head)
    write16(segment, 2, segment.length)
    write16(segment, 4, (read16(packet, 4) + from / segmentSize) & 0xffff)
    write32(segment, tcp + 4, (read32(packet, tcp + 4) + from) | 0)
    const flags = packet[tcp + 13]!
    const last = from + length === text
    segment[tcp + 13] = flags & ~(last ? 0 : FIN | PSH) & ~(from === 0 ? 0 : CWR)
    segments.push(segment)
  }
  return segments
}

/** Whether it is a TCP packet over IPv4 with a whole header. */
export const isTcp = (b: Uint8Array): boolean =>
  b.length >= IPV4_HEADER + 20 && b[0]! >>> 4 === 4 && b[9] === PROTOCOL_TCP
