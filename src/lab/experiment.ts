/** One lab, run with all the ends that were asked for, and the runs laid side by side. */
import { largest } from '../trace/extremes.ts'
import { type Comparison, compare } from './compare.ts'
import type { StateTrace } from './kernel/state-trace.ts'
import type { Lab } from './lab.ts'
import type { Stack } from './real-bench.ts'
import type { EndName } from './recorder.ts'
import { runReal } from './run-real.ts'
import { type LabResult, runVirtual } from './run-virtual.ts'

/** `virtual`: ours at both ends, in virtual time; `kernel`: the kernel's at both; `mixed`: one of each, both ways. */
export type Ends = 'virtual' | 'kernel' | 'mixed'

export interface ExperimentOptions {
  readonly ends: ReadonlySet<Ends>
  /** The seed of runs in virtual time; by default the name of the lab. */
  readonly seed?: number | string
  /** The version of IP between the ends; default 4. */
  readonly family?: 4 | 6
  /** To wait also for what no kernel shortens: its TIME_WAIT of a minute. */
  readonly patient?: boolean
  /** The kernel's own word on its states; null where it cannot be had. */
  readonly trace?: StateTrace | null
  /** True to make captures of virtual runs too. */
  readonly captures?: boolean
  /** Told of a run in virtual time when it is done: those with the kernel's TCP take longer. */
  readonly played?: (run: LabResult) => void
  /** Told which labs are under way in real time, whenever that changes. */
  readonly underWay?: (labs: readonly string[]) => void
}

export interface Experiment {
  readonly lab: Lab
  /** Those that were made, the one in virtual time first. */
  readonly runs: readonly LabResult[]
  /**
   * The first run with the kernel's TCP beside each other run; the one of ours is played for it as if somebody waited,
   * so that both have had the same script. Empty when there is no kernel's.
   */
  readonly comparisons: readonly ComparedRuns[]
  /** True when every run shows what it must, and nothing differs that must not. */
  readonly passes: boolean
}

export interface ComparedRuns {
  readonly left: LabResult
  readonly right: LabResult
  readonly comparison: Comparison
}

const KERNELS: Readonly<Record<EndName, Stack>> = { client: 'kernel', server: 'kernel' }
const MIXED: readonly Readonly<Record<EndName, Stack>>[] = [
  { client: 'kernel', server: 'tuntcp' },
  { client: 'tuntcp', server: 'kernel' },
]

interface Virtual {
  readonly long: LabResult | null
  /** Played as if somebody waited, to be laid beside the kernel's. */
  readonly short: LabResult | null
}

const runOwn = async (lab: Lab, options: ExperimentOptions): Promise<Virtual> => {
  const { ends, seed = lab.name, patient = false, captures = false, family = 4 } = options
  if (lab.needsKernel !== undefined || !ends.has('virtual')) return { long: null, short: null }
  const pace = { short: true, patient }
  const long = await runVirtual(lab, seed, {}, { captures, family })
  options.played?.(long)
  return {
    long,
    short: ends.has('kernel') ? await runVirtual(lab, seed, {}, { captures, family, pace }) : null,
  }
}

/** A machine that stands still for longer than that is no judge of what a TCP does in real time, ms. */
const STALL = 50
/** Attempts at a lab until it has had a machine that runs without stalls. */
const ATTEMPTS = 4

/** Runs it with the kernel's TCP: again when it fails and the machine stood still. */
const runKernels = async (lab: Lab, own: Virtual, options: ExperimentOptions): Promise<LabResult[]> => {
  const again: string[] = []
  for (;;) {
    const runs = await runKernelsOnce(lab, options)
    const stood = largest(
      runs.map(({ stall }) => stall),
      0,
    )
    const done = concluded(lab, own, runs)
    if (stood < STALL || again.length + 1 >= ATTEMPTS || done.passes)
      return runs.map((run, i) => (i === 0 ? { ...run, missing: [...run.missing, ...again] } : run))
    again.push(`run again: the machine stood still for ${stood} ms, and ${faultOf(done)}`)
  }
}

/** The first thing that is wrong. */
const faultOf = ({ runs, comparisons }: Experiment): string => {
  const failed = runs.find(({ findings }) => findings.failed.length > 0)
  if (failed !== undefined) return `${failed.name} did not show that ${failed.findings.failed[0]!.what}`
  return `there was a difference: ${comparisons.flatMap(({ comparison }) => comparison.differences)[0]?.what}`
}

const runKernelsOnce = (lab: Lab, options: ExperimentOptions): Promise<LabResult[]> => {
  const { ends, patient = false, trace = null, family = 4 } = options
  const mixed = MIXED.filter(({ client }) => lab.needsKernel === undefined || client === 'kernel')
  const stacks = [...(ends.has('kernel') ? [KERNELS] : []), ...(ends.has('mixed') ? mixed : [])]
  // They mostly wait: together they take no longer than one.
  return Promise.all(stacks.map(each => runReal(lab, { stacks: each, patient, trace, family })))
}

const concluded = (lab: Lab, own: Virtual, real: readonly LabResult[]): Experiment => {
  const [left, ...others] = real
  const beside = [...(own.short === null ? [] : [own.short]), ...others]
  const comparisons =
    left === undefined
      ? []
      : beside.map(right => ({ left, right, comparison: compare(left, right, lab.rounding) }))
  const runs = [...(own.long === null ? [] : [own.long]), ...real]
  return {
    lab,
    runs,
    comparisons,
    passes:
      [...runs, ...beside].every(({ findings }) => findings.failed.length === 0) &&
      comparisons.every(({ comparison }) => comparison.defects === 0),
  }
}

/**
 * Runs a lab.
 * @throws TunError, Error where the kernel's ends cannot be made: see whyNoKernel()
 */
export const experiment = async (lab: Lab, options: ExperimentOptions): Promise<Experiment> => {
  const own = await runOwn(lab, options)
  return concluded(lab, own, await runKernels(lab, own, options))
}

/** Runs several, of those in real time `atOnce` at a time, and gives each out in its turn. */
export async function* experiments(
  labs: readonly Lab[],
  options: ExperimentOptions,
  atOnce: number,
): AsyncGenerator<Experiment> {
  // Virtual time leaves no real time to others.
  const own: Virtual[] = []
  for (const lab of labs) own.push(await runOwn(lab, options))
  const under: Promise<LabResult[]>[] = []
  const waiting = [...labs]
  const now = new Set<string>()
  const begin = (): void => {
    const lab = waiting.shift()
    if (lab === undefined) return
    const run = runKernels(lab, own[under.length]!, options)
    under.push(run)
    now.add(lab.name)
    options.underWay?.([...now])
    const next = (): void => {
      now.delete(lab.name)
      options.underWay?.([...now])
      begin()
    }
    // A failure is told when its turn comes.
    run.then(next, next)
  }
  for (let n = 0; n < atOnce; n++) begin()
  for (const [n, lab] of labs.entries()) yield concluded(lab, own[n]!, await under[n]!)
}
