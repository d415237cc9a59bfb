/** The bytes that chargen and HTTP send: byte i is i mod 251, a prime, so that no shift goes unnoticed. */
const PERIOD = 251

/** Whole periods, so that copies join: as large as fits a level-2 cache beside what it is copied to. */
export const PATTERN: Uint8Array = Buffer.allocUnsafeSlow(PERIOD * 1024)
for (let i = 0; i < PATTERN.length; i++) PATTERN[i] = i % PERIOD

interface PatternSocket {
  readonly writable: boolean
  write(chunk: Uint8Array): boolean
}

/**
 * Writes `length` bytes of the pattern, from the `offset`-th, until the socket has enough for now.
 * @returns the new offset; it is `length` when all is written
 */
export const writePattern = (socket: PatternSocket, offset: number, length: number): number => {
  while (offset < length && socket.writable) {
    const start = offset % PATTERN.length
    const end = Math.min(PATTERN.length, start + length - offset)
    const chunk = start === 0 && end === PATTERN.length ? PATTERN : PATTERN.subarray(start, end)
    offset += chunk.length
    if (!socket.write(chunk)) break
  }
  return offset
}
