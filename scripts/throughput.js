#!/usr/bin/env node
/**
 * Goodput by loss, round trip and congestion controller, and on odd paths: ours in the simulator, what theory expects, and the
 * kernel's over the same emulated link. The first is the same on every machine: the diff of docs/throughput.md shows every change.
 *
 *   npm run throughput                  # prints the tables; fails when docs/throughput.md says otherwise
 *   npm run throughput -- --write       # writes docs/throughput.md
 *   npm run throughput -- --kernel 5    # measures the kernel anew, so many runs of each path, as root
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import process from 'node:process'
import { openProgress } from '../dist/src/cli/progress.js'
import { median } from './bench/statistics.js'
import { table } from './markdown.js'
import { expected } from './throughput/expected.js'
import { kernelRuns } from './throughput/kernel-runs.js'
import { CONTROLS, keyOf, LOSSY, ODD } from './throughput/paths.js'
import { simulated } from './throughput/simulated.js'
import { whyLow } from './throughput/why.js'

process.chdir(new URL('..', import.meta.url).pathname)
const DOCUMENT = 'docs/throughput.md'
const KERNEL = 'docs/throughput-kernel.json'

const SECONDS = 10
const SEEDS = 3
/** Below this share of the kernel's median there is something to say. */
const FAIR = 0.8

const progress = await openProgress()

/** By the names of the kernel's controllers. */
const asKernel = path => ({ ...path, control: CONTROLS[path.control] })

const measureKernel = async runs => {
  const paths = [...LOSSY, ...ODD].map(asKernel).filter(({ control }) => control !== null)
  const { goodputs, relay } = await kernelRuns(
    paths.map(path => ({ ...path, seconds: SECONDS })),
    runs,
    path => expected({ ...path, control: path.control === 'bbr' ? 'bbr1' : path.control }),
    (done, all) => progress.say(`the kernel: ${done} of ${all} runs of ${SECONDS} s`),
  )
  progress.done()
  const figures = {}
  for (const [path, list] of goodputs) figures[keyOf(path)] = list
  writeFileSync(KERNEL, `${JSON.stringify({ seconds: SECONDS, figures }, null, 2)}\n`)
  console.error(`the busiest relay took ${(100 * relay).toFixed(0)} % of a core`)
}

const megabits = bits => (bits / 1e6).toFixed(2)

/** Our figure of a path, cells of the kernel's with its spread and of the ratio, and whether that is low. */
const measured = (path, figures) => {
  progress.say(`${path.control}, ${path.name ?? `${path.loss * 100} %, ${path.rtt} ms`}`)
  let ours = 0
  for (let seed = 1; seed <= SEEDS; seed++) ours += simulated({ ...path, seconds: SECONDS, seed }) / SEEDS
  const runs = figures[keyOf(asKernel(path))]
  if (runs === undefined) return { ours, kernel: '–', ratio: '–', low: false }
  const middle = median(runs)
  const spread = runs.length > 1 ? ` (${megabits(Math.min(...runs))} to ${megabits(Math.max(...runs))})` : ''
  const ratio = ours / middle
  return { ours, kernel: `${megabits(middle)}${spread}`, ratio: ratio.toFixed(2), low: ratio < FAIR }
}

const page = () => {
  const { figures } = JSON.parse(readFileSync(KERNEL, 'utf8'))
  const low = []
  const lossy = LOSSY.map(path => {
    const { ours, kernel, ratio, low: isLow } = measured(path, figures)
    const name = `${path.control}, ${path.loss * 100} %, ${path.rtt} ms`
    if (isLow) low.push({ name, path, ratio })
    const cells = [path.control, `${path.loss * 100} %`, `${path.rtt} ms`, megabits(ours)]
    return [...cells, megabits(expected(path)), kernel, ratio]
  })
  const odd = ODD.map(path => {
    const { ours, kernel, ratio, low: isLow } = measured(path, figures)
    if (isLow) low.push({ name: `${path.control}, ${path.name}`, path, ratio })
    return [path.control, path.name, megabits(ours), kernel, ratio]
  })
  progress.done()
  const runs = Math.max(...Object.values(figures).map(list => list.length))
  return [
    '# Goodput',
    '',
    'Megabits of text a second of one connection over a link of 100 Mbit/s with a queue of one bandwidth-delay product (at',
    'least 100 packets), packets of 1500 bytes, losses at random in the direction of the data.',
    '',
    `- **tuntcp**: two hosts in the simulator, ${SECONDS} s of virtual time from the SYN on, the mean of ${SEEDS} seeds, a least RTO of 200 ms`,
    '  as Linux has it.',
    "- **expected**: the controller's response function of a transfer without beginning: Mathis et al. for Reno, RFC 9438 §5.1 for",
    '  CUBIC, the link less the losses for BBR.',
    '- **kernel**: two kernel stacks in network namespaces, relayed through the same emulated link in real time,',
    `  ${SECONDS} s from the SYN on; the median of ${runs} ${runs === 1 ? 'run' : 'runs, and in brackets the least and the most'}. Its bbr is version 1, ours of that name is version 3.`,
    '',
    '`npm run throughput` makes this page and fails when it differs; `-- --write` writes it, `-- --kernel 5` measures the kernel.',
    '',
    ...table([
      ['controller', 'loss', 'round trip', 'tuntcp', 'expected', 'kernel', 'tuntcp ÷ kernel'],
      ...lossy,
    ]),
    '',
    '## Other paths',
    '',
    'The same link, a round trip of 40 ms, no losses but those of the full queue. Where the window is small the kernel has a buffer',
    'of twice its size, since half of that is for what packets weigh.',
    ...(ODD.some(path => figures[keyOf(asKernel(path))] === undefined)
      ? ['Where its figure is – it has not been measured yet.']
      : []),
    '',
    ...table([['controller', 'what befalls packets', 'tuntcp', 'kernel', 'tuntcp ÷ kernel'], ...odd]),
    '',
    ...(low.length === 0
      ? []
      : [
          `## Below ${FAIR} of the kernel`,
          '',
          ...low.map(
            ({ name, path, ratio }) =>
              `- **${name}** (${ratio}): ${whyLow(path, runs) ?? 'why is not known.'}`,
          ),
          '',
        ]),
  ].join('\n')
}

const at = process.argv.indexOf('--kernel')
if (at >= 0) {
  const runs = Number(process.argv[at + 1] ?? 5)
  if (!(Number.isInteger(runs) && runs > 0))
    throw new Error(`--kernel takes a number of runs, not ${process.argv[at + 1]}`)
  await measureKernel(runs)
} else {
  const document = page()
  if (process.argv.includes('--write')) writeFileSync(DOCUMENT, document)
  else {
    process.stdout.write(document)
    if (!existsSync(DOCUMENT) || readFileSync(DOCUMENT, 'utf8') !== document) {
      console.error(`${DOCUMENT} says otherwise: npm run throughput -- --write`)
      process.exitCode = 1
    }
  }
}
