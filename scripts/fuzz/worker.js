/** Runs a target again and again: inputs that reach what none has reached are kept, and mutated in turn. */
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { SeededRandom } from '../../dist/src/sim/seeded-random.js'
import { COUNTERS } from './instrument.js'
import { Mutations } from './mutations.js'

const { code, count, corpus, found, seconds, seed, words, shared } = workerData
/** Between two reports, ms. */
const NEWS = 1000
const taken = new Uint8Array((count + 3) & ~3)
globalThis[COUNTERS] = taken
/** Four at a time: most were not taken. */
const fours = new Uint32Array(taken.buffer)

/** The input that is being run, for whoever has to end us: its length, then its bytes. */
const length = new Int32Array(shared, 0, 2)
const current = new Uint8Array(shared, 8)

mkdirSync(found, { recursive: true })
const module = join(found, 'target.mjs')
writeFileSync(module, code)
const target = await import(module)
const { fuzz } = target

const random = new SeededRandom(seed)
const mutations = new Mutations(
  random,
  words.map(word => Buffer.from(word, 'latin1')),
)
const inputs = []
/** For each counter, which orders of magnitude of it have been seen. */
const seen = new Uint8Array(taken.length)
let places = 0
let features = 0
let executions = 0

/** The number of times, as a bit: once, twice, three times, up to 7, 15, 31, 127, more. */
const CLASSES = Uint8Array.from({ length: 256 }, (_, n) =>
  n === 0 ? 0 : n < 4 ? 1 << (n - 1) : n < 8 ? 8 : n < 16 ? 16 : n < 32 ? 32 : n < 128 ? 64 : 128,
)

/** @returns whether it has reached something new */
const run = input => {
  current.set(input.subarray(0, current.length))
  length[0] = input.length
  Atomics.add(length, 1, 1)
  fours.fill(0)
  executions++
  fuzz(input)
  let fresh = false
  for (let four = 0; four < fours.length; four++)
    if (fours[four] !== 0) for (let i = 4 * four; i < 4 * four + 4; i++) if (isNew(i)) fresh = true
  return fresh
}

/** Notes how often a branch was taken; returns whether it is news. */
const isNew = i => {
  const bit = CLASSES[taken[i]]
  if ((bit & ~seen[i]) === 0) return false
  if (seen[i] === 0) places++
  features++
  seen[i] |= bit
  return true
}

const save = (folder, input) => {
  mkdirSync(folder, { recursive: true })
  const name = createHash('sha256').update(input).digest('hex').slice(0, 16)
  writeFileSync(join(folder, name), input)
  return join(folder, name)
}

const attempt = (input, keep) => {
  try {
    if (!run(input)) return true
  } catch (error) {
    parentPort.postMessage({ crash: save(join(found, 'crashes'), input), why: String(error?.stack ?? error) })
    return false
  }
  // The next mutation is made in the same memory.
  inputs.push(Buffer.from(input))
  if (keep) save(join(found, 'inputs'), input)
  return true
}

const read = folder => {
  try {
    return readdirSync(folder).map(name => readFileSync(join(folder, name)))
  } catch {
    return []
  }
}

const report = () =>
  parentPort.postMessage({
    executions,
    steps: target.steps?.() ?? 0,
    places,
    features,
    inputs: inputs.length,
  })

const main = () => {
  for (const input of [Buffer.alloc(0), ...read(corpus), ...read(join(found, 'inputs'))])
    if (!attempt(input, false)) return
  if (inputs.length === 0) inputs.push(Buffer.alloc(0))
  const end = performance.now() + seconds * 1000
  let next = performance.now() + NEWS
  for (let now = performance.now(); now < end; now = performance.now()) {
    if (now >= next) {
      next = now + NEWS
      report()
    }
    for (let n = 0; n < 200; n++) {
      // The latest finds have been tried least.
      const recent = random.below(3) === 0
      const from = recent ? Math.max(0, inputs.length - 20) : 0
      const input = inputs[from + random.below(inputs.length - from)]
      if (!attempt(mutations.of(input, inputs[random.below(inputs.length)]), true)) return
    }
  }
}
main()
report()
