#!/usr/bin/env node
/**
 * Mutation testing: changes one operator, condition, number or statement at a time and runs the tests that reach
 * it. What no test notices is printed: a rule that nothing proves, or code that does nothing.
 *
 *   npm run mutate -- src/tcp/block/rto.ts …          # these modules; all of src/tcp without any
 *   npm run mutate -- --tests tcp,host,wire …   # with the tests of these directories, or files (tcp and host)
 *   npm run mutate -- --slow 1000 …             # and tests of up to 1000 ms (500)
 *   npm run mutate -- --budget 5000 …           # for each mutant tests of so many ms in all, the likeliest to kill first
 *   npm run mutate -- --sample 25 --seed 7 …    # of each module so many mutants, drawn by this seed
 *   npm run mutate -- --json FILE …             # every mutant and its fate
 *   npm run mutate -- --again FILE …            # only those that were not killed in the run that wrote FILE
 *   npm run mutate -- --write                   # the table in docs/mutation.md
 */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { SourceMap } from 'node:module'
import { setPriority, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { Worker } from 'node:worker_threads'
import { openProgress } from '../dist/src/cli/progress.js'
import { SeededRandom } from '../dist/src/sim/seeded-random.js'
import { commandLine } from './command-line.js'
import { instrument } from './mutate/instrument.js'

const root = new URL('..', import.meta.url).pathname
process.chdir(root)
setPriority(10)

const { values, positionals } = commandLine(import.meta.url, {
  tests: { type: 'string', default: 'tcp,host' },
  slow: { type: 'string', default: '500' },
  budget: { type: 'string', default: 'Infinity' },
  sample: { type: 'string', default: 'Infinity' },
  seed: { type: 'string', default: '1' },
  json: { type: 'string' },
  again: { type: 'string' },
  write: { type: 'boolean', default: false },
})

const typescript = directory =>
  readdirSync(directory, { recursive: true })
    .map(name => join(directory, name))
    .filter(name => name.endsWith('.ts'))
    .sort()
const modules = positionals.length > 0 ? positionals : typescript('src/tcp')
const compiled = name => name.replace(/\.ts$/, '.js')

// The workshop: a copy of what was built, with the mutants in it and a test runner that can be run again and again.

const directory = mkdtempSync(join(tmpdir(), 'mutate-'))
process.on('exit', () => rmSync(directory, { recursive: true, force: true }))
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130))

mkdirSync(join(directory, 'dist'))
cpSync('dist/src', join(directory, 'dist/src'), { recursive: true })
cpSync('dist/test', join(directory, 'dist/test'), { recursive: true })
cpSync('scripts/mutate/ava.js', join(directory, 'ava.js'))
cpSync('package.json', join(directory, 'package.json'))
symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'))
for (const name of readdirSync(join(directory, 'dist/test'), { recursive: true })) {
  if (!name.endsWith('.js')) continue
  const path = join(directory, 'dist/test', name)
  writeFileSync(path, readFileSync(path, 'utf8').replace(/from 'ava'/, `from '${directory}/ava.js'`))
}
const files = values.tests
  .split(',')
  .flatMap(name => (name.endsWith('.ts') ? [join('test', name)] : typescript(join('test', name))))
  // Fuzzers take long, and what kills a mutant there is no proof of a rule.
  .filter(name => name.endsWith('.test.ts') && !name.includes('fuzz'))
  .map(name => `dist/${compiled(name)}`)

const mutants = []
for (const module of modules) {
  const path = join('dist', compiled(module))
  const { code, mutants: found } = instrument(readFileSync(path, 'utf8'), mutants.length)
  const map = new SourceMap(JSON.parse(readFileSync(`${path}.map`, 'utf8')))
  for (const m of found) {
    const { originalLine } = map.findEntry(m.line - 1, m.column)
    mutants.push({ ...m, module, line: originalLine + 1, fate: '', by: '' })
  }
  mkdirSync(dirname(join(directory, path)), { recursive: true })
  writeFileSync(join(directory, path), code)
}

/** Of each module as many as are asked for, the same ones for the same seed. */
const draw = () => {
  const random = new SeededRandom(Number(values.seed))
  return modules.flatMap(module =>
    mutants
      .filter(m => m.module === module)
      .map(m => ({ m, rank: random.uint32() }))
      .sort((a, b) => a.rank - b.rank)
      .slice(0, Number(values.sample))
      .map(({ m }) => m)
      .sort((a, b) => a.id - b.id),
  )
}
const drawn = draw()

