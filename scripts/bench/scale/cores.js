/** Memory of an idle connection of the core, without a Socket: bytes each, of so many. */
import process from 'node:process'
import { run } from './answer.js'
import { RawPeer } from './raw-peer.js'

const STEPS = [10_000, 100_000, 1_000_000]

/** Bytes: what one connection may take while it is opened, to know beforehand whether there is room. */
const GENEROUS = 5000

const used = () => {
  globalThis.gc()
  globalThis.gc()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

await run(({ most }) => {
  const peer = new RawPeer({ connections: STEPS.at(-1) })
  const report = {}
  // The parts that are made once, whatever comes.
  peer.open(1000)
  const before = used()
  let open = 1000
  for (const step of STEPS) {
    if (step * GENEROUS > most * 2 ** 20) break
    peer.open(step - open)
    open = step
    report[`bytes${step}`] = (used() - before) / (step - 1000)
  }
  return report
})
