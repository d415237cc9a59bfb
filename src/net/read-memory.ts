/** Memory for what is read in pieces and put together for the reader. */
import { lentSlab } from '../link/tun-native.ts'

/** Less than this comes from Node's own pool, or costs little: a reader who keeps it must not keep a slab. Bytes. */
const LARGE = 16_384

let slab: Buffer = Buffer.alloc(0)
let used = 0

/**
 * So many bytes, not zeroed, at most 65536. Large ones are parts of a slab that is used again when its readers have let go
 * of all of them, where there are slabs: without a TUN device there are none.
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