// One worker at a time: whoever tests is not alone on the machine.

// (A busy machine is no loop without end: that is counted, see the worker.)
const SILENCE = 60_000
const PATIENCE = 300_000
let worker = null
let dirty = false

const start = active =>
  new Promise((resolve, reject) => {
    const progress = new SharedArrayBuffer(4)
    const w = new Worker(new URL('./mutate/worker.js', import.meta.url), {
      workerData: { directory, files, count: mutants.length, active, progress },
      resourceLimits: { maxOldGenerationSizeMb: 1024 },
      stdout: true,
      stderr: true,
    })
    const state = { w, beat: new Int32Array(progress), waiting: null, gone: false }
    const lost = why => {
      state.gone = true
      if (state.waiting) state.waiting({ type: 'lost', why })
      else reject(new Error(why))
    }
    w.on('error', error => lost(String(error)))
    w.on('exit', () => lost('the worker has ended'))
    const slow = setTimeout(() => {
      w.terminate()
      lost('loading takes too long')
    }, PATIENCE)
    w.once('message', message => {
      clearTimeout(slow)
      if (message.type === 'ready') resolve(state)
      else reject(new Error(message.error))
    })
  })

/** Sends a message and waits for the answer; a test that takes too long costs the worker its life. */
const ask = (state, message, silence = SILENCE) =>
  new Promise(resolve => {
    let beats = -1
    let since = Date.now()
    const watch = setInterval(() => {
      const now = Atomics.load(state.beat, 0)
      if (now !== beats) {
        beats = now
        since = Date.now()
      } else if (Date.now() - since > silence) {
        state.gone = true
        answer({ type: 'lost', why: 'timeout' })
        state.w.terminate()
      }
    }, 200)
    const answer = reply => {
      clearInterval(watch)
      state.waiting = null
      state.w.removeListener('message', answer)
      resolve(reply)
    }
    state.waiting = answer
    state.w.on('message', answer)
    state.w.postMessage(message)
  })

const close = async () => {
  const old = worker
  worker = null
  if (old !== null && !old.gone) await old.w.terminate()
}

const progress = await openProgress()
progress.say(`${drawn.length} mutants; the tests without any of them`)
worker = await start(-1)
const { tests, atStart, why } = await ask(worker, { type: 'baseline' }, PATIENCE)
if (tests === undefined) throw new Error(`without any mutant: ${why}`)
for (const { file, title, error } of tests)
  if (error !== null && error !== 'long')
    console.error(
      `without any mutant '${title}' of ${file} fails beside all others, and is left out: ${error}`,
    )

/** For each mutant the tests that reach it, the quickest first, with how often they may reach any. */
const quick = tests
  .map((test, index) => ({ ...test, index, limit: test.calls * 20 + 200_000 }))
  .filter(({ error, ms }) => error === null && ms <= Number(values.slow))
  .sort((a, b) => a.ms - b.ms)
const all = quick.map(({ index, limit }) => [index, limit])
const reaching = mutants.map(() => [])
for (const { index, limit, reached } of quick) for (const id of reached) reaching[id].push([index, limit])
const loaded = new Set(atStart)

/**
 * The tests for a mutant: first what has killed others of its module, then the quickest, until the budget is spent. Who
 * survives them only may be killed by another: the score is never too high.
 */
const kills = new Map()
const chosen = m => {
  const before = index => kills.get(`${m.module} ${index}`) ?? 0
  const list = [...reaching[m.id]].sort(([a], [b]) => before(b) - before(a))
  let left = Number(values.budget)
  return list.filter(([index]) => {
    left -= tests[index].ms
    return left >= 0 || before(index) > 0
  })
}

const settle = async (m, list) => {
  for (const fresh of [false, true]) {
    if (worker === null || worker.gone || dirty || fresh) {
      await close()
      worker = await start(-1)
      dirty = false
    }
    const reply = await ask(worker, { id: m.id, tests: list })
    if (reply.type === 'lost') return ['killed', reply.why]
    dirty = reply.killer >= 0 && !reply.clean
    if (reply.killer >= 0 && (fresh || reply.clean)) {
      const name = `${m.module} ${reply.killer}`
      kills.set(name, (kills.get(name) ?? 0) + 1)
      return ['killed', tests[reply.killer].title]
    }
    // What has run before may have left behind in the modules what this one should have set, or have broken them.
  }
  return ['survived', '']
}

