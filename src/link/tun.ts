/** Opens a TUN device: as asked for, as the host can bear it, with what the kernel offers. */
import { networkInterfaces } from 'node:os'
import type { Offload } from '../ip/link.ts'
import {
  addressBytes,
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
import {
  checkOptions,
  FLAG,
  FUNCTION,
  type Kind,
  type KindsOf,
  NUMBER,
  TEXT,
  TEXTS,
} from '../wire/option-kinds.ts'
import { deviceMeets, deviceMeetsIpv6, freeIpv6Range, freeRange, takenError } from './collision.ts'
import { hostNetworks } from './host-networks.ts'
import { type TunError, tunError } from './tun-error.ts'
import { type SharedQueue, TunLink } from './tun-link.ts'
import { loadAddon, type NativeDevice } from './tun-native.ts'

export { TunError } from './tun-error.ts'
export { type SharedQueue, type TunCounters, TunLink } from './tun-link.ts'

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
  /**
   * Let the kernel hand over and take super-segments and partial checksums; default true. 'software': the addon cuts super-segments
   * and completes checksums, so that every packet of the device is whole and no longer than its MTU; a kernel that has no more to
   * offer gets that without being asked. With false, no segment is above the MTU to begin with, nor in a capture.
   */
  readonly offload?: boolean | 'software'
  /**
   * For so many microseconds after traffic the device is read without sleeping, 0 to 1,000,000; default 0. It takes a processor's
   * time for a shorter round trip: see docs/benchmark.md. Where packets are farther apart it stops by itself.
   */
  readonly busyPoll?: number
  /**
   * Queues of the device, 1 to 256; default 1. With several, each is a link of its own ({@link TunLink.queues}), and the kernel
   * gives all packets of a flow to the one that sent for it last. A device that is there must be one of several queues
   * (`ip tuntap add NAME mode tun multi_queue`).
   */
  readonly queues?: number
  /** Told once when the device is lost (deleted while open). Without it, only the counters tell. */
  readonly onError?: (error: TunError) => void
}

const OFFLOAD: Kind = {
  text: "true, false or 'software'",
  fits: value => typeof value === 'boolean' || value === 'software',
}

const OPTIONS: KindsOf<TunOptions> = {
  name: TEXT,
  address: TEXTS,
  mtu: NUMBER,
  up: FLAG,
  offload: OFFLOAD,
  busyPoll: NUMBER,
  queues: NUMBER,
  onError: FUNCTION,
}

/** TUN_F_… of linux/if_tun.h: what we can do with what the kernel hands over. */
const TUN_F_CSUM = 0x01
const TUN_F_TSO4 = 0x02
const TUN_F_TSO6 = 0x04
const TUN_F_TSO_ECN = 0x08
/** RFC 791 §3.2: every link carries 68 bytes. */
const LEAST_MTU = 68
const MOST_MTU = 65535
/** MAX_TAP_QUEUES of the kernel. */
const MOST_QUEUES = 256
/** IFNAMSIZ, less the zero at the end. */
const LONGEST_NAME = 15
/** Microseconds. */
const LONGEST_BUSY_POLL = 1_000_000
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

const checkBusyPoll = (microseconds: number): void => {
  if (!Number.isInteger(microseconds) || microseconds < 0 || microseconds > LONGEST_BUSY_POLL)
    throw new RangeError(
      `not a time for busyPoll: ${microseconds} (a whole number from 0 to ${LONGEST_BUSY_POLL} microseconds)`,
    )
}

