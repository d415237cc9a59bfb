import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { Program, ROOT } from '../cli/program.ts'
import { noNamespace } from '../support/namespace.ts'
import { until } from '../support/namespace-case.ts'
import { missingTools, testUnless } from '../support/needs.ts'

const bench = (...args: string[]): Program =>
  new Program(process.execPath, [`${ROOT}scripts/bench.js`, ...args])
const micro = (...args: string[]): Program =>
  new Program(process.execPath, ['--expose-gc', `${ROOT}scripts/bench-micro.js`, ...args])

const allowed = testUnless(
  (process.getuid?.() === 0 ? noNamespace() : 'takes root') ??
    missingTools('taskset', 'sysctl', 'bash', 'cc'),
)

test('bench --help tells all options, subjects and figures', async t => {
  const { code, stdout, stderr } = await bench('--help').finished
  t.is(code, 0)
  t.is(stderr, '')
  for (const word of [
    '--only',
    '--start',
    '--json',
    '--write',
    'tuntcp-core',
    'tuntcp-plain',
    'tuntcp-software',
    'memory',
    'connect32',
    'cores',
  ])
    t.true(stdout.includes(word), word)
})

test('bench: a mistake costs one line and exit code 2', async t => {
  const { code, stdout, stderr } = await bench('--figures', 'speed').finished
  t.is(code, 2)
  t.is(stdout, '')
  t.regex(
    stderr,
    /^bench: --figures: there is no 'speed'; there are upload, .+; see npm run bench -- --help\n$/,
  )
})

