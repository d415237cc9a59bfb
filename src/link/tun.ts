import { networkInterfaces } from 'node:os'
import { markAsUntransferable } from 'node:worker_threads'
import type { Link, Offload } from '../ip/link.ts'
import {
  addressBytes,
  formatAddress,
  type Ipv4Prefix,
  type Ipv6Prefix,
  isIpv6,
  isLoopback,
  isMapped,
  isMulticast,
  isReserved,
  isThisNetwork,
  isUnspecified,
  type Prefix,
  parsePrefix,
} from '../wire/address.ts'
import { CHECKSUM_COMPLETE, CHECKSUM_PARTIAL, CHECKSUM_VERIFIED, PacketBatch } from '../wire/batch.ts'
import { checkNames, type NamesOf } from '../wire/names.ts'
import { deviceMeets, deviceMeetsIpv6, freeRange, takenError } from './collision.ts'
import { hostNetworks } from './host-networks.ts'
import { errnoName, TunError, tunError } from './tun-error.ts'
import {
  ALIGNMENT,
  BATCH_PACKETS,
  INFO_LENGTH,
  lentSlab,
  loadAddon,
  type NativeDevice,
  NEXT_START,
  PACKET_ROOM,
  PIECE_FIELDS,
  READ_FIELDS,
  SLAB_BYTES,
  WRITE_FIELDS,
} from './tun-native.ts'
import { begin, callWaiting, enter, leave } from './wake-up.ts'

export { TunError } from './tun-error.ts'

/** Options of {@link openTun}. */
export interface TunOptions {
  /**
   * The interface, created when there is none of that name; the kernel makes a name up when absent, or
   * fills in a number for `%d`.
   */
  readonly name?: string
  /**
   * The host's end and its prefix, such as '192.0.2.1/24'; or several: at most one of IPv4, which takes the place of the
   * interface's, and any of IPv6, such as '2001:db8::1/64', which come to those that it has. When absent, the interface
   * keeps what it has. It is refused when it meets an address, a route or a gateway that the host has elsewhere.
   */
  readonly address?: string | readonly string[]
  /** Bytes, 68 to 65535; when absent, the interface keeps what it has (1500 when it is new). */
  readonly mtu?: number
  /** Bring the interface up; default true. */
  readonly up?: boolean
  /** Let the kernel hand over and take super-segments and partial checksums; default true. */
  readonly offload?: boolean
  /** Told once when the device is lost (deleted while open). Without it, only the counters tell. */
  readonly onError?: (error: TunError) => void
}

const OPTIONS: NamesOf<TunOptions> = {
  name: true,
  address: true,
  mtu: true,
  up: true,
  offload: true,
  onError: true,
}

/** Counts of the packets that went through a TUN device. */
export interface TunCounters {
  /** Packets delivered, and packets written. A super-segment is one. */
  received: number
  sent: number
  /** Packets lost because they could not be read, or written (EIO: the interface is down). */
  readErrors: number
  writeErrors: number
  /** Why the last of them was, such as 'EIO'; '' as long as there was none. */
  lastError: string
}

/** TUN_F_… of linux/if_tun.h: what we can do with what the kernel hands over. */
const TUN_F_CSUM = 0x01
const TUN_F_TSO4 = 0x02
const TUN_F_TSO6 = 0x04
const TUN_F_TSO_ECN = 0x08
/** struct virtio_net_hdr, virtio 1.2 §5.1.6 */
const VIRTIO_NEEDS_CSUM = 1
const VIRTIO_DATA_VALID = 2
const VIRTIO_GSO_TCPV4 = 1
const VIRTIO_GSO_TCPV6 = 4
const VIRTIO_GSO_ECN = 0x80
/** IFF_UP of netdevice(7) */
const IFF_UP = 1

/** RFC 791 §3.2: every link carries 68 bytes. */
const LEAST_MTU = 68
const MOST_MTU = 65535
/** IFNAMSIZ, less the zero at the end. */
const LONGEST_NAME = 15
/** A slab of V8's, not zeroed: the kernel writes before anybody reads. Nobody may transfer what others have views of. */
const ownSlab = (): Uint8Array => {
  const { buffer } = Buffer.allocUnsafeSlow(SLAB_BYTES)
  markAsUntransferable(buffer)
  return new Uint8Array(buffer)
}

