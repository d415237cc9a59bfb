/** Runs a lab in real time, with the kernel's TCP at one end or both. */

import { CaptureError } from '../trace/capture-error.ts'
import { pushAll } from '../trace/extremes.ts'
import { SHORT_TAIL } from './bench.ts'
import { Findings } from './findings.ts'
import { annotate, endpointOf, type KernelCapture, segmentTexts } from './kernel/annotate.ts'
import { PacketCapture } from './kernel/packet-capture.ts'
import type { KernelTransition, StateTrace } from './kernel/state-trace.ts'
import { isSamePath, toldPaths } from './kernel/told-paths.ts'
import type { Lab } from './lab.ts'
import { createRealBench, type Stack } from './real-bench.ts'
import { rebased } from './rebased-run.ts'
import type { EndName, RunSegment } from './recorder.ts'
import { replayed, type ToldEnd } from './replayed-run.ts'
import { CaptureInMemory, type LabResult } from './run-virtual.ts'
import { StallWatch } from './stall-watch.ts'

const ENDS: readonly EndName[] = ['client', 'server']

export interface RealRunOptions {
  readonly stacks: Readonly<Record<EndName, Stack>>
  /** The version of IP between the ends; default 4. */
  readonly family?: 4 | 6
  /** To wait also for what no kernel shortens: its TIME_WAIT of a minute. */
  readonly patient?: boolean
  /** The kernel's own word on its states; null where it cannot be had. */
  readonly trace?: StateTrace | null
}

/**
 * Plays a lab in real time. Its findings are those of the lab, and that three sources agree on the kernel's ends: the
 * path between, tcpdump in the kernel's namespace, and the kernel's own tracepoint.
 * @throws TunError, Error where the ends cannot be made: see whyNoKernel()
 */
export const runReal = async (lab: Lab, options: RealRunOptions): Promise<LabResult> => {
  const { stacks, patient = false, trace = null, family = 4 } = options
  const own = ENDS.filter(end => stacks[end] === 'tuntcp').map(end => {
    return [end, new CaptureInMemory(performance.timeOrigin + performance.now())] as const
  })
  const bench = await createRealBench(lab.bench(true), {
    stacks,
    seed: lab.name,
    patient,
    family,
    watch: Object.fromEntries(own.map(([end, { capture }]) => [end, capture.sink])),
  })
  const watch = new StallWatch()
  const monotonic = Number(process.hrtime.bigint()) / 1e6 - bench.now
  const transitions: KernelTransition[] = []
  const lost = trace?.lost ?? 0
  const unsubscribe = trace?.subscribe(t => transitions.push(t))
  const missing: string[] = []
  const kernels = ENDS.filter(end => stacks[end] === 'kernel')
  const dumps = await Promise.all(
    kernels.map(async end => {
      const { actor } = bench.kernels[end]!
      const capture = await PacketCapture.start(actor.pid, actor.device)
      if (typeof capture === 'string') missing.push(`no capture by tcpdump: ${capture}`)
      return { end, device: actor.device, capture: typeof capture === 'string' ? null : capture }
    }),
  )
  const during = new Findings(bench.run, { realTime: true })
  const captures: Partial<Record<EndName, Uint8Array>> = {}
  const checks: (() => void)[] = []
  const toldEnds: ToldEnd[] = []
  try {
    await bench.play(b => lab.script(b, during), SHORT_TAIL)
  } catch (error) {
    during.that('the experiment can be carried out', false, (error as Error).message)
  }
  try {
    bench.run.stop()
    for (const [end, memory] of own) captures[end] = memory.end()
    const { segments } = bench.run
    const told = trace !== null && (await trace.sync()) && trace.lost === lost
    if (trace !== null && !told) missing.push('the kernel told more of its states than could be read')
    unsubscribe?.()
    const heard = told ? [...transitions] : []
    for (const { end, device, capture } of dumps) {
      const address = bench.addresses[end]
      const states = toldPaths(heard.filter(({ local }) => local.startsWith(endpointOf(address))))
      for (const { local, remote, states: all, time } of states)
        if (all.at(-1) === 'CLOSED')
          toldEnds.push({ end, connection: `${local} ${remote}`, from: all.at(-2)!, time: time - monotonic })
      const expected = passing(segments, end)
      const peer = bench.addresses[end === 'client' ? 'server' : 'client']
      const file = await capture?.stop(() => bench.kernels[end]!.actor.call('discard', { address: peer }))
      if (file === undefined) continue
      const seen = annotate(file, address, device)
      captures[end] = seen.pcapng
      checks.push(() => {
        held(during, end, expected, seen)
        if (told) agreed(during, end, seen, states)
      })
    }
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error
    missing.push(`no capture by tcpdump: ${error.message}`)
  } finally {
    bench.close()
  }
  const stall = watch.stop()
  for (const check of checks) check()
  const run = rebased(replayed(bench.run, kernels, toldEnds))
  const findings = new Findings(run, { realTime: true })
  pushAll(findings.all, during.all)
  lab.check(findings)
  return {
    lab,
    name: `${stacks.client} ↔ ${stacks.server}`,
    run,
    findings,
    captures,
    missing: [...new Set(missing)],
    stall: Math.round(stall),
  }
}

