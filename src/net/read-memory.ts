/** Memory for what is read in pieces and put together for the reader. */
import { lentSlab } from '../link/tun-native.ts'
import { LARGE } from '../tcp/receive-queue.ts'

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