const NO_SLAB = new Uint8Array(0)

const checkName = (name: string): void => {
  if (Buffer.byteLength(name) > LONGEST_NAME)
    throw new RangeError(`interface name too long: '${name}' (at most ${LONGEST_NAME} bytes)`)
  if (name === '' || name === '.' || name === '..' || /[\s/:\0]|%(?!d)|%.*%/.test(name))
    throw new RangeError(`not an interface name: '${name}' (no spaces, '/' or ':')`)
}

const checkMtu = (mtu: number): void => {
  if (!Number.isInteger(mtu) || mtu < LEAST_MTU || mtu > MOST_MTU)
    throw new RangeError(`not an MTU: ${mtu} (from ${LEAST_MTU} to ${MOST_MTU} bytes)`)
}

/** The host's end, in either family. */
interface HostEnd {
  readonly ipv4: Ipv4Prefix | null
  readonly ipv6: readonly Ipv6Prefix[]
}

const hostPrefix = (text: string): Prefix => {
  const prefix = parsePrefix(text)
  const a = prefix.address
  const impossible = isIpv6(a)
    ? isUnspecified(a) || isLoopback(a) || isMapped(a)
    : isThisNetwork(a) || isReserved(a)
  if (impossible || isMulticast(a)) throw new RangeError(`not an address for an interface: '${text}'`)
  if (prefix.length === 0)
    throw new RangeError(
      `a device of all addresses ('${text}') would have all packets of this host: give it a network, such as /24`,
    )
  return prefix
}

const hostEnd = (texts: readonly string[]): HostEnd => {
  const prefixes = texts.map(hostPrefix)
  const ipv4 = prefixes.filter(prefix => prefix.family === 4)
  if (ipv4.length > 1)
    throw new RangeError(
      `more than one IPv4 address for an interface: ${texts.join(', ')} (one, and any of IPv6)`,
    )
  return { ipv4: ipv4[0] ?? null, ipv6: prefixes.filter(prefix => prefix.family === 6) }
}

/** @throws TunError EADDRINUSE when the host would lose something by it */
const checkHost = (name: string, options: TunOptions, { ipv4, ipv6 }: HostEnd): void => {
  const networks = hostNetworks(loadAddon().netlink)
  const collision =
    deviceMeets(networks, name, ipv4, options.up !== false) ??
    deviceMeetsIpv6(networkInterfaces(), name, ipv6)
  if (collision === null) return
  const free = freeRange(networks)
  throw takenError(collision, `choose another address${free === null ? '' : `, such as '${free}'`}`)
}

/** Brings the attached device to what is asked for, and asks the kernel for nothing that is so already. */
const configure = (
  device: NativeDevice,
  name: string,
  options: TunOptions,
  { ipv4, ipv6 }: HostEnd,
): void => {
  const check = (status: number, syscall: string): void => {
    if (status < 0) throw tunError(-status, syscall, name)
  }
  if (options.mtu !== undefined && device.mtu() !== options.mtu)
    check(device.setMtu(options.mtu), 'SIOCSIFMTU')
  if (ipv4 !== null) {
    const address = ipv4.address >>> 0
    const mask = ipv4.mask >>> 0
    if (device.address() !== address || device.netmask() !== mask)
      check(device.setAddress(address, mask), 'SIOCSIFADDR')
  }
  if (options.up !== false) check(device.up(), 'SIOCSIFFLAGS')
  const has = networkInterfaces()[name]?.map(({ cidr }) => cidr) ?? []
  for (const { address, length } of ipv6)
    if (!has.includes(`${address}/${length}`))
      check(device.addIpv6(addressBytes(address), length), 'SIOCSIFADDR')
}

/**
 * The offloads to ask the kernel for, the most first. Without a virtio header there is nothing to agree on: then native/checksum.c
 * completes and verifies.
 */