test('bench: in memory it needs no rights, and keeps every report', async t => {
  const directory = mkdtempSync(join(tmpdir(), 'bench-test-'))
  t.teardown(() => rmSync(directory, { recursive: true }))
  const json = join(directory, 'reports.json')
  const argv = [
    '--only',
    'memory',
    '--figures',
    'echo,upload,lives',
    '--reps',
    '2',
    '--seconds',
    '0.05',
    '--json',
    json,
  ]
  const { code, stdout, stderr } = await bench(...argv).finished
  t.is(code, 0, stderr)
  t.regex(stdout, /^\| request\/response of 1 byte, \/s \| [\d .]+/m)
  t.regex(stdout, /^\| upload, GB\/s \| [\d.]+/m)
  const records = readFileSync(json, 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  t.deepEqual(
    records.map(({ repetition, subject, figure }) => [repetition, subject, figure]),
    [0, 1].flatMap(n => [
      [n, 'memory', 'upload'],
      [n, 'memory', 'echo'],
      [n, 'memory', 'lives'],
    ]),
  )
  for (const { figure, report } of records)
    t.true(figure === 'lives' ? report.none > 0 && report.log > 0 : report.seconds > 0 && report.cpu >= 0)
})

const leftBehind = (pid: number): string[] =>
  existsSync('/run/netns')
    ? readdirSync('/run/netns').filter(name => name.startsWith(`tuntcp-bench-${pid}-`))
    : []

allowed(
  'bench: node:net, a server in C and tuntcp side by side, in namespaces that are gone afterwards',
  async t => {
    // A figure that lasts as long as it takes, on whatever machine.
    const figure = ['--figures', 'idle', '--connections', '20', '--seconds', '0.1']
    const program = bench('--only', 'node:net,kernel,tuntcp', '--reps', '1', ...figure)
    const { code, stdout, stderr } = await program.finished
    t.is(code, 0, stderr)
    t.regex(stdout, /^\| \| node:net \| kernel \| tuntcp \|$/m)
    t.regex(stdout, /^\| idle connections: opened\/s \| [\d. ]+( \| [\d. ]+ \([\d.]+×\)){2} \|$/m)
    t.notRegex(stdout, /failed/)
    t.deepEqual(leftBehind(program.process.pid!), [])
  },
)

allowed('bench: a server that does not come up is told, with where it has said why', async t => {
  const start = 'echo there is no such thing >&2; exit 3'
  const argv = [
    '--only',
    'broken',
    '--subject',
    'broken',
    '--start',
    start,
    '--figures',
    'echo',
    '--reps',
    '1',
  ]
  const { code, stderr } = await bench(...argv).finished
  t.is(code, 1)
  const [, log] = /^ {2}broken: the server has ended \(exit code 3\) \(see (\S+)\)$/m.exec(stderr) ?? []
  t.truthy(log, stderr)
  t.is(readFileSync(log!, 'utf8'), 'there is no such thing\n')
  rmSync(join(log!, '..'), { recursive: true })
})

allowed('bench: interrupted it leaves nothing behind', async t => {
  const program = bench('--only', 'node:net', '--figures', 'upload', '--reps', '9', '--seconds', '60')
  const pid = program.process.pid!
  await program.prints(/1\/9 node:net/)
  await until(() => leftBehind(pid).length > 0)
  t.is((await program.end('SIGINT')).code, 130)
  t.deepEqual(leftBehind(pid), [])
})

const WORKERS = `${ROOT}scripts/bench/workers.js`

test('workers: a mistake costs one line and exit code 2', async t => {
  for (const word of ['cores=2', 'reps=0', 'reps']) {
    const { code, stdout, stderr } = await new Program(process.execPath, [WORKERS, word]).finished
    t.is(code, 2)
    t.is(stdout, '')
    t.is(stderr, `not an option: ${word}; there are seconds=N, reps=N, workers=N, milliseconds=N\n`)
  }
})

allowed('workers: pools of one worker and of more answer requests, and are compared', async t => {
  const words = ['seconds=0.1', 'reps=1', 'workers=3', 'milliseconds=0.1']
  const { code, stdout, stderr } = await new Program(`${ROOT}scripts/netns.sh`, [
    process.execPath,
    WORKERS,
    ...words,
  ]).finished
  t.is(code, 0, stderr)
  t.regex(stdout, /^0\.1 ms of CPU a request, \d+ processors$/m)
  for (const workers of ['1 worker', '3 workers']) {
    const [, rate] =
      new RegExp(`^${workers} +(\\d+) requests/s +[\\d.]+ processors used`, 'm').exec(stdout) ?? []
    t.true(Number(rate) > 0, stdout)
  }
  const [, ratio, only] =
    /^3 workers ÷ 1, requests\/s: ([\d.]+) \(median of ([\d.]+)\); for the same CPU: [\d.]+$/m.exec(stdout) ??
    []
  t.true(Number(ratio) > 0, stdout)
  t.is(ratio, only)
})

test('bench:micro: what it measures is a table, kept and compared', async t => {
  const directory = mkdtempSync(join(tmpdir(), 'bench-test-'))
  t.teardown(() => rmSync(directory, { recursive: true }))
  const json = join(directory, 'run.json')
  const first = await micro('--only', 'checksum of 40', '--samples', '4', '--json', json).finished
  t.is(first.code, 0, first.stderr)
  t.regex(first.stdout, /^\| checksum of 40 bytes \| [\d. ]+ ±\d+ % \|$/m)
  const run = JSON.parse(readFileSync(json, 'utf8'))
  // As if it had taken next to no time before: whatever this machine does meanwhile, it is slower now.
  for (const result of Object.values(run.results) as { low: number; median: number; high: number }[])
    if (result === run.results['checksum of 40 bytes']) result.low = result.median = result.high = 1e-6
  writeFileSync(json, JSON.stringify(run))
  const second = await micro('--only', 'checksum of 40', '--samples', '4', '--compare', json).finished
  t.is(second.code, 1, second.stderr)
  t.regex(second.stdout, /^\| checksum of 40 bytes \| .+ \| \*\*slower\*\* \|$/m)
  t.is(second.stderr, 'Slower than before: checksum of 40 bytes\n')
})

test('bench:micro: mistakes cost one line and exit code 2', async t => {
  for (const [argv, message] of [
    [['--samples', '3'], /--samples takes a whole number from 4, not '3'/],
    [['--only', 'nothing like it'], /no operation has 'nothing like it' in its name/],
    [['--compare', '/nowhere/run.json'], /\/nowhere\/run\.json is no run kept by --json/],
    [['--fast'], /'--fast'/],
  ] as const) {
    const { code, stdout, stderr } = await micro(...argv).finished
    t.is(code, 2)
    t.is(stdout, '')
    t.regex(stderr, /^bench:micro: .+; see npm run bench:micro -- --help\n$/)
    t.regex(stderr, message)
  }
})
