/**
 * Runs tests with mutants in the code, each behind a switch. A file of tests is loaded when the first of its tests is asked for;
 * what is loaded stays for all mutants that follow.
 */
import { Buffer } from 'node:buffer'
import process from 'node:process'
import { parentPort, workerData } from 'node:worker_threads'

const { directory, count, active: atLoad, watched } = workerData
/** The number of tests begun, and the CPU time that the present one may take, ms. */
const watch = new Int32Array(watched)

/** The error of a test that has reached mutants more often than it may. */
const ENDLESS = 'a loop without end'
/** A bit for each mutant that was reached since they were last cleared. */
const reached = new Uint8Array((count + 7) >> 3)
/** The mutant that is switched on, or -1. */
let active = atLoad
/** The number of times that mutants may yet be reached: a test that goes on for ever reaches them for ever. */
let left = Number.POSITIVE_INFINITY

globalThis.$m = id => {
  reached[id >> 3] |= 1 << (id & 7)
  if (--left < 0) throw new Error(ENDLESS)
  return id === active
}

const { tests, loading } = await import(`${directory}/ava.js`)
/** @type {Map<string, { title: string, run: () => Promise<void> }[]>} */
const loaded = new Map()

const testsOf = async file => {
  if (!loaded.has(file)) {
    const before = tests.length
    loading(file)
    await import(`${directory}/${file}`)
    loaded.set(file, tests.slice(before))
  }
  return loaded.get(file)
}

/** Null, or what went wrong; and how often the test has reached mutants. */
const run = async (test, calls, ms) => {
  watch[1] = ms
  Atomics.add(watch, 0, 1)
  left = calls
  let error = null
  try {
    await test.run()
  } catch (thrown) {
    error = String(thrown?.message ?? thrown)
  }
  // (A test may wrap the error in one of its own, as fast-check does, or swallow it.)
  if (left < 0) error = ENDLESS
  const reachedTimes = calls - left
  left = Number.POSITIVE_INFINITY
  return { error, calls: reachedTimes }
}

const takeReached = () => {
  const bits = Buffer.from(reached).toString('base64')
  reached.fill(0)
  return bits
}

/** Finds the mutants that each test of a file reaches, and those that are reached while files are loaded. */
const map = async ({ file, calls, ms }) => {
  watch[1] = ms
  Atomics.add(watch, 0, 1)
  reached.fill(0)
  const list = await testsOf(file)
  const atStart = takeReached()
  const found = []
  for (const test of list) {
    // Not the time: others may be at work on the machine.
    const before = process.cpuUsage()
    const outcome = await run(test, calls, ms)
    const { user, system } = process.cpuUsage(before)
    found.push({ title: test.title, ms: (user + system) / 1000, ...outcome, reached: takeReached() })
  }
  return { tests: found, atStart }
}

/** The first of the tests that fails with the mutant, or -1; `proven` where it passes without, and fails again with it. */
const hunt = async ({ id, tests: list }) => {
  for (const [killer, { file, index, calls, ms }] of list.entries()) {
    const test = (await testsOf(file))[index]
    active = id
    const first = await run(test, calls, ms)
    if (first.error === null) continue
    if (atLoad >= 0) return { killer, proven: true }
    active = -1
    const without = await run(test, Number.POSITIVE_INFINITY, ms)
    active = id
    const again = await run(test, calls, ms)
    active = -1
    // (What a mutant leaves behind in the modules must not kill the next one.)
    const clean = (await run(test, Number.POSITIVE_INFINITY, ms)).error === null
    return { killer, proven: without.error === null && again.error !== null, clean }
  }
  active = atLoad
  return { killer: -1, proven: false, clean: true }
}

parentPort.on('message', async message => {
  try {
    parentPort.postMessage(await (message.type === 'map' ? map(message) : hunt(message)))
  } catch (error) {
    parentPort.postMessage({ lost: String(error?.message ?? error) })
  }
})
