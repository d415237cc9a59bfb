/** Runs a lab between two hosts of ours. */
import type { TraceSink } from '../tcp/events.ts'
import { Findings } from './findings.ts'
import type { Lab } from './lab.ts'
import type { EndName, Run } from './recorder.ts'
import { VirtualBench } from './virtual-bench.ts'

export interface LabResult {
  readonly lab: Lab
  readonly run: Run
  readonly findings: Findings
}

/**
 * Plays a lab in virtual time. A script that fails is a finding, not an exception: what happened until then is what
 * one wants to see.
 * @param watch further readers of the ends' event streams
 */
export const runVirtual = async (
  lab: Lab,
  seed: number | string = lab.name,
  watch: Partial<Record<EndName, TraceSink>> = {},
): Promise<LabResult> => {
  const bench = new VirtualBench(lab.bench(), seed, watch)
  const findings = new Findings(bench.run)
  try {
    await bench.play(b => lab.script(b, findings), lab.tail)
  } catch (error) {
    findings.that('the experiment can be carried out', false, (error as Error).message)
  }
  lab.check(findings)
  return { lab, run: bench.run, findings }
}
