import { markAsUntransferable } from 'node:worker_threads'
import type { Link, Offload } from '../ip/link.ts'
import { formatAddress } from '../wire/address.ts'
import { CHECKSUM_COMPLETE, CHECKSUM_PARTIAL, CHECKSUM_VERIFIED, PacketBatch } from '../wire/batch.ts'
import { IFF_UP } from './host-networks.ts'
import { lentSlab } from './slabs.ts'
import { errnoName, TunError, tunError } from './tun-error.ts'
import {
  ALIGNMENT,
  BATCH_PACKETS,
  INFO_LENGTH,
  type NativeDevice,
  NEXT_START,
  PACKET_ROOM,
  PIECE_FIELDS,
  READ_FIELDS,
  SLAB_BYTES,
  WAKE_UP,
  WRITE_FIELDS,
} from './tun-native.ts'
import { begin, callWaiting, enter, leave } from './wake-up.ts'

/** Counts of the packets that went through a TUN device. */
export interface TunCounters {
  /** Packets delivered, and packets written. A super-segment is one. */
  received: number
  sent: number
  /** Packets lost because they could not be read, or written (EIO: the interface is down). */
  readErrors: number
  writeErrors: number
  /** The cause of the last of them, such as 'EIO'; '' as long as there was none. */
  lastError: string
}

/** The properties of a device when it is opened. */
interface TunProperties {
  readonly name: string
  readonly mtu: number
  readonly offload: Offload
  /** Microseconds for which it is read without sleeping after traffic. */
  readonly busyPoll: number
}

/** A queue that another thread may open too: see `openTunQueue`. It can be sent there as it is. */
export interface SharedQueue extends TunProperties {
  readonly descriptor: number
  readonly virtioHeader: boolean
}

/** struct virtio_net_hdr, virtio 1.2 §5.1.6 */
const VIRTIO_NEEDS_CSUM = 1
const VIRTIO_DATA_VALID = 2
const VIRTIO_GSO_TCPV4 = 1
const VIRTIO_GSO_TCPV6 = 4
const VIRTIO_GSO_ECN = 0x80

/** A slab of V8's, not zeroed: the kernel writes before anybody reads. Nobody may transfer what others have views of. */
const ownSlab = (): Uint8Array => {
  const { buffer } = Buffer.allocUnsafeSlow(SLAB_BYTES)
  markAsUntransferable(buffer)
  return new Uint8Array(buffer)
}

const NO_SLAB = new Uint8Array(0)

/** A link over a TUN device; `openTun` makes it. Alone it does not keep the process alive. */
export class TunLink implements Link {
  readonly name: string
  /** Bytes, as they were when the device was opened. */
  readonly mtu: number
  readonly offload: Offload
  readonly counters: TunCounters = { received: 0, sent: 0, readErrors: 0, writeErrors: 0, lastError: '' }
  onError: ((error: TunError) => void) | undefined
  /** All queues of the device that were opened with it, this one the first; by default it is the only one. */
  readonly queues: readonly TunLink[]
  readonly #device: NativeDevice
  readonly #busyPoll: number
  #closed = false
  #receive: ((batch: PacketBatch) => void) | null = null
  #batch: PacketBatch | null = null
  #slab: Uint8Array = NO_SLAB
  readonly #info = new Int32Array(INFO_LENGTH)
  #descriptors = new Int32Array(BATCH_PACKETS * (WRITE_FIELDS + PIECE_FIELDS))

  /** @param others the further queues of the device */
  constructor(
    device: NativeDevice,
    properties: TunProperties,
    onError?: (error: TunError) => void,
    others: readonly NativeDevice[] = [],
  ) {
    const { name, mtu, offload, busyPoll } = properties
    this.#device = device
    this.#busyPoll = busyPoll
    device.busyPoll(busyPoll)
    this.name = name
    this.mtu = mtu
    this.offload = offload
    this.onError = onError
    this.queues = [this, ...others.map(other => new TunLink(other, properties, onError))]
  }

  /** This queue for another thread, which opens it by `openTunQueue` while it is open here. */
  share(): SharedQueue {
    const { name, mtu, offload } = this
    return {
      name,
      mtu,
      offload,
      busyPoll: this.#busyPoll,
      descriptor: this.#device.descriptor(),
      virtioHeader: this.#device.virtioHeader(),
    }
  }

  /**
   * Has the kernel give packets to this queue too, or, while it is off, to the other queues alone.
   * @throws TunError ENOTSUP for the only queue of a device of one
   */
  steer(on: boolean): void {
    const status = this.#device.steer(on)
    if (status < 0) throw tunError(-status, 'TUNSETQUEUE', this.name)
  }

  /** The host's end and its prefix now, such as '192.0.2.1/24'; null when it has none. */
  get ipv4(): string | null {
    const address = this.#device.address()
    const mask = this.#device.netmask()
    if (address < 0 || mask < 0) return null
    return `${formatAddress(address | 0)}/${mask === 0 ? 0 : 32 - Math.log2(2 ** 32 - mask)}`
  }

  /** True when the interface is up now; while it is down, nothing arrives and everything sent is dropped. */
  get isUp(): boolean {
    const flags = this.#device.flags()
    return flags >= 0 && (flags & IFF_UP) !== 0
  }

