import type { PathOptions } from '../../../src/link/path/options.ts'
import { Path, type PathContext } from '../../../src/link/path/path.ts'
import { SeededRandom } from '../../../src/sim/seeded-random.ts'
import { VirtualClock } from '../../../src/sim/virtual-clock.ts'
import { CHECKSUM_COMPLETE, PacketBatch } from '../../../src/wire/batch.ts'
import { checksum, fold, sum16 } from '../../../src/wire/checksum.ts'
import { PROTOCOL_TCP, write16, writeIpv4 } from '../../../src/wire/ipv4.ts'
import { pseudoHeaderSum } from '../../../src/wire/pseudo-header.ts'
import { ACK, writeTcp } from '../../../src/wire/tcp.ts'

export const SOURCE = 0xc0000201 | 0
export const DESTINATION = 0xc0000202 | 0

export interface Shape {
  /** Text bytes; default 100. */
  readonly length?: number
  readonly seq?: number
  readonly flags?: number
  readonly trafficClass?: number
  /** The flags and offset of the IPv4 header. */
  readonly fragment?: number
  readonly identification?: number
  readonly source?: number
}

/** A TCP segment as a whole packet; its text tells it from others. */
export const segment = (shape: Shape = {}): Uint8Array => {
  const { length = 100, seq = 1, flags = ACK, trafficClass = 0, fragment = 0, identification = 1 } = shape
  const { source = SOURCE } = shape
  const b = new Uint8Array(40 + length)
  writeIpv4(b, 0, b.length, PROTOCOL_TCP, source, DESTINATION, 64, trafficClass, identification, fragment)
  writeTcp(b, 20, 1000, 80, seq, 1, 20, flags, 500, 0)
  for (let i = 0; i < length; i++) b[40 + i] = (seq + i) * 7
  write16(
    b,
    36,
    ~fold(pseudoHeaderSum(source, DESTINATION, PROTOCOL_TCP, 20 + length) + sum16(b, 20, 20 + length)),
  )
  return b
}

export const headerIsRight = (b: Uint8Array): boolean => checksum(b, 0, (b[0]! & 15) << 2) === 0

export interface Arrival {
  readonly at: number
  readonly bytes: Uint8Array
}

/** A path in virtual time, with what comes out of it at either end. */
export const pathOf = (options: PathOptions, seed: number | string = 1, more: Partial<PathContext> = {}) => {
  const clock = new VirtualClock()
  const arrivals: Arrival[] = []
  const back: Arrival[] = []
  const keep = (list: Arrival[]) => (batch: PacketBatch) => {
    for (let i = 0; i < batch.count; i++) {
      const bytes = new Uint8Array(batch.packetLength(i))
      batch.copy(i, bytes)
      list.push({ at: clock.now(), bytes })
    }
  }
  const path: Path = new Path(options, {
    name: 'out',
    luck: new SeededRandom(seed),
    clock,
    deliver: keep(arrivals),
    back: keep(back),
    ...more,
  })
  return { clock, path, arrivals, back }
}

/** Lets packets enter in one batch. */
export const enter = (
  path: Path,
  packets: readonly Uint8Array[],
  checksums = CHECKSUM_COMPLETE,
  segmentSize = 0,
): void => {
  const batch = new PacketBatch(Math.max(1, packets.length), false)
  for (const packet of packets) batch.push(packet, 0, packet.length, checksums, segmentSize)
  path.enter(batch)
}

export const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i)
