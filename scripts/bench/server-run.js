/** One subject behind a network, once: its server, and every figure in turn. */
import { closeSync, openSync } from 'node:fs'
import process from 'node:process'
import { runClient } from './client.js'
import { watchCollections } from './collections.js'
import { Control } from './control.js'
import { watchOthers } from './disturbance.js'
import { FIGURES } from './figures.js'
import { runIdle } from './idle.js'
import { createNetwork, DEVICE, PLACES, removeNetwork } from './network.js'
import { start, stop } from './processes.js'
import { hasWrk, runWrk } from './wrk.js'

/**
 * The time that a server may take to answer, s; and the longest warming up, each way with what is checked, and then with
 * connections: until its compiler has seen everything.
 */
const READY = 15
const WARM_UP = 2
/**
 * The time for which a server does what is measured before it is measured, s, and for how many measurements' time at most. The first
 * gigabyte takes three times the CPU time of later ones, and the first hundred thousand requests twice that: the compiler works on
 * the same core. Transfers that are checked are little practice: while code is cold acknowledgments seem far away, and all is copied,
 * which is not what a server does later.
 */
const PRACTICE = 5
const MOST_PRACTICE = 2

/** True of a server that is none of ours and has nothing there. */
const isMissing = ({ error = '' }) => /connection refused/i.test(error)

const measure = (place, name, subject, control) => {
  const { client = name, words } = FIGURES[name]
  if (name === 'idle') return runIdle(place, control, subject.network === 'veth' ? 2 : 1)
  if (name === 'http' && hasWrk()) return runWrk(place)
  return runClient(place, client, words)
}

/**
 * The disturbance of a figure: how much of a core others took of the machine, and collections of garbage.
 * @param log where node --trace-gc writes; null where that is not what runs
 */
const watched = async (log, measuring) => {
  const collected = log === null ? () => undefined : watchCollections(log)
  const others = watchOthers()
  const report = await measuring()
  if (report.serverCpu === undefined) return report
  return { ...report, collections: collected(), others: others(report.serverCpu + report.clientCpu) }
}

/** Waits until the server answers, and makes sure of what it answers; `{ error }` when it does not. */
const warmUp = async (place, child) => {
  const gone = new AbortController()
  let ended = null
  child.once('exit', (code, signal) => {
    ended = { error: `the server has ended (${signal ?? `exit code ${code}`})` }
    gone.abort()
  })
  const ready = await runClient({ ...place, seconds: READY, until: gone.signal }, 'ready')
  if (ended !== null || ready.error) return ended ?? ready
  const seconds = Math.min(WARM_UP, place.seconds)
  const verified = await runClient({ ...place, seconds }, 'verify')
  if (verified.error) return verified
  return await runClient({ ...place, seconds }, FIGURES.connect32.client, FIGURES.connect32.words)
}

/** Has the server do what is measured next, unless that is something that it does once. */
const practise = async (place, name, subject) => {
  if (FIGURES[name].alone) return
  await measure({ ...place, seconds: Math.min(PRACTICE, MOST_PRACTICE * place.seconds) }, name, subject)
}

/** Starts the server, warms it up, and measures in one and the same process. */
const runServer = async (bench, subject, figures, report) => {
  const { family = 4 } = subject
  const { client, server } = createNetwork(subject.network, family)
  const log = openSync(bench.log, 'a')
  const command =
    subject.compiled === undefined
      ? subject.command
      : [...bench.programs[subject.compiled], ...subject.command]
  const child = start(server, bench.cores[0], command, {
    stdio: ['pipe', log, log, 'pipe'],
    env: { ...process.env, NS: server, TUN: DEVICE, ADDR: PLACES[family].server, MTU: '1500' },
  })
  closeSync(log)
  const control = subject.control ? new Control(child) : null
  const place = {
    client: bench.client,
    namespace: client,
    family,
    core: bench.cores[1],
    session: child.pid,
    seconds: bench.seconds,
    connections: bench.connections,
  }
  try {
    const begun = await warmUp(place, child)
    if (begun.error) {
      report(null, begun)
      return
    }
    for (const name of figures) {
      await practise(place, name, subject)
      const result = await watched(control && bench.log, () => measure(place, name, subject, control))
      if (control !== null || !isMissing(result)) report(name, result)
    }
  } finally {
    await stop(child)
    removeNetwork()
  }
}

/**
 * @param bench { client, programs: words that start each compiled server, cores: [server's, client's], seconds, connections,
 *   figures, log: path }
 * @param report is given each figure's name (null: the server does not work) and what the client has reported
 */
export const runBehindNetwork = async (bench, subject, report) => {
  const figures = bench.figures.filter(
    name => !FIGURES[name].memoryOnly && (subject.figures?.includes(name) ?? true),
  )
  // A figure of memory has a server of its own, which nothing has blown up before.
  const shared = figures.filter(name => !FIGURES[name].alone)
  if (shared.length > 0) await runServer(bench, subject, shared, report)
  for (const name of figures.filter(name => FIGURES[name].alone))
    await runServer(bench, subject, [name], report)
}