  /**
   * For how long after traffic the device is read without sleeping, at present, microseconds: at most what was asked for, less
   * where packets are far apart.
   */
  get busyPolls(): number {
    return this.#device.busyPolls()
  }

  /** A second call replaces the receiver. */
  start(receive: (batch: PacketBatch) => void): void {
    if (this.#closed) return
    this.#receive = receive
    if (this.#batch !== null) return
    this.#batch = new PacketBatch(BATCH_PACKETS, false)
    this.#renew()
    const status = this.#device.start(
      (count, errors, errno, lost) => this.#received(count, errors, errno, lost),
      this.#info,
      callWaiting,
    )
    if (status < 0) throw tunError(-status, 'start', this.name)
    enter(this.#device, this.#info.subarray(WAKE_UP, WAKE_UP + 1))
  }

  transmit(batch: PacketBatch): void {
    const { count } = batch
    if (count === 0 || this.#closed) return
    const dropped = this.#device.write(count, this.#describe(batch), batch.buffers, batch.pieces)
    this.counters.sent += count - dropped
    if (dropped === 0) return
    this.counters.writeErrors += dropped
    this.counters.lastError = errnoName(this.#device.writeErrno())
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#receive = null
    this.#device.close()
    leave(this.#device)
    this.#slab = NO_SLAB
  }

  /** Closes all queues of the device that were opened with this one. */
  closeAll(): void {
    for (const queue of this.queues) queue.close()
  }

  /** {@link close}, under the name that tuntap2 has for it. */
  release(): void {
    this.close()
  }

  #renew(): void {
    const lent = lentSlab()
    // A Buffer, so that a reader is given its views as they are.
    this.#slab = Buffer.from((lent ?? ownSlab()).buffer)
    // A batch beyond the pool lends nothing: whoever kept a part of it would have half a megabyte more stay.
    this.#batch!.lends = lent !== undefined
    this.#info[NEXT_START] = 0
    this.#device.setSlab(this.#slab)
  }

  #received(count: number, errors: number, errno: number, lost: boolean): void {
    begin(this.#device)
    this.counters.received += count
    if (errors > 0) {
      this.counters.readErrors += errors
      this.counters.lastError = errnoName(errno)
    }
    try {
      if (count > 0) this.#deliver(count)
    } finally {
      if (!this.#closed) {
        this.#goOn(count)
        if (lost) this.#lost(errno)
      }
    }
  }

  #deliver(count: number): void {
    const batch = this.#batch!
    const info = this.#info
    batch.clear()
    for (let i = 0, at = 0; i < count; i++, at += READ_FIELDS) {
      const flags = info[at + 2]!
      const checksum =
        flags & VIRTIO_NEEDS_CSUM
          ? CHECKSUM_PARTIAL
          : flags & VIRTIO_DATA_VALID
            ? CHECKSUM_VERIFIED
            : CHECKSUM_COMPLETE
      const gso = (flags >>> 8) & ~VIRTIO_GSO_ECN
      const segmented = gso === VIRTIO_GSO_TCPV4 || gso === VIRTIO_GSO_TCPV6
      batch.push(this.#slab, info[at]!, info[at + 1]!, checksum, segmented ? info[at + 3]! : 0)
    }
    this.#receive!(batch)
  }

  /**
   * The next batch begins behind the last packet that was taken; where none was, at the same place, which a processor's
   * cache still has. Without room for a packet, or when somebody has detached the slab, it begins in another one.
   */
  #goOn(count: number): void {
    const { taken, starts, lengths, buffers } = this.#batch!
    const info = this.#info
    let last = count - 1
    while (last >= 0 && taken[last] === 0) last--
    if (last >= 0) info[NEXT_START] = Math.ceil((starts[last]! + lengths[last]!) / ALIGNMENT) * ALIGNMENT
    if (this.#slab.byteLength - info[NEXT_START]! >= PACKET_ROOM) return
    this.#renew()
    // The batch must not keep what its receiver may drop.
    buffers.length = 0
  }

  #lost(errno: number): void {
    this.close()
    const code = errnoName(errno)
    this.onError?.(
      new TunError(
        `the TUN device '${this.name}' is gone (${code}): somebody has deleted it; open it again`,
        code,
        'read',
      ),
    )
  }

  /** The batch's numbers in one array, as native/write.c reads them. */
  #describe(batch: PacketBatch): Int32Array {
    const { count, pieceCount } = batch
    const length = count * WRITE_FIELDS + pieceCount * PIECE_FIELDS
    if (this.#descriptors.length < length) this.#descriptors = new Int32Array(2 * length)
    const to = this.#descriptors
    let at = 0
    for (let i = 0; i < count; i++) {
      to[at++] = batch.starts[i]!
      to[at++] = batch.lengths[i]!
      to[at++] = batch.checksums[i]!
      to[at++] = batch.segmentSizes[i]!
      to[at++] = batch.pieceEnds[i]!
    }
    for (let n = 0; n < pieceCount; n++) {
      to[at++] = batch.pieceStarts[n]!
      to[at++] = batch.pieceLengths[n]!
    }
    return to
  }
}
