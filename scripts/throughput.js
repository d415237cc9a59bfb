#!/usr/bin/env node
/**
 * Goodput by loss, round trip and congestion controller: ours in the simulator, what theory expects, and the kernel's
 * over the same emulated link. The first is the same on every machine: the diff of docs/throughput.md shows every change.
 *
 *   npm run throughput                # prints the table; fails when docs/throughput.md says otherwise
 *   npm run throughput -- --write     # writes docs/throughput.md
 *   npm run throughput -- --kernel    # measures the kernel anew (about seven minutes, as root)
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import process from 'node:process'
import { openProgress } from '../dist/src/cli/progress.js'
import { expected } from './throughput/expected.js'
import { simulated } from './throughput/simulated.js'

process.chdir(new URL('..', import.meta.url).pathname)
const DOCUMENT = 'docs/throughput.md'
const KERNEL = 'docs/throughput-kernel.json'

const RATE = 100e6
const SECONDS = 10
const SEEDS = 3

/** Ours, and what the kernel calls the same: its bbr is version 1. */
const CONTROLS = { reno: 'reno', cubic: 'cubic', bbr1: 'bbr', bbr: null }

const paths = Object.keys(CONTROLS).flatMap(control =>
  [0, 0.001, 0.01, 0.03].flatMap(loss => [10, 40, 100].map(rtt => ({ control, rate: RATE, rtt, loss }))),
)
const progress = await openProgress()
const key = ({ control, rtt, loss }) => `${control} ${loss} ${rtt}`

const measureKernel = () => {
  const words = paths
    .filter(({ control }) => CONTROLS[control] !== null)
    .map(path => JSON.stringify({ ...path, control: CONTROLS[path.control], seconds: SECONDS }))
  progress.say(`the kernel, ${words.length} paths, ${SECONDS} s each`)
  const output = execFileSync(
    'scripts/netns.sh',
    [process.execPath, 'scripts/throughput/kernel.js', ...words],
    {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const figures = {}
  for (const line of output.trim().split('\n')) {
    const { goodput, ...path } = JSON.parse(line)
    figures[key(path)] = Math.round(goodput)
  }
  writeFileSync(KERNEL, `${JSON.stringify({ seconds: SECONDS, figures }, null, 2)}\n`)
}

const megabits = bits => (bits / 1e6).toFixed(2)

const table = () => {
  const { figures } = existsSync(KERNEL) ? JSON.parse(readFileSync(KERNEL, 'utf8')) : { figures: {} }
  const rows = paths.map((path, n) => {
    let ours = 0
    for (let seed = 1; seed <= SEEDS; seed++) {
      progress.say(`path ${n + 1} of ${paths.length}, seed ${seed} of ${SEEDS}: ${path.control}`)
      ours += simulated({ ...path, seconds: SECONDS, seed }) / SEEDS
    }
    const kernel = figures[key({ ...path, control: CONTROLS[path.control] })]
    const cells = [
      path.control,
      `${path.loss * 100} %`,
      `${path.rtt} ms`,
      megabits(ours),
      megabits(expected(path)),
      kernel === undefined ? '–' : megabits(kernel),
      kernel === undefined ? '–' : (ours / kernel).toFixed(2),
    ]
    return `| ${cells.join(' | ')} |`
  })
  progress.done()
  return `# Goodput

Megabits of text a second of one connection over a link of ${RATE / 1e6} Mbit/s with a queue of one bandwidth-delay product (at
least 100 packets), packets of 1500 bytes, losses at random in the direction of the data.

- **tuntcp**: two hosts in the simulator, ${SECONDS} s of virtual time from the SYN on, the mean of ${SEEDS} seeds, a least RTO of 200 ms
  as Linux has it.
- **expected**: the controller's response function of a transfer without beginning: Mathis et al. for Reno, RFC 9438 §5.1 for
  CUBIC, the link less the losses for BBR.
- **kernel**: two kernel stacks in network namespaces, relayed through the same emulated link in real time,
  ${SECONDS} s from the SYN on; of one run, so it varies by some percent, and much more where losses are few. Its bbr is
  version 1, ours of that name is version 3.

\`npm run throughput\` makes this table and fails when it differs; \`-- --write\` writes it.

| controller | loss | round trip | tuntcp | expected | kernel | tuntcp ÷ kernel |
| --- | --: | --: | --: | --: | --: | --: |
${rows.join('\n')}
`
}

if (process.argv.includes('--kernel')) measureKernel()
const document = table()
if (process.argv.includes('--write')) writeFileSync(DOCUMENT, document)
else {
  process.stdout.write(document)
  if (!existsSync(DOCUMENT) || readFileSync(DOCUMENT, 'utf8') !== document) {
    console.error(`${DOCUMENT} says otherwise: npm run throughput -- --write`)
    process.exitCode = 1
  }
}
