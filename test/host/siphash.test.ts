import test from 'ava'
import { SIPHASH_KEY, SipHash } from '../../src/base/siphash.ts'

/** The vectors of SipHash's authors for messages of whole words: key and message count up from 0. */
const VECTORS = [
  '310e0edd47db6f72',
  'b7877127e09427cf',
  '6224939a79f5f593',
  'fbe50e86bc8f1e75',
  'db9bc2577fcc2a3f',
]

const countingUp = (bytes: number): DataView =>
  new DataView(Uint8Array.from({ length: bytes }, (_, i) => i).buffer)

const hashOf = (words: number): string => {
  const bytes = countingUp(words * 4)
  const message = Int32Array.from({ length: words }, (_, i) => bytes.getInt32(i * 4, true))
  const key = new Uint8Array(countingUp(SIPHASH_KEY).buffer)
  const { low, high } = new SipHash(key).hash(message, words)
  const hash = new DataView(new ArrayBuffer(8))
  hash.setInt32(0, low, true)
  hash.setInt32(4, high, true)
  return Buffer.from(hash.buffer).toString('hex')
}

test('[R6528-2] the pseudorandom function is SipHash-2-4, by the vectors of its authors', t => {
  t.deepEqual(
    VECTORS.map((_, words) => hashOf(words)),
    VECTORS,
  )
})

test('of a message only as many words count as are told', t => {
  const hash = new SipHash(new Uint8Array(SIPHASH_KEY))
  const { low, high } = hash.hash(Int32Array.of(1, 2, 3), 2)
  hash.hash(Int32Array.of(1, 2, 9), 2)
  t.deepEqual([hash.low, hash.high], [low, high])
  hash.hash(Int32Array.of(1, 2, 9), 3)
  t.notDeepEqual([hash.low, hash.high], [low, high])
})