/** A mutant of what runs once, when the modules are loaded. */
const settleAtStart = async m => {
  await close()
  try {
    worker = await start(m.id)
  } catch {
    worker = null
    return ['killed', 'loading']
  }
  dirty = true
  const reply = await ask(worker, { id: m.id, tests: all })
  if (reply.type === 'lost') return ['killed', reply.why]
  return reply.killer < 0 ? ['survived', ''] : ['killed', tests[reply.killer].title]
}

/** Those of the earlier run are told by what they change, and the how many-th such change of their module they are. */
const namesOf = list => {
  const seen = new Map()
  return list.map(({ module, from, to }) => {
    const name = JSON.stringify([module, from, to])
    seen.set(name, (seen.get(name) ?? 0) + 1)
    return `${name} ${seen.get(name)}`
  })
}
const killedBefore = new Map()
if (values.again) {
  const earlier = JSON.parse(readFileSync(values.again, 'utf8'))
  const names = namesOf(earlier)
  for (const [i, m] of earlier.entries()) if (m.fate === 'killed') killedBefore.set(names[i], m.by)
}
const names = namesOf(drawn)

const began = Date.now()
const saved = () => values.json && writeFileSync(values.json, JSON.stringify(drawn, null, 1))
let alive = 0
for (const [i, m] of drawn.entries()) {
  progress.say(`mutant ${i + 1} of ${drawn.length}, ${alive} alive: ${m.module}`)
  if (killedBefore.has(names[i])) {
    m.fate = 'killed'
    m.by = killedBefore.get(names[i])
    continue
  }
  if (i % 100 === 0) saved()
  if (reaching[m.id].length > 0) [m.fate, m.by] = await settle(m, chosen(m))
  else m.fate = 'unreached'
  if (m.fate !== 'killed' && loaded.has(m.id)) [m.fate, m.by] = await settleAtStart(m)
  if (m.fate !== 'killed') {
    alive++
    const what = m.to === '' ? 'removed' : `→ ${m.to}`
    console.log(
      `${m.module}:${m.line}  ${m.fate}: ${m.from.replace(/\s+/g, ' ')}  ${what.replace(/\s+/g, ' ')}`,
    )
  }
}
await close()
progress.done()

const table = modules.map(module => {
  const of = drawn.filter(m => m.module === module)
  const number = fate => of.filter(m => m.fate === fate).length
  const score = of.length === 0 ? 100 : (100 * number('killed')) / of.length
  return {
    module,
    all: mutants.filter(m => m.module === module).length,
    mutants: of.length,
    killed: number('killed'),
    survived: number('survived'),
    unreached: number('unreached'),
    score,
  }
})
for (const row of table)
  console.log(
    `${row.module.padEnd(32)} ${row.score.toFixed(1).padStart(5)} %  ${row.killed} of ${row.mutants}, ${row.survived} survived, ${row.unreached} unreached`,
  )
const killed = drawn.filter(m => m.fate === 'killed').length
console.log(
  `${killed} of ${drawn.length} (of ${mutants.length}) killed in ${Math.round((Date.now() - began) / 1000)} s`,
)
saved()
if (values.write) writeTable()

/** The rows of the modules of this run anew, those of others as they were. */
function writeTable() {
  const path = 'docs/mutation.md'
  const [text, rows] = [readFileSync(path, 'utf8'), new Map()]
  for (const [line, module] of text.matchAll(/^\| (src\S+) .*\n/gm)) rows.set(module, line)
  for (const row of table)
    rows.set(
      row.module,
      `| ${row.module} | ${row.mutants === row.all ? row.all : `${row.mutants} of ${row.all}`} | ${row.killed} | ${row.survived} | ${row.unreached} | ${row.score.toFixed(1)} % |\n`,
    )
  const sorted = [...rows.keys()].sort().map(module => rows.get(module))
  writeFileSync(
    path,
    text.replace(/(\| ---[ -:|]*\n)(\| src.*\n)*/, (_, head) => head + sorted.join('')),
  )
}
