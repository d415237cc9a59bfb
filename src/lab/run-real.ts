/** Runs a lab in real time, with the kernel's TCP at one end or both. */
import { Findings } from './findings.ts'
import type { Lab } from './lab.ts'
import { createRealBench, type Stack } from './real-bench.ts'
import type { EndName } from './recorder.ts'
import { replayed } from './replayed-run.ts'
import type { LabResult } from './run-virtual.ts'

const ENDS: readonly EndName[] = ['client', 'server']

/**
 * @throws TunError where no device can be made; Error without python3, which makes the kernel's calls
 */
export const runReal = async (lab: Lab, stacks: Readonly<Record<EndName, Stack>>): Promise<LabResult> => {
  const bench = await createRealBench(lab.bench(), stacks, lab.name)
  const during = new Findings(bench.run, true)
  try {
    await bench.play(b => lab.script(b, during))
  } catch (error) {
    during.that('the experiment can be carried out', false, (error as Error).message)
  } finally {
    bench.close()
  }
  const run = replayed(
    bench.run,
    ENDS.filter(end => stacks[end] === 'kernel'),
  )
  const findings = new Findings(run, true)
  findings.all.push(...during.all)
  lab.check(findings)
  return { lab, run, findings }
}
