/** A stream whose bytes tell their place: what is lost, doubled or out of order shows. */

const SCRAMBLE = 0x9e3779b1

/** The byte at a place of the stream. */
export const patternByte = (at: number): number => Math.imul(at + 1, SCRAMBLE) >>> 24

export const patternBytes = (from: number, bytes: number): Uint8Array => {
  const all = new Uint8Array(bytes)
  for (let i = 0; i < bytes; i++) all[i] = patternByte(from + i)
  return all
}
