/**
 * TCP options: a byte of flags, and up to 40 bytes of options behind a header that is sound. What is read is what stands there,
 * as a slower reader has it.
 */
import { parseTcp, Segment, writeTcp } from '../../../dist/src/wire/tcp.js'

const HEADER = 20
const MOST = 40
const b = new Uint8Array(HEADER + MOST)
const segment = new Segment()
/** The options as they stand there: where the last one of each kind and length begins, 0 for none. */
const last = new Uint8Array(256)
const LENGTHS = { 2: 4, 3: 3, 4: 2, 8: 10 }

/** @returns whether a length is wrong */
const walk = end => {
  last.fill(0)
  for (let i = HEADER; i < end && b[i] !== 0; ) {
    if (b[i] === 1) {
      i++
      continue
    }
    const length = i + 1 < end ? b[i + 1] : 0
    if (length < 2 || i + length > end) return true
    if (LENGTHS[b[i]] === length) last[b[i]] = i
    i += length
  }
  return false
}

const number = (at, bytes) => {
  let n = 0
  for (let i = at; i < at + bytes; i++) n = n * 256 + b[i]
  return n
}

const expect = (what, is, due) => {
  if (is !== due) throw new Error(`${what} is ${is}, not ${due}`)
}

export const fuzz = data => {
  const options = Math.min(MOST, data.length === 0 ? 0 : (data.length + 2) & ~3)
  b.fill(0, HEADER)
  for (let i = 1; i < data.length && i <= MOST; i++) b[HEADER - 1 + i] = data[i]
  const end = HEADER + options
  writeTcp(b, 0, 1, 2, 3, 4, end, data[0] ?? 0, 5, 6)
  if (parseTcp(b, 0, end, true, segment) !== null) throw new Error('a sound header is dropped')
  expect('a wrong length', segment.malformedOption, walk(end))
  expect('the MSS', segment.mss, last[2] === 0 ? -1 : number(last[2] + 2, 2))
  expect('the window scale', segment.windowScale, last[3] === 0 ? -1 : b[last[3] + 2])
  expect('SACK permitted', segment.sackPermitted, last[4] > 0)
  expect('timestamps', segment.hasTimestamps, last[8] > 0)
  if (last[8] > 0) expect('TSval', segment.tsVal >>> 0, number(last[8] + 2, 4))
  if (last[8] > 0) expect('TSecr', segment.tsEcr >>> 0, number(last[8] + 6, 4))
  if (segment.sackCount > 4) throw new Error(`${segment.sackCount} SACK blocks`)
  if (segment.fastOpen > 16) throw new Error(`a cookie of ${segment.fastOpen} bytes`)
  if (segment.fastOpen > 0 && segment.fastOpenAt + segment.fastOpen > end)
    throw new Error('a cookie beyond the header')
}