const negotiate = (device: NativeDevice, wanted: boolean): Offload => {
  if (wanted && device.virtioHeader()) {
    if (device.setOffload(TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN) >= 0)
      return { checksum: true, segmentation: true }
    if (device.setOffload(TUN_F_CSUM) >= 0) return { checksum: true, segmentation: false }
  }
  // A persistent device may remember what another program agreed to.
  device.setOffload(0)
  return { checksum: !device.virtioHeader(), segmentation: false }
}

/**
 * Opens a TUN device: creates the interface or attaches to an existing one (`ip tuntap add`), and sets its
 * address, MTU and state.
 * @throws RangeError for a bad name, prefix or MTU; {@link TunError} when the system refuses: EPERM or EACCES,
 *   EADDRINUSE (the address meets one that the host has, or a route or gateway), EBUSY (in use), EINVAL (an interface
 *   of another kind), ENOENT (no /dev/net/tun, or the addon was not built), ENOTSUP (not Linux). The message says what to do.
 */
export const openTun = (options: TunOptions = {}): TunLink => {
  checkNames('options', options, OPTIONS)
  const wanted = options.name ?? ''
  if (options.name !== undefined) checkName(options.name)
  if (options.mtu !== undefined) checkMtu(options.mtu)
  const { address = [] } = options
  const addresses = typeof address === 'string' ? [address] : address
  const end = hostEnd(addresses)
  const device = new (loadAddon().Device)()
  try {
    const status = device.open()
    if (status < 0) throw tunError(-status, 'open', wanted)
    checkHost(wanted, options, end)
    const name = device.attach(wanted, options.offload !== false)
    if (typeof name === 'number') throw tunError(-name, 'TUNSETIFF', wanted, addresses)
    const offload = negotiate(device, options.offload !== false)
    configure(device, name, options, end)
    const mtu = device.mtu()
    if (mtu < 0) throw tunError(-mtu, 'SIOCGIFMTU', name)
    return new TunLink(device, name, mtu, offload, options.onError)
  } catch (error) {
    device.close()
    throw error
  }
}

/** A link over a TUN device; {@link openTun} makes it. Alone it does not keep the process alive. */
export class TunLink implements Link {
  readonly name: string
  /** Bytes, as they were when the device was opened. */
  readonly mtu: number
  readonly offload: Offload
  readonly counters: TunCounters = { received: 0, sent: 0, readErrors: 0, writeErrors: 0, lastError: '' }
  onError: ((error: TunError) => void) | undefined
  readonly #device: NativeDevice
  #closed = false
  #receive: ((batch: PacketBatch) => void) | null = null
  #batch: PacketBatch | null = null
  #slab: Uint8Array = NO_SLAB
  readonly #info = new Int32Array(INFO_LENGTH)
  #descriptors = new Int32Array(BATCH_PACKETS * (WRITE_FIELDS + PIECE_FIELDS))

  constructor(
    device: NativeDevice,
    name: string,
    mtu: number,
    offload: Offload,
    onError?: (error: TunError) => void,
  ) {
    this.#device = device
    this.name = name
    this.mtu = mtu
    this.offload = offload
    this.onError = onError
  }

  /** The host's end and its prefix now, such as '192.0.2.1/24'; null when it has none. */
  get ipv4(): string | null {
    const address = this.#device.address()
    const mask = this.#device.netmask()
    if (address < 0 || mask < 0) return null
    return `${formatAddress(address | 0)}/${mask === 0 ? 0 : 32 - Math.log2(2 ** 32 - mask)}`
  }

  /** Whether the interface is up now; while it is down, nothing arrives and everything sent is dropped. */
  get isUp(): boolean {
    const flags = this.#device.flags()
    return flags >= 0 && (flags & IFF_UP) !== 0
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
    enter(this.#device, this.#info)
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

  /** {@link close}, under the name that tuntap2 has for it. */
  release(): void {
    this.close()
  }

  #renew(): void {
    const lent = lentSlab()
    this.#slab = lent ?? ownSlab()
    // When the pool's are all in use, whoever kept a part of another would have half a megabyte more stay.
    this.#batch!.lends = lent !== undefined
    this.#info[NEXT_START] = 0
    this.#device.setSlab(this.#slab)
  }

  #received(count: number, errors: number, errno: number, lost: boolean): void {
    begin()
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
