/**
 * Fuzzes by coverage:
 *
 *   npm run fuzz [-- TARGET…] [--seconds N] [--seed SEED] [--executions N]
 *   npm run fuzz -- --stateful [--hours N] [--seed N] [--packets N]
 *
 * Each branch of a target counts how often it is taken (scripts/fuzz/instrument.js); an input that takes one that none has
 * taken, or as often as none has, is kept and mutated. It begins with scripts/fuzz/corpus; what is found is kept in
 * scripts/fuzz/found, not in the repository, and what crashes or hangs in found/TARGET/crashes. The exit code is 1 when
 * there is such an input: `npm run fuzz -- TARGET --input FILE` runs it alone. With --executions it takes the targets in turn, a
 * target that is named twice for twice as long, until all runs together have made so many; found/executions.json counts them, so
 * that a run which a signal has ended is gone on with.
 *
 * With --stateful it makes up whole scenes instead (scripts/fuzz/stateful.js), one seed after the other for so many hours (1);
 * --hours 0 plays the one of --seed alone. A signal ends it with what has come of it so far.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { commandLine } from './command-line.js'
import { instrumented } from './fuzz/instrument.js'
import { stateful } from './fuzz/stateful.js'

const here = join(dirname(fileURLToPath(import.meta.url)), 'fuzz')
/**
 * An input hangs that takes so much of a processor's time, or so long, ms: on a busy machine one may wait for its turn.
 */
const HANG = 10_000
const STANDS_STILL = 600_000
/** Between two looks at it, ms. */
const LOOK = 1000
const LARGEST = 1 << 16

const { values, positionals } = commandLine(import.meta.url, {
  seconds: { type: 'string', default: '60' },
  seed: { type: 'string', default: '1' },
  input: { type: 'string' },
  executions: { type: 'string', default: '0' },
  stateful: { type: 'boolean', default: false },
  hours: { type: 'string', default: '1' },
  packets: { type: 'string' },
})

const count = n => n.toLocaleString('en')

const COUNTS = join(here, 'found', 'executions.json')
/** Executions of each target in all runs, and what they consist of. */
const counts = existsSync(COUNTS) ? JSON.parse(readFileSync(COUNTS, 'utf8')) : {}

/** Adds what a run has made to the counts. */
const add = (name, { executions, steps }) => {
  const before = counts[name] ?? { executions: 0, steps: 0 }
  counts[name] = { executions: before.executions + executions, steps: before.steps + steps }
  mkdirSync(dirname(COUNTS), { recursive: true })
  writeFileSync(COUNTS, `${JSON.stringify(counts, null, 2)}\n`)
}

const sum = () => Object.values(counts).reduce((total, { executions }) => total + executions, 0)

/** Ends the run of a target. */
let stop = () => {}

const fuzzed = async name => {
  const path = join(here, 'targets', `${name}.js`)
  const { words = [] } = await import(path)
  const found = join(here, 'found', name)
  const shared = new SharedArrayBuffer(8 + LARGEST)
  const begun = performance.now()
  const worker = new Worker(join(here, 'worker.js'), {
    workerData: {
      ...instrumented(path),
      corpus: join(here, 'corpus', name),
      found,
      seconds: Number(values.seconds),
      seed: `${name} ${values.seed} ${counts[name]?.executions ?? 0}`,
      words,
      shared,
    },
  })
  const [length, ticks] = [new Int32Array(shared, 0, 1), new Int32Array(shared, 4, 1)]
  let before = -1
  let used = process.cpuUsage()
  let since = performance.now()
  let crash = null
  let last = null
  const watch = setInterval(() => {
    const now = Atomics.load(ticks, 0)
    if (now !== before || now === 0) {
      before = now
      used = process.cpuUsage()
      since = performance.now()
      return
    }
    const { user, system } = process.cpuUsage(used)
    if ((user + system) / 1000 < HANG && performance.now() - since < STANDS_STILL) return
    mkdirSync(join(found, 'crashes'), { recursive: true })
    const file = join(found, 'crashes', `hang-${now}`)
    writeFileSync(file, Buffer.from(shared, 8, Math.min(length[0], LARGEST)))
    crash = { crash: file, why: `no end within ${HANG / 1000} s of a processor` }
    worker.terminate()
  }, LOOK)
  stop = () => void worker.terminate()
  worker.on('message', said => {
    if (said.crash !== undefined) crash = said
    else last = said
  })
  worker.on('error', error => {
    crash ??= { crash: '-', why: error.stack }
  })
  await new Promise(resolve => worker.on('exit', resolve))
  clearInterval(watch)
  const seconds = (performance.now() - begun) / 1000
  if (last !== null) add(name, last)
  const figures =
    last === null
      ? ''
      : `${count(last.executions)} executions (${count(Math.round(last.executions / seconds))}/s), ${count(last.places)} branches, ${count(last.features)} features, ${count(last.inputs)} inputs`
  console.log(`${crash === null ? 'ok  ' : 'FAIL'} ${name}: ${figures}`)
  if (crash !== null) console.log(`     ${crash.crash}\n${crash.why}`)
  return crash === null
}

const names = readdirSync(join(here, 'targets')).map(file => file.replace(/\.js$/, ''))
const unknown = positionals.find(name => !names.includes(name))
if (unknown !== undefined || (values.input !== undefined && positionals.length !== 1)) {
  console.error(
    `fuzz: ${unknown === undefined ? '--input is for one target' : `there is no '${unknown}'`}; there are ${names.join(', ')}`,
  )
  process.exit(2)
}
if (values.stateful) {
  const { hours, seed, packets } = values
  const numbers = { hours: Number(hours), seed: Number(seed), ...(packets && { packets: Number(packets) }) }
  const bad = Object.entries(numbers).find(
    ([name, n]) => !(n >= 0) || (name !== 'hours' && !Number.isSafeInteger(n)),
  )
  if (bad !== undefined || positionals.length > 0) {
    console.error(
      bad === undefined
        ? 'fuzz: --stateful takes no targets'
        : `fuzz: --${bad[0]} must be a number, 0 or more, not '${values[bad[0]]}'`,
    )
    process.exit(2)
  }
  process.exit((await stateful(numbers)) ? 0 : 1)
}
if (values.input !== undefined) {
  const { fuzz } = await import(join(here, 'targets', `${positionals[0]}.js`))
  fuzz(readFileSync(values.input))
  console.log('it passes')
} else {
  let sound = true
  let ended = false
  const end = () => {
    ended = true
    stop()
  }
  process.on('SIGINT', end)
  process.on('SIGTERM', end)
  const due = Number(values.executions)
  do {
    for (const name of positionals.length > 0 ? positionals : names)
      if (!ended) sound = (await fuzzed(name)) && sound
    if (due > 0) console.log(`${count(sum())} of ${count(due)} executions`)
  } while (!ended && sound && sum() < due)
  process.exit(sound ? 0 : 1)
}
