/** What TLS is given ends with a record and the header of the next. */
import test from 'ava'
import { TlsRecords } from '../../src/net/tls-records.ts'

const record = (length: number, type = 23): Uint8Array => {
  const bytes = Buffer.alloc(5 + length, 0x17)
  bytes.set([type, 3, 3, length >> 8, length & 0xff])
  return bytes
}

/** The lengths of what is given of `text`, at most `most` at once. */
const reads = (text: Uint8Array, most = 65_536): number[] => {
  const records = new TlsRecords()
  const lengths: number[] = []
  for (let at = 0; at < text.length; ) {
    const { length } = records.cut(text.subarray(at, at + most))
    lengths.push(length)
    at += length
  }
  return lengths
}

test('after the first, each read has one record and the header of the next', t => {
  const text = Buffer.concat([record(10, 22), record(16_384), record(0), record(300, 21)])
  t.deepEqual(reads(text, 16_000), [16_000, 404 + 5, 5, 300])
  t.deepEqual(reads(text, 15), [15, 5, ...Array(1092).fill(15), 9, 5, ...Array(20).fill(15)])
})

test('a record may come in pieces', t => {
  const text = Buffer.concat([record(100), record(7)])
  t.deepEqual(reads(text, 40), [40, 40, 30, 7])
})

for (const [what, text] of [
  ['HTTP/2', Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')],
  ['the middle of a record', Buffer.alloc(50, 0x16)],
  ['a record that is too long', record(18_433)],
] as const)
  test(`what is no record is read whole: ${what}`, t => {
    t.deepEqual(reads(text, 20), reads(Buffer.alloc(text.length), 20))
  })