const checkQueues = (queues: number): void => {
  if (!Number.isInteger(queues) || queues < 1 || queues > MOST_QUEUES)
    throw new RangeError(`not a number of queues: ${queues} (from 1 to ${MOST_QUEUES})`)
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
    deviceMeets(networks, name, ipv4, options.up !== false) ?? deviceMeetsIpv6(networks, name, ipv6)
  if (collision === null) return
  const free = collision.address.includes(':') ? freeIpv6Range(networks) : freeRange(networks)
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
 * completes and verifies, and native/segmentation.c cuts.
 */
const negotiate = (device: NativeDevice, wanted: boolean): Offload => {
  if (wanted && device.virtioHeader()) {
    if (device.setOffload(TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN) >= 0)
      return { checksum: true, segmentation: true }
    if (device.setOffload(TUN_F_CSUM) >= 0) return { checksum: true, segmentation: false }
  }
  // A persistent device may remember what another program agreed to.
  device.setOffload(0)
  return device.virtioHeader()
    ? { checksum: false, segmentation: false }
    : { checksum: true, segmentation: wanted }
}

/** @throws TunError */
const openedDevice = (name: string): NativeDevice => {
  const device = new (loadAddon().Device)()
  const status = device.open()
  if (status >= 0) return device
  device.close()
  throw tunError(-status, 'open', name)
}

/** Opens the second and later queues of a device, each as the first one is. @throws TunError */
const moreQueues = (first: NativeDevice, name: string, queues: number): NativeDevice[] => {
  const devices: NativeDevice[] = []
  try {
    for (let n = 1; n < queues; n++) {
      const device = openedDevice(name)
      devices.push(device)
      const attached = device.attach(name, first.virtioHeader(), true)
      if (typeof attached === 'number') throw tunError(-attached, 'TUNSETIFF', name, [], true)
    }
    return devices
  } catch (error) {
    for (const device of devices) device.close()
    throw error
  }
}

/**
 * Opens a queue that another thread of this process has open ({@link TunLink.share}). Both read it: the one that is not
 * to must not be started. The queue is there until both are closed.
 * @throws TunError EBADF when that one is closed
 */
export const openTunQueue = (shared: SharedQueue, onError?: (error: TunError) => void): TunLink => {
  const device = new (loadAddon().Device)()
  const status = device.adopt(shared.descriptor, shared.virtioHeader)
  if (status >= 0) return new TunLink(device, shared, onError)
  device.close()
  throw tunError(-status, 'adopt', shared.name)
}

/**
 * Opens a TUN device: creates the interface or attaches to an existing one (`ip tuntap add`), and sets its
 * address, MTU and state.
 * @throws RangeError for a bad name, prefix, MTU or time; {@link TunError} when the system refuses: EPERM or EACCES,
 *   EADDRINUSE (the address meets one that the host has, or a route or gateway), EBUSY (in use), EINVAL (an interface
 *   of another kind), ENOENT (no /dev/net/tun, or the addon was not built), ENOTSUP (not Linux). The message says what to do.
 */
export const openTun = (options: TunOptions = {}): TunLink => {
  checkOptions('options', options, OPTIONS)
  const wanted = options.name ?? ''
  if (options.name !== undefined) checkName(options.name)
  if (options.mtu !== undefined) checkMtu(options.mtu)
  const { address = [], queues, busyPoll = 0, offload: wantedOffload = true } = options
  checkBusyPoll(busyPoll)
  if (queues !== undefined) checkQueues(queues)
  const addresses = typeof address === 'string' ? [address] : address
  const end = hostEnd(addresses)
  const device = openedDevice(wanted)
  try {
    checkHost(wanted, options, end)
    const name = device.attach(wanted, wantedOffload === true, queues !== undefined)
    if (typeof name === 'number') throw tunError(-name, 'TUNSETIFF', wanted, addresses, queues !== undefined)
    const offload = negotiate(device, wantedOffload !== false)
    configure(device, name, options, end)
    const mtu = device.mtu()
    if (mtu < 0) throw tunError(-mtu, 'SIOCGIFMTU', name)
    const properties = { name, mtu, offload, busyPoll }
    return new TunLink(device, properties, options.onError, moreQueues(device, name, queues ?? 1))
  } catch (error) {
    device.close()
    throw error
  }
}
