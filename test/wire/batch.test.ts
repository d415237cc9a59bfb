import test from 'ava'
import fc from 'fast-check'
import {
  CHECKSUM_COMPLETE,
  CHECKSUM_PARTIAL,
  CHECKSUM_VERIFIED,
  HEADROOM,
  PacketBatch,
} from '../../src/wire/batch.ts'

const bytes = (...values: number[]) => Uint8Array.from(values)

/** Packet `i` as bytes. */
const whole = (batch: PacketBatch, i: number): Uint8Array => {
  const packet = new Uint8Array(batch.packetLength(i))
  batch.copy(i, packet)
  return packet
}

/** Adds a packet with a head in the slab and pieces. */
const add = (batch: PacketBatch, head: Uint8Array, pieces: readonly Uint8Array[], segmentSize = 0): void => {
  batch.slab.set(head, batch.begin(head.length))
  for (const p of pieces) batch.addPiece(p, 0, p.length)
  batch.commit(CHECKSUM_COMPLETE, segmentSize)
}

test('a packet in a buffer of somebody else: where it lies, and what is known of it', t => {
  const batch = new PacketBatch(2, false)
  const buffer = bytes(9, 1, 2, 3, 9)
  batch.push(buffer, 1, 3, CHECKSUM_VERIFIED, 1448)
  t.is(batch.count, 1)
  t.is(batch.buffers[0], buffer)
  t.is(batch.starts[0], 1)
  t.is(batch.lengths[0], 3)
  t.is(batch.checksums[0], CHECKSUM_VERIFIED)
  t.is(batch.segmentSizes[0], 1448)
  t.is(batch.packetLength(0), 3)
  t.deepEqual(whole(batch, 0), bytes(1, 2, 3))
})

test('a packet of head and pieces is copied as it stands, to where one wants it', t => {
  const batch = new PacketBatch(4)
  const start = batch.begin(2)
  batch.slab.set([1, 2], start)
  batch.addPiece(bytes(0, 3, 4, 0), 1, 2)
  batch.addPiece(bytes(5), 0, 1)
  batch.commit(CHECKSUM_PARTIAL, 3)
  t.is(batch.lengths[0], 2)
  t.is(batch.packetLength(0), 5)
  t.is(batch.checksums[0], CHECKSUM_PARTIAL)
  t.is(batch.segmentSizes[0], 3)
  const target = new Uint8Array(8).fill(7)
  t.is(batch.copy(0, target, 2), 5)
  t.deepEqual(target, bytes(7, 7, 1, 2, 3, 4, 5, 7))
})

test('each packet has its own pieces', t => {
  const batch = new PacketBatch(5)
  add(batch, bytes(1), [bytes(2), bytes(3)])
  add(batch, bytes(4), [])
  batch.push(bytes(5, 6), 0, 2, CHECKSUM_COMPLETE, 0)
  add(batch, bytes(7), [bytes(8)])
  t.deepEqual(
    [0, 1, 2, 3].map(i => batch.firstPiece(i)),
    [0, 2, 2, 2],
  )
  t.deepEqual([...batch.pieceEnds.subarray(0, 4)], [2, 2, 2, 3])
  t.deepEqual(
    [0, 1, 2, 3].map(i => [...whole(batch, i)]),
    [[1, 2, 3], [4], [5, 6], [7, 8]],
  )
})

test('before each head there is room for the header of a device, that no other head touches', t => {
  const batch = new PacketBatch(64)
  const heads: [number, number][] = []
  // 120 is the longest head: the slab has room for a full batch of them.
  while (!batch.full) {
    const start = batch.begin(120)
    batch.slab.fill(1, start, start + 120)
    heads.push([start, start + 120])
    batch.commit(CHECKSUM_COMPLETE, 0)
  }
  t.is(heads.length, 64)
  let end = 0
  for (const [from, to] of heads) {
    t.true(from - end >= HEADROOM)
    t.true(batch.slab.subarray(from - HEADROOM, from).every(x => x === 0))
    end = to
  }
  t.true(end <= batch.slab.length)
})

test('clear() forgets packets, pieces and what was taken, and gives the slab back', t => {
  const batch = new PacketBatch(1)
  for (let round = 0; round < 100; round++) {
    t.false(batch.full)
    add(batch, bytes(round, round), [bytes(round)])
    t.true(batch.full)
    t.is(batch.taken[0], 0)
    batch.take(0)
    t.is(batch.taken[0], 1)
    t.deepEqual(whole(batch, 0), bytes(round, round, round))
    batch.clear()
    t.is(batch.count, 0)
    t.is(batch.pieceCount, 0)
    // No payload is kept from being collected.
    t.is(batch.pieces.length, 0)
  }
})

test('what is taken is marked, and nothing else', t => {
  const batch = new PacketBatch(3, false)
  for (let i = 0; i < 3; i++) batch.push(bytes(i), 0, 1, CHECKSUM_COMPLETE, 0)
  batch.take(1)
  t.deepEqual([...batch.taken], [0, 1, 0])
})

test('a head that was begun and not committed leaves no trace', t => {
  const batch = new PacketBatch(4)
  add(batch, bytes(1), [bytes(2)])
  batch.begin(50)
  add(batch, bytes(3), [bytes(4)])
  t.is(batch.count, 2)
  t.deepEqual(
    [0, 1].map(i => [...whole(batch, i)]),
    [
      [1, 2],
      [3, 4],
    ],
  )
})

test('any packets come out as they went in, round after round', t => {
  const piece = fc.uint8Array({ maxLength: 50 })
  const packet = fc.record({
    inSlab: fc.boolean(),
    head: fc.uint8Array({ minLength: 1, maxLength: 120 }),
    pieces: fc.array(piece, { maxLength: 5 }),
  })
  fc.assert(
    fc.property(fc.array(fc.array(packet, { maxLength: 8 }), { maxLength: 4 }), rounds => {
      const batch = new PacketBatch(8)
      for (const packets of rounds) {
        batch.clear()
        for (const p of packets) {
          if (p.inSlab) add(batch, p.head, p.pieces)
          else batch.push(p.head, 0, p.head.length, CHECKSUM_COMPLETE, 0)
        }
        t.is(batch.count, packets.length)
        t.is(batch.full, packets.length === 8)
        for (const [i, p] of packets.entries()) {
          const expected = Buffer.concat(p.inSlab ? [p.head, ...p.pieces] : [p.head])
          t.is(batch.packetLength(i), expected.length)
          t.is(Buffer.compare(whole(batch, i), expected), 0)
        }
      }
    }),
    { seed: 1, numRuns: 300 },
  )
})
