#!/usr/bin/env node
/**
 * Mutation testing: changes one operator, condition, number or statement at a time and runs the tests that reach
 * it. What no test notices is printed: a rule that nothing proves, or code that does nothing.
 *
 *   npm run mutate -- --sample 8 --seed 1       # of each module of src/tcp so many mutants, drawn by this seed
 *   npm run mutate -- src/tcp/block/rto.ts …    # all mutants of these modules
 *   npm run mutate -- --tests tcp,host …        # with the tests of these directories, or files
 *   npm run mutate -- --slow 500 …              # and none of more than 500 ms (2000)
 *   npm run mutate -- --budget 5000 …           # for each mutant tests of so many ms in all, the likeliest to kill first (2000)
 *   npm run mutate -- --minutes 20 …            # ends after so long; the same call goes on from there
 *   npm run mutate -- --anew …                  # what earlier runs found is forgotten
 *   npm run mutate -- --write                   # the table in docs/mutation.md
 *
 * dist/mutate-map.json holds which test reaches which mutant, dist/mutate-log.jsonl what became of each. A mutant of a
 * module that has not changed is not tried again: one that was killed never, one that was not until a test changes.
 */
import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { getPriority, setPriority } from 'node:os'
import { basename, join } from 'node:path'
import process from 'node:process'
import { openProgress } from '../dist/src/cli/progress.js'
import { SeededRandom } from '../dist/src/sim/seeded-random.js'
import { commandLine } from './command-line.js'
import { Crew } from './mutate/crew.js'
import { hashOf, mapTests } from './mutate/reach.js'
import { builtAs, findMutants, openWorkshop, putIn } from './mutate/workshop.js'

const LOG = 'dist/mutate-log.jsonl'

const root = new URL('..', import.meta.url).pathname
process.chdir(root)
setPriority(Math.max(10, getPriority()))

const { values, positionals } = commandLine(import.meta.url, {
  tests: { type: 'string', default: 'tcp,host,posix,packetdrill/scripts.test.ts' },
  slow: { type: 'string', default: '2000' },
  budget: { type: 'string', default: '2000' },
  sample: { type: 'string', default: 'Infinity' },
  seed: { type: 'string', default: '1' },
  minutes: { type: 'string', default: 'Infinity' },
  anew: { type: 'boolean', default: false },
  write: { type: 'boolean', default: false },
})

const typescript = directory =>
  readdirSync(directory, { recursive: true })
    .map(name => join(directory, name))
    .filter(name => name.endsWith('.ts'))
    .sort()
const modules = [...new Set([...typescript('src/tcp'), ...positionals])]
const asked = positionals.length > 0 ? positionals : modules
const files = values.tests
  .split(',')
  .flatMap(name => (name.endsWith('.ts') ? [join('test', name)] : typescript(join('test', name))))
  // Fuzzers take long, and what kills a mutant there is no proof of a rule.
  .filter(name => name.endsWith('.test.ts') && !name.includes('fuzz'))
  .map(builtAs)

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130))
const progress = await openProgress()
const mutants = findMutants(modules)
const directory = openWorkshop(root)
putIn(directory, modules, mutants, mutants)
const crew = new Crew({ directory, count: mutants.length })
/** For mutants that are on when modules are loaded: the crew's own worker keeps what it has loaded. */
const starters = new Crew({ directory, count: mutants.length })
const { tests, atStart, hash } = await mapTests(crew, modules, files, text => progress.say(text))

/** As many mutants of each module as are asked for, the same ones for the same seed, whichever modules are. */
const draw = () => {
  const random = new SeededRandom(Number(values.seed))
  const ranked = mutants.map(m => ({ m, rank: random.uint32() }))
  return asked.flatMap(module =>
    ranked
      .filter(({ m }) => m.module === module)
      .sort((a, b) => a.rank - b.rank)
      .slice(0, Number(values.sample))
      .map(({ m }) => m)
      .sort((a, b) => a.id - b.id),
  )
}
const drawn = draw()
putIn(directory, modules, mutants, drawn)

