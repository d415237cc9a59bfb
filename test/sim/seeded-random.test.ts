import test from 'ava'
import fc from 'fast-check'
import { SeededRandom } from '../../src/sim/seeded-random.ts'

const draw = (random: SeededRandom, n: number) => Array.from({ length: n }, () => random.uint32())

/** sfc32 in exact integers, cut to 32 bits after each sum. */
const reference = (seed: bigint): (() => number) => {
  const M = 0xffff_ffffn
  let a = seed & M
  let b = 0x9e3779b9n
  let c = (0x243f6a88n ^ (seed >> 32n)) & M
  let counter = 1n
  const next = () => {
    const out = (a + b + counter) & M
    counter = (counter + 1n) & M
    a = b ^ (b >> 9n)
    b = (c + (c << 3n)) & M
    c = ((((c << 21n) | (c >> 11n)) & M) + out) & M
    return Number(out)
  }
  for (let i = 0; i < 12; i++) next()
  return next
}

test('it is sfc32, for any seed', t => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 53n - 1n }), seed => {
      const next = reference(seed)
      t.deepEqual(
        draw(new SeededRandom(Number(seed)), 50),
        Array.from({ length: 50 }, () => next()),
      )
    }),
    { seed: 1, numRuns: 200 },
  )
})

test('a seed gives the same numbers always: recorded runs stay valid', t => {
  t.deepEqual(draw(new SeededRandom(1), 3), [3739678614, 2725338478, 3923878172])
  t.deepEqual(draw(new SeededRandom('two hosts'), 3), [3204264490, 1658051068, 989706362])
})

test('near seeds, and names, give numbers that have nothing in common', t => {
  const seeds = [0, 1, 2, 3, -1, 2 ** 32, 2 ** 33, 0.5e6, '', 'a', 'b', 'ab', 'ba', '1']
  const first = new Set(seeds.map(seed => new SeededRandom(seed).uint32()))
  t.is(first.size, seeds.length)
})

test('uint32() fills its range evenly, bit by bit', t => {
  const random = new SeededRandom(3)
  const N = 100_000
  const ones = new Array(32).fill(0)
  for (let i = 0; i < N; i++) {
    const x = random.uint32()
    t.true(Number.isInteger(x) && x >= 0 && x < 2 ** 32)
    for (let bit = 0; bit < 32; bit++) ones[bit] += (x >>> bit) & 1
  }
  // Six standard deviations of a fair coin.
  for (const n of ones) t.true(Math.abs(n - N / 2) < 3 * Math.sqrt(N), String(n))
})

test('below(n) takes each of 0 … n - 1, evenly; real() lies in [0, 1)', t => {
  const random = new SeededRandom(4)
  const counts = new Array(10).fill(0)
  for (let i = 0; i < 100_000; i++) {
    counts[random.below(10)]++
    const r = random.real()
    t.true(r >= 0 && r < 1)
  }
  t.is(counts.length, 10)
  for (const n of counts) t.true(Math.abs(n - 10_000) < 600, String(n))
  t.is(random.below(1), 0)
})

test('chance(p) is true in p of all cases, never at 0, always at 1', t => {
  const random = new SeededRandom(5)
  for (const [p, low, high] of [
    [0, 0, 0],
    [0.05, 4500, 5500],
    [0.5, 49_000, 51_000],
    [1, 100_000, 100_000],
  ] as const) {
    let n = 0
    for (let i = 0; i < 100_000; i++) if (random.chance(p)) n++
    t.true(n >= low && n <= high, `${p}: ${n}`)
  }
})

test('fill() writes every byte, with every value', t => {
  const random = new SeededRandom(6)
  const bytes = new Uint8Array(10_000)
  random.fill(bytes.subarray(0, 9_999))
  t.is(new Set(bytes).size, 256)
  t.is(bytes[9_999], 0)
})
