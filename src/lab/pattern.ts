/** A stream whose bytes tell their place: what is lost, doubled or out of order shows. Nobody takes it for a protocol. */

const SCRAMBLE = 0x9e3779b1
/** Printable ASCII, from `!` to `~`. */
const FIRST = 33
const COUNT = 94

/** The byte at a place of the stream. */
export const patternByte = (at: number): number => FIRST + ((Math.imul(at + 1, SCRAMBLE) >>> 16) % COUNT)

export const patternBytes = (from: number, bytes: number): Uint8Array => {
  const all = new Uint8Array(bytes)
  for (let i = 0; i < bytes; i++) all[i] = patternByte(from + i)
  return all
}