/** A test may take 20 times what it takes without a mutant: one that goes on for ever is told from one on a busy machine. */
const quick = tests
  .filter(({ ms }) => ms <= Number(values.slow))
  .sort((a, b) => a.ms - b.ms)
  .map(test => ({ ...test, calls: test.calls * 20 + 200_000, limit: test.ms * 20 + 5000 }))

/** The number of a module's mutants that a test has killed. */
const kills = new Map()
const killsOf = (module, { file, index }) => kills.get(`${module} ${file} ${index}`) ?? 0

/**
 * The tests for a mutant: first what has killed others of its module, then those of the file that has the module's name, then the
 * quickest, until the budget is spent. A mutant that survives them only may be killed by another: the score is never too high.
 */
const chosen = (module, reaching) => {
  let left = Number(values.budget)
  const own = ({ file }) => Number(basename(file, '.test.js') === basename(module, '.ts'))
  return reaching
    .sort((a, b) => killsOf(module, b) - killsOf(module, a) || own(b) - own(a))
    .filter(test => {
      left -= test.ms
      return left >= 0
    })
}

const hunt = async (m, list, active) => {
  const what = list.map(({ file, index, calls, limit }) => ({ file, index, calls, ms: limit }))
  const hunters = active < 0 ? crew : starters
  const reply = await hunters.ask({ type: 'hunt', id: m.id, tests: what }, active)
  if (reply.lost !== undefined) return { fate: 'killed', by: reply.lost }
  if (reply.killer < 0) return { fate: 'survived', by: '' }
  if (!reply.clean) await hunters.dismiss()
  const { file, index, title } = list[reply.killer]
  if (reply.proven) {
    const name = `${m.module} ${file} ${index}`
    kills.set(name, (kills.get(name) ?? 0) + 1)
  }
  return { fate: reply.proven ? 'killed' : 'doubtful', by: title }
}

const fateOf = async m => {
  const reaching = quick.filter(test => test.reaches(m.id))
  let settled = { fate: 'unreached', by: '' }
  if (reaching.length > 0) settled = await hunt(m, chosen(m.module, reaching), -1)
  // The remains of other mutants may have killed it: with modules loaded anew it is killed or not.
  if (settled.fate === 'doubtful') {
    await crew.dismiss()
    settled = await hunt(m, chosen(m.module, reaching), -1)
    if (settled.fate === 'doubtful') settled.fate = 'killed'
  }
  if (settled.fate === 'killed' || !atStart(m.id)) return settled
  // It is about what runs once, when the modules are loaded: with it switched on from there, the tests that reach the module.
  const others = mutants.filter(({ module }) => module === m.module)
  let near = quick.filter(test => others.some(({ id }) => test.reaches(id)))
  // A module of constants alone is reached by nobody, and loaded once for all files: any test may be about it, first those that
  // have its name.
  const named = ({ file }) => Number(basename(file).startsWith(basename(m.module, '.ts')))
  if (near.length === 0)
    near = quick.toSorted(
      (a, b) => named(b) - named(a) || files.indexOf(a.file) - files.indexOf(b.file) || a.index - b.index,
    )
  if (near.length === 0) return settled
  settled = await hunt(m, chosen(m.module, near), m.id)
  await starters.dismiss()
  return settled
}

// The findings of earlier runs.

if (values.anew) rmSync(LOG, { force: true })
const texts = new Map(modules.map(module => [module, hashOf(readFileSync(builtAs(module), 'utf8'))]))
const nameOf = ({ module, ordinal }) => `${module} ${texts.get(module)} ${ordinal}`
/** With other tests, or more of them, another fate is possible for all but the dead. */
const trial = `${hash} ${values.slow} ${values.budget}`
const earlier = new Map()
if (existsSync(LOG))
  for (const line of readFileSync(LOG, 'utf8').trim().split('\n').filter(Boolean)) {
    const { name, ...settled } = JSON.parse(line)
    if (settled.fate === 'killed' || settled.trial === trial) earlier.set(name, settled)
    else earlier.delete(name)
  }

