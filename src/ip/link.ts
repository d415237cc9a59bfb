import type { PacketBatch } from '../wire/batch.ts'

/** Work that a link does for its host. */
export interface Offload {
  /** Completes TCP checksums that were left partial, and vouches for those of what it delivers. */
  readonly checksum: boolean
  /** Cuts a TCP super-segment of up to 65,535 bytes into segments of the size given with it (TSO). */
  readonly segmentation: boolean
}

/** A link: a TUN device, a pipe in memory, an emulated network. */
export interface Link {
  /** For logs and captures. */
  readonly name: string
  /** Bytes of the largest IPv4 packet it carries (super-segments apart). */
  readonly mtu: number
  readonly offload: Offload
  /**
   * Delivers packets from now on. The batch and its memory are the link's again when `receive` returns, but
   * for packets the receiver took ({@link PacketBatch.take}).
   */
  start(receive: (batch: PacketBatch) => void): void
  /** Sends all packets of the batch, or drops what it must; done with the batch's memory when it returns. */
  transmit(batch: PacketBatch): void
  /** Ends it at any moment; nothing is delivered afterwards. A second call does nothing. */
  close(): void
}
