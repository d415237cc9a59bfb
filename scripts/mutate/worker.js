/**
 * Loads the tests once, with all mutants in the code and none of them switched on, and then runs tests for one
 * mutant after the other.
 */
import process from 'node:process'
import { parentPort, workerData } from 'node:worker_threads'

const { directory, files, count, active: atLoad, progress } = workerData
const beat = new Int32Array(progress)

/** Which mutants were reached since it was last cleared. */
const reached = new Uint8Array(count)
let active = atLoad
const LONG = 1e7
/** Reaching mutants so often in one test means a loop that does not end. */
let budget = 1e7

globalThis.$m = id => {
  reached[id] = 1
  if (--budget < 0) throw new Error('a loop without end')
  return id === active
}

const taken = () => {
  const ids = []
  for (let id = 0; id < count; id++) if (reached[id] === 1) ids.push(id)
  reached.fill(0)
  return ids
}

const { tests, loading } = await import(`${directory}/ava.js`)
try {
  for (const file of files) {
    loading(file)
    await import(`${directory}/${file}`)
  }
} catch (error) {
  parentPort.postMessage({ type: 'failed', error: String(error?.stack ?? error) })
  process.exit(0)
}
const atStart = taken()
budget = Number.POSITIVE_INFINITY

/** Null, or what went wrong. */
const run = async (test, limit) => {
  Atomics.add(beat, 0, 1)
  budget = limit
  try {
    await test.run()
    return null
  } catch (error) {
    return error ?? new Error('thrown nothing')
  } finally {
    budget = Number.POSITIVE_INFINITY
  }
}

parentPort.on('message', async message => {
  if (message.type === 'baseline') {
    const found = []
    for (const test of tests) {
      reached.fill(0)
      // Not the time: others may be at work on the machine.
      const before = process.cpuUsage()
      // Who reaches mutants more often than this takes seconds, and is not waited for.
      const limit = LONG
      Atomics.add(beat, 0, 1)
      budget = limit
      let error = null
      try {
        await test.run()
      } catch (thrown) {
        error = budget < 0 ? 'long' : String(thrown?.message ?? thrown)
      }
      const calls = limit - budget
      budget = Number.POSITIVE_INFINITY
      found.push({
        file: test.file,
        title: test.title,
        ms: (({ user, system }) => (user + system) / 1000)(process.cpuUsage(before)),
        calls,
        reached: taken(),
        error,
      })
    }
    parentPort.postMessage({ type: 'baseline', tests: found, atStart })
    return
  }
  // { id, tests: [index, limit][] }
  let killer = -1
  for (const [index, limit] of message.tests) {
    active = message.id
    const error = await run(tests[index], limit)
    if (error === null) continue
    killer = index
    // What a mutant leaves behind in the modules must not kill the next one.
    if (atLoad < 0) active = -1
    break
  }
  active = atLoad
  let clean = true
  if (killer >= 0 && atLoad < 0) clean = (await run(tests[killer], Number.POSITIVE_INFINITY)) === null
  parentPort.postMessage({ type: 'done', id: message.id, killer, clean })
})
parentPort.postMessage({ type: 'ready' })
