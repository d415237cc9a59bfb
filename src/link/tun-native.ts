import { createRequire } from 'node:module'
import { addonFile, whyNotBuilt } from './native-files.ts'
import { lendFrom } from './slabs.ts'
import { TunError } from './tun-error.ts'

/**
 * One TUN device as native/tun.c gives it: thin methods over system calls. Those that return a number return
 * -errno on failure.
 */
export interface NativeDevice {
  /** Opens /dev/net/tun. */
  open(): number
  /** TUNSETIFF: attaches to the interface, or creates it; returns its name. `queues`: as one of several queues. */
  attach(name: string, virtioHeader: boolean, queues: boolean): string | number
  /** Instead of {@link open} and {@link attach}: takes part in a queue that another device of this process has open. */
  adopt(descriptor: number, virtioHeader: boolean): number
  /** The number of its descriptor, -1 without. */
  descriptor(): number
  /** TUNSETQUEUE: the kernel steers packets to this queue, or to the others alone. */
  steer(attached: boolean): number
  /** Returns whether each packet has a virtio-net header before it. */
  virtioHeader(): boolean
  /** TUNSETVNETHDRSZ, TUNSETOFFLOAD: what the kernel may leave to us, TUN_F_… */
  setOffload(features: number): number
  mtu(): number
  /** IFF_… of netdevice(7) */
  flags(): number
  /** The first IPv4 address and its mask, as numbers from 0 to 2^32 - 1. */
  address(): number
  netmask(): number
  setMtu(mtu: number): number
  setAddress(address: number, mask: number): number
  /** Adds an IPv6 address of 16 bytes, unless it is there. */
  addIpv6(address: Uint8Array, prefixLength: number): number
  up(): number
  /** Memory that packets are read to, one behind the other, as long as there is {@link PACKET_ROOM}. */
  setSlab(bytes: Uint8Array): void
  /**
   * Reads from now on, and calls `received` after each batch; `info` then holds four numbers a packet: where it starts in
   * the slab, its bytes, virtio flags | gso_type << 8, gso_size; and behind all of them ({@link NEXT_START}) the callee
   * says where the next batch begins. Without a packet or an error there was no room for one. `lost`: nothing will ever be
   * read again.
   */
  start(
    received: (count: number, errors: number, errno: number, lost: boolean) => void,
    info: Int32Array,
    call: () => void,
  ): number
  /** Has `call` called soon: with what is read next, or without. */
  wake(): number
  /**
   * Writes a batch: five numbers a packet (start, length, checksum, segment size, end of its pieces), followed
   * by two a piece (start, length). Returns how many it dropped.
   */
  write(count: number, descriptors: Int32Array, buffers: Uint8Array[], pieces: Uint8Array[]): number
  /** The cause of the last dropped packet. */
  writeErrno(): number
  /** For so many microseconds after traffic it is looked at without sleeping, at most; 0 for never. */
  busyPoll(microseconds: number): number
  /** For how many it is at present. */
  busyPolls(): number
  /** Ends it at any moment. A second call does nothing. */
  close(): void
}

interface Addon {
  readonly Device: new () => NativeDevice
  /**
   * {@link SLAB_BYTES} of memory that are used again once nobody has a view of them any more; undefined when so much is in
   * use that somebody should collect.
   */
  readonly slab: () => Uint8Array | undefined
  /** Sends a request of rtnetlink(7) and returns all messages of the answer, or -errno (EAGAIN: ask again). */
  readonly netlink: (request: Uint8Array) => Uint8Array | number
  /** The Internet checksum by native/checksum.c, for tests. */
  readonly checksum: (bytes: Uint8Array) => number
  readonly revision?: number
}

/** The revision that this file and native/tun.h must agree on: an addon of an earlier one would stall. */
const REVISION = 11

/** Packets of a batch read, as in native/tun.h. */
export const BATCH_PACKETS = 64
/** Bytes of a slab, of the room in it that every packet may need, and what each begins at a multiple of. */
export const SLAB_BYTES = 524_288
export const PACKET_ROOM = 65_536
export const ALIGNMENT = 16
/** Numbers that describe a packet read. */
export const READ_FIELDS = 4
/** The place of the number that says where the next batch begins. */
export const NEXT_START = BATCH_PACKETS * READ_FIELDS
/**
 * The place of the number that says whether a batch is being handed over (1), and something is to be called after it
 * (2).
 */
export const WAKE_UP = NEXT_START + 1
/** All those numbers. */
export const INFO_LENGTH = WAKE_UP + 1
/** Numbers that describe a packet to write, and one of its pieces. */
export const WRITE_FIELDS = 5
export const PIECE_FIELDS = 2

let addon: Addon | undefined

/**
 * The addon, loaded when first asked for.
 * @throws TunError ENOTSUP when this is not Linux, ENOENT when the addon was not built (says why),
 *   ERR_DLOPEN_FAILED when it was built for another machine or from an earlier version.
 */
export const loadAddon = (): Addon => {
  if (addon !== undefined) return addon
  if (process.platform !== 'linux')
    throw new TunError(
      `TUN devices are supported on Linux only, and this is ${process.platform}: run it in a Linux virtual machine or container`,
      'ENOTSUP',
      'open',
    )
  const path = addonFile()
  if (path === null)
    throw new TunError(
      `the native part of tuntcp was not built: ${whyNotBuilt() ?? 'the release has none for this machine, and its install script has not run (npm --ignore-scripts).'} Then run \`npm rebuild tuntcp\``,
      'ENOENT',
      'dlopen',
    )
  let loaded: Addon
  try {
    loaded = createRequire(import.meta.url)(path) as Addon
  } catch (error) {
    throw new TunError(
      `the native part of tuntcp does not load (${(error as Error).message.split('\n')[0]}): run \`npm rebuild tuntcp\``,
      'ERR_DLOPEN_FAILED',
      'dlopen',
    )
  }
  if (loaded.revision !== REVISION)
    throw new TunError(
      'the native part of tuntcp was built from an earlier version: run `npm rebuild tuntcp` (in its own directory: `npm install`)',
      'ERR_DLOPEN_FAILED',
      'dlopen',
    )
  addon = loaded
  lendFrom(loaded.slab)
  return addon
}
