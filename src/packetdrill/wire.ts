/** The wire of a script: what the host sends is kept, segment by segment; what it receives is handed in. */
import type { Clock } from '../base/clock.ts'
import type { Link, Offload } from '../ip/link.ts'
import { PacketMemory } from '../link/packet-memory.ts'
import { cutIntoSegments } from '../link/path/segmentation.ts'
import { CHECKSUM_VERIFIED, PacketBatch } from '../wire/batch.ts'

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
  readonly #memory = new PacketMemory()
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
      const size = batch.segmentSizes[i]!
      if (size === 0) this.#keep(packet)
      else
        cutIntoSegments(packet, 0, packet.length, size, this.#memory, (b, start, length) =>
          this.#keep(b.subarray(start, start + length)),
        )
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
