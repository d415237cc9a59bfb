import type { PacketBatch } from '../wire/batch.ts'

/** A packet, as it came from or goes to the link. Its bytes are valid only during the call. */
export interface PacketEvent {
  readonly type: 'packet'
  readonly time: number
  readonly direction: 'in' | 'out'
  readonly batch: PacketBatch
  readonly index: number
  /** 'lo' for packets that the host sends to itself (seen once, as they leave). */
  readonly link: string
}
