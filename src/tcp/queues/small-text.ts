/** Small text right behind small text: a peer that sends octet by octet must not cost a piece of memory for each. */

/** Text of so many bytes is joined, into so many at most; and the least memory that is taken for it. */
const SMALL = 512
const JOINED = 4096
const LEAST = 128

/**
 * The memory, in bytes, that `last`, which lies in `memory` bytes of its own, takes with `bytes` appended; 0 where they
 * are not joined. It doubles, so that an octet is copied a few times at most. A chunk that was not `joined` before is
 * so only if it is small: a whole segment is not copied for an octet behind it.
 */
export const roomFor = (last: Uint8Array, bytes: Uint8Array, memory: number, joined: boolean): number => {
  const length = last.length + bytes.length
  if (bytes.length > SMALL || length > JOINED || (!joined && last.length > SMALL)) return 0
  if (length <= memory) return memory
  return Math.max(LEAST, 2 ** (32 - Math.clz32(length - 1)))
}

/** `last` with `bytes` appended, in the same memory if there is room for it, else in another of `memory` bytes. */
export const append = (last: Uint8Array, bytes: Uint8Array, before: number, memory: number): Uint8Array => {
  const length = last.length + bytes.length
  const whole =
    memory === before
      ? new Uint8Array(last.buffer, last.byteOffset, length)
      : new Uint8Array(new ArrayBuffer(memory), 0, length)
  if (memory !== before) whole.set(last)
  whole.set(bytes, last.length)
  return whole
}
