import test from 'ava'
import fc from 'fast-check'
import { seqAdd, seqDiff, seqGeq, seqGt, seqLeq, seqLt, seqMax, seqMin } from '../../src/wire/sequence.ts'

/** The signed distance from b to a on the circle of 2^32, in exact integers. */
const distance = (a: number, b: number): number => Number(BigInt.asIntN(32, BigInt(a) - BigInt(b)))

const MIN = -(2 ** 31)
const MAX = 2 ** 31 - 1
/** The numbers at which something wraps, on the wire or in int32. */
const EDGES = [0, 1, -1, MAX, MAX - 1, MIN, MIN + 1, 0x4000_0000, -0x4000_0000]

const check = (t: { is(a: unknown, b: unknown, message?: string): unknown }, a: number, b: number): void => {
  const d = distance(a, b)
  const pair = `${a}, ${b}`
  t.is(seqDiff(a, b), d, pair)
  t.is(seqLt(a, b), d < 0, pair)
  t.is(seqLeq(a, b), d <= 0, pair)
  t.is(seqGt(a, b), d > 0, pair)
  t.is(seqGeq(a, b), d >= 0, pair)
  t.is(seqMax(a, b), d >= 0 ? a : b, pair)
  t.is(seqMin(a, b), d <= 0 ? a : b, pair)
  t.is(seqAdd(b, d), a, pair)
}

test('comparison and distance are modulo 2^32, at every edge', t => {
  for (const a of EDGES)
    for (const b of EDGES) for (const off of [-2, -1, 0, 1, 2]) check(t, seqAdd(a, off), b)
})

test('any two numbers', t => {
  fc.assert(
    fc.property(fc.integer(), fc.integer(), (a, b) => check(t, a, b)),
    { seed: 1, numRuns: 2000 },
  )
})

test('any number and one that is near', t => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: MAX }), (a, n) => {
      const b = seqAdd(a, n)
      t.true(Number.isInteger(b) && b >= MIN && b <= MAX)
      t.is(seqDiff(b, a), n)
      t.is(seqDiff(a, b), -n)
      t.true(seqLt(a, b) && seqLeq(a, b) && seqGt(b, a) && seqGeq(b, a))
      t.is(seqMax(a, b), b)
      t.is(seqMin(a, b), a)
      t.is(seqAdd(b, -n), a)
    }),
    { seed: 1, numRuns: 2000 },
  )
})

test('a stream goes on over both wraps', t => {
  for (const wrap of [MAX, -1]) {
    const before = wrap - 9
    const after = seqAdd(before, 20)
    t.true(seqLt(before, after))
    t.is(seqDiff(after, before), 20)
    t.is(after, wrap === MAX ? MIN + 10 : 10)
  }
})

test('two numbers half the circle apart are each before the other: total, and never equal', t => {
  for (const a of EDGES) {
    const b = seqAdd(a, MIN)
    t.is(seqDiff(a, b), MIN)
    t.is(seqDiff(b, a), MIN)
    t.true(seqLt(a, b) && seqLt(b, a))
    t.false(seqGeq(a, b) || seqGeq(b, a))
  }
})
