import type { Link, Offload } from '../ip/link.ts'
import { CHECKSUM_COMPLETE, PacketBatch } from '../wire/batch.ts'
import { checkOptions, type KindsOf, NUMBER, TEXT } from '../wire/option-kinds.ts'

/**
 * A packet device of tuntap2's shape: one `data` event a packet, `write` for one packet, `release`
 * at the end. A Duplex whose every chunk is one whole IPv4 packet fits too.
 */
export interface PacketDevice {
  readonly name?: string
  readonly mtu?: number
  on(event: 'data', listener: (packet: Uint8Array) => void): unknown
  off?(event: 'data', listener: (packet: Uint8Array) => void): unknown
  write(packet: Buffer): unknown
  release?(): unknown
}

/** Options of {@link packetDeviceLink}. */
export interface PacketDeviceOptions {
  /** For logs and captures; default the device's own, else 'device'. */
  readonly name?: string
  /** Bytes, 68 to 65535; default the device's own, else 1500. */
  readonly mtu?: number
}

const noOffload: Offload = { checksum: false, segmentation: false }

class PacketDeviceLink implements Link {
  readonly name: string
  readonly mtu: number
  readonly offload = noOffload
  /** Packets that the device refused by throwing, and why the last time. */
  readonly counters = { writeErrors: 0, lastError: '' }
  readonly #device: PacketDevice
  #idle: PacketBatch | null = new PacketBatch(1, false)
  #receive: ((batch: PacketBatch) => void) | null = null
  #listening = false
  #closed = false

  constructor(device: PacketDevice, name: string, mtu: number) {
    this.#device = device
    this.name = name
    this.mtu = mtu
  }

  start(receive: (batch: PacketBatch) => void): void {
    if (this.#closed) return
    this.#receive = receive
    if (this.#listening) return
    this.#listening = true
    this.#device.on('data', this.#onPacket)
  }

  transmit(batch: PacketBatch): void {
    for (let i = 0; i < batch.count && !this.#closed; i++) {
      // A fresh buffer each: the device may write it later, when the batch is somebody else's again.
      const packet = Buffer.allocUnsafeSlow(batch.packetLength(i))
      batch.copy(i, packet)
      try {
        this.#device.write(packet)
      } catch (error) {
        // The network is lossy; tuntap2 throws strings.
        this.counters.writeErrors++
        this.counters.lastError = String(error)
      }
    }
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#receive = null
    if (this.#listening) this.#device.off?.('data', this.#onPacket)
    this.#device.release?.()
  }

  readonly #onPacket = (packet: Uint8Array): void => {
    if (this.#closed || packet.byteLength === 0) return
    // Copied: nothing in this shape promises that the device, or another listener, leaves the memory alone, and
    // a packet that was taken must stay as it is. Beside an event a packet, the copy costs nothing.
    const copy = new Uint8Array(packet)
    // A device may deliver from within a write made by the receiver: then the batch is in use.
    const batch = this.#idle ?? new PacketBatch(1, false)
    this.#idle = null
    batch.clear()
    batch.push(copy, 0, copy.byteLength, CHECKSUM_COMPLETE, 0)
    try {
      this.#receive!(batch)
    } finally {
      this.#idle = batch
    }
  }
}

/**
 * A link over any packet device of tuntap2's shape. No offload; every packet is copied once in each direction.
 * @throws RangeError when the MTU is not from 68 to 65535 bytes.
 */
export const packetDeviceLink = (
  device: PacketDevice,
  options: PacketDeviceOptions = {},
): Link & { readonly counters: { readonly writeErrors: number; readonly lastError: string } } => {
  checkOptions('options', options, { name: TEXT, mtu: NUMBER } satisfies KindsOf<PacketDeviceOptions>)
  const mtu = options.mtu ?? device.mtu ?? 1500
  if (!Number.isInteger(mtu) || mtu < 68 || mtu > 65535)
    throw new RangeError(`not an MTU: ${mtu} (from 68 to 65535 bytes)`)
  return new PacketDeviceLink(device, options.name ?? device.name ?? 'device', mtu)
}
