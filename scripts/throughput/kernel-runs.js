/** The kernel's goodput on each path, several runs of each, as many at once as the machine bears. */
import { spawn } from 'node:child_process'
import process from 'node:process'
import { text } from 'node:stream/consumers'

/** A path counts by what its relay has to do, against this at once on two cores. */
const AT_ONCE = 8
/** The relay counts of a full link, and of one whose losses leave little. */
const HEAVY = 2
const LIGHT = 1
const LITTLE = 20e6

/** One run; bits a second. */
const run = async path => {
  const child = spawn(
    'scripts/netns.sh',
    [process.execPath, 'scripts/throughput/kernel.js', JSON.stringify(path)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const output = await text(child.stdout)
  if (output === '') throw new Error(`no figure of ${JSON.stringify(path)}`)
  return JSON.parse(output)
}

/**
 * @param {object[]} paths
 * @param {(path: object) => number} expected bits a second, to know how much there is to relay
 * @param {(done: number, all: number) => void} told hears of each run
 * @returns {Promise<{ goodputs: Map<object, number[]>, relay: number }>} of each path the runs' bits a second; and the largest
 * share of a core that a relay took: near 1 it had no time left, and the figures are not the kernel's
 */
export const kernelRuns = async (paths, runs, expected, told) => {
  let done = 0
  const goodputs = new Map(paths.map(path => [path, []]))
  let relay = 0
  let load = 0
  const waiting = []
  const freed = () => {
    for (const go of waiting.splice(0)) go()
  }
  const left = []
  for (let n = 1; n <= runs; n++) for (const path of paths) left.push({ ...path, of: path, seed: n })
  const all = left.map(async ({ of, ...path }) => {
    const weight = expected(path) > LITTLE ? HEAVY : LIGHT
    while (load + weight > AT_ONCE) await new Promise(go => waiting.push(go))
    load += weight
    try {
      const result = await run(path)
      goodputs.get(of).push(Math.round(result.goodput))
      relay = Math.max(relay, result.relay)
      told(++done, left.length)
    } finally {
      load -= weight
      freed()
    }
  })
  await Promise.all(all)
  return { goodputs, relay }
}