const began = Date.now()
const over = () => Date.now() - began > Number(values.minutes) * 60_000
const tried = []
// One of each module in turn: a run that ends early says something of all.
const turns = drawn.map((m, i) => ({
  m,
  turn: drawn.slice(0, i).filter(({ module }) => module === m.module).length,
}))
for (const { m } of turns.sort((a, b) => a.turn - b.turn)) {
  progress.say(
    `${tried.length} of ${drawn.length} mutants, ${tried.filter(({ fate }) => fate !== 'killed').length} alive: ${m.module}`,
  )
  let settled = earlier.get(nameOf(m))
  if (settled === undefined) {
    if (over()) continue
    settled = await fateOf(m)
    const { module, line, from, to } = m
    appendFileSync(LOG, `${JSON.stringify({ name: nameOf(m), module, line, from, to, ...settled, trial })}\n`)
  }
  tried.push({ ...m, ...settled })
}
await crew.dismiss()
progress.done()

const short = text => text.replace(/\s+/g, ' ')
for (const m of tried.sort((a, b) => a.id - b.id))
  if (m.fate !== 'killed')
    console.log(
      `${m.module}:${m.line}  ${m.fate}: ${short(m.from)}  ${m.to === '' ? 'removed' : `→ ${short(m.to)}`}`,
    )

const table = asked.map(module => {
  const of = tried.filter(m => m.module === module)
  const number = fate => of.filter(m => m.fate === fate).length
  return {
    module,
    all: mutants.filter(m => m.module === module).length,
    mutants: of.length,
    killed: number('killed'),
    survived: number('survived'),
    unreached: number('unreached'),
    score: of.length === 0 ? 100 : (100 * number('killed')) / of.length,
  }
})
for (const row of table)
  if (row.mutants > 0)
    console.log(
      `${row.module.padEnd(48)} ${row.score.toFixed(1).padStart(5)} %  ${row.killed} of ${row.mutants}, ${row.survived} survived, ${row.unreached} unreached`,
    )
const killed = tried.filter(m => m.fate === 'killed').length
console.log(
  `${killed} of ${tried.length} killed, ${((100 * killed) / Math.max(1, tried.length)).toFixed(1)} %; ${drawn.length - tried.length} of ${drawn.length} not tried; ${mutants.length} there are`,
)
if (values.write) writeTable()
process.exit(0)

/** The rows of the modules of this run anew, those of others as they were. */
function writeTable() {
  const path = 'docs/mutation.md'
  const [text, rows] = [readFileSync(path, 'utf8'), new Map()]
  for (const [line, module] of text.matchAll(/^\| (src\S+) .*\n/gm)) rows.set(module, line)
  for (const row of table.filter(({ mutants }) => mutants > 0))
    rows.set(
      row.module,
      `| ${row.module} | ${row.mutants === row.all ? row.all : `${row.mutants} of ${row.all}`} | ${row.killed} | ${row.survived} | ${row.unreached} | ${row.score.toFixed(1)} % |\n`,
    )
  const sorted = [...rows.keys()].sort().map(module => rows.get(module))
  writeFileSync(
    path,
    text.replace(
      /(\| ---[ -:|]*\n)(\| (?:src|all).*\n)*/,
      (_, head) => head + sorted.join('') + sumOf(sorted),
    ),
  )
}

/** The row of all modules. */
function sumOf(rows) {
  const sum = [0, 0, 0, 0, 0]
  for (const row of rows) {
    const [, , mutants, ...fates] = row.split('|').map(cell => cell.trim())
    const [tried, all = tried] = mutants.split(' of ')
    for (const [n, value] of [tried, all, ...fates.slice(0, 3)].entries()) sum[n] += Number(value)
  }
  const [tried, all, killed, survived, unreached] = sum
  const score = ((100 * killed) / Math.max(1, tried)).toFixed(1)
  return `| all | ${tried} of ${all} | ${killed} | ${survived} | ${unreached} | ${score} % |\n`
}
