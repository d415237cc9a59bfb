/** Memory for what is read in pieces and put together for the reader. */
import { lentSlab } from '../link/slabs.ts'
import type { ConnectionView as Connection } from '../tcp/block/connection-view.ts'
import { receive, receiveInto } from '../tcp/calls.ts'
import { LARGE } from '../tcp/queues/receive-queue.ts'

/** As much as node:net reads at once, bytes. */
export const LARGEST_READ = 65_536

let slab: Buffer = Buffer.alloc(0)
let used = 0

/** So many bytes for a reader who keeps them for later: no others are kept with them. */
export const allocateKept = (bytes: number): Buffer => Buffer.allocUnsafeSlow(bytes)

/**
 * So many bytes, not zeroed, at most 65536. {@link LARGE} ones are parts of a slab that is used again when its readers have
 * let go of all of them, where there are slabs (without a TUN device there are none); who keeps less must not keep a slab.
 */
export const allocateRead = (bytes: number): Buffer => {
  if (bytes < LARGE) return Buffer.allocUnsafe(bytes)
  if (slab.length - used < bytes) {
    const next = lentSlab()
    if (next === undefined) return Buffer.allocUnsafe(bytes)
    slab = Buffer.from(next.buffer)
    used = 0
  }
  const start = used
  used += bytes
  return slab.subarray(start, used)
}

/**
 * The next bytes that have come, of which there are some: at most `limit`. Bytes that their reader keeps are copied
 * into memory of their own; large text is handed over with its memory, and what is short put together, as per-chunk
 * costs of a stream, and of its users, are far above those of a copy.
 */
export const readText = (c: Connection, limit: number, keeps: boolean): Buffer => {
  const short = keeps ? c.receiveQueue.length : c.receiveQueue.lengthOfShort
  if (short === 0) return asBuffer(receive(c, limit)!)
  const length = Math.min(short, limit, LARGEST_READ)
  const bytes = keeps ? allocateKept(length) : allocateRead(length)
  receiveInto(c, bytes)
  return bytes
}

/** Memory for one read at a time. */
let read: Buffer | null = null

/**
 * As many of the next bytes as libuv reads at once, at most `limit`, for a reader who copies them before the next read: what lies in several
 * pieces is put together in the same memory each time.
 */
export const readToCopy = (c: Connection, limit: number): Buffer => {
  const length = Math.min(c.receiveQueue.length, limit, LARGEST_READ)
  if (c.receiveQueue.lengthOfFirst >= length) return asBuffer(receive(c, limit)!)
  read ??= Buffer.allocUnsafeSlow(LARGEST_READ)
  const bytes = read.subarray(0, length)
  receiveInto(c, bytes)
  return bytes
}

const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