interface Passing {
  readonly sent: readonly string[]
  readonly received: readonly string[]
}

/** The packets of an end that the path saw, in the order in which they left and arrived. */
const passing = (segments: readonly RunSegment[], end: EndName): Passing => {
  const texts = segmentTexts(segments)
  const all = segments.map((segment, i) => ({ segment, text: texts[i]! }))
  return {
    sent: all.filter(({ segment }) => segment.from === end).map(({ text }) => text),
    received: all
      .filter(({ segment }) => segment.from !== end)
      .flatMap(({ segment, text }) => segment.arrivals.map(time => ({ time, text })))
      .sort((a, b) => a.time - b.time)
      .map(({ text }) => text),
  }
}

/** tcpdump has seen in the kernel's namespace what the path saw: what it has beyond was too late for the path. */
const held = (findings: Findings, end: EndName, expected: Passing, seen: KernelCapture): void => {
  for (const [what, path, dump] of [
    ['sent', expected.sent, seen.sent],
    ['received', expected.received, seen.received],
  ] as const) {
    // On several processors what goes at the same time may be seen in another order.
    const rest = [...dump]
    const absent = path.filter(text => {
      const at = rest.indexOf(text)
      if (at >= 0) rest.splice(at, 1)
      return at < 0
    })
    findings.that(
      `tcpdump has captured what the ${end}'s kernel ${what}: ${path.length} segments`,
      absent.length === 0,
      `not ${absent.join(', ')}`,
    )
  }
}

/** The kernel tells of the states that its capture shows. */
const agreed = (
  findings: Findings,
  end: EndName,
  seen: KernelCapture,
  told: ReturnType<typeof toldPaths>,
): void => {
  const rest = [...told]
  const paths = seen.paths.filter(({ states }) => states.length > 1)
  if (paths.length === 0) return
  const wrong: string[] = []
  let agreeing = 0
  for (const { local, remote, states } of paths) {
    const at = rest.findIndex(t => t.local === local && t.remote === remote)
    const [path] = at < 0 ? [undefined] : rest.splice(at, 1)
    if (path !== undefined && isSamePath(states, path.states)) agreeing++
    else
      wrong.push(
        `${local} ${remote}: the capture shows ${states.join(' → ')}, told is ${path?.states.join(' → ') ?? 'nothing'}`,
      )
  }
  findings.that(
    `the ${end}'s kernel tells (sock:inet_sock_set_state) of the states that its capture shows: ${agreeing} connections`,
    wrong.length === 0,
    wrong.join('; '),
  )
}
