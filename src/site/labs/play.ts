/** A lab as it is run in the page: by the same code as `tuntcp lab`, judged by its own checks. */
import type { Lab } from '../../lab/lab.ts'
import { LABS } from '../../lab/labs/all.ts'
import { ladderOf } from '../../lab/report.ts'
import { type LabResult, runVirtual } from '../../lab/run-virtual.ts'

export { LABS } from '../../lab/labs/all.ts'

export interface Played {
  readonly result: LabResult
  /** The ladder as `tuntcp lab NAME --full` prints it where no terminal sets a width. */
  readonly ladder: string
}

export const labOf = (name: string): Lab | null => LABS.find(lab => lab.name === name) ?? null

/** @param seed the lab's name by default, as that of `tuntcp lab` */
export const play = async (lab: Lab, seed: string = lab.name, family: 4 | 6 = 4): Promise<Played> => {
  const result = await runVirtual(lab, seed, {}, { family })
  return { result, ladder: ladderOf(result) }
}
