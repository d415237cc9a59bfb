/** The page of an experiment: its runs side by side, what they show, and where they differ. */
import type { Comparison, Difference } from '../compare.ts'
import type { Experiment } from '../experiment.ts'
import type { Findings } from '../findings.ts'
import type { Lab } from '../lab.ts'
import type { Run } from '../recorder.ts'
import { FindingsView } from './findings-view.tsx'
import { pageText } from './page.tsx'
import { ROWS } from './section.tsx'
import { storyOfRun } from './story.ts'

export interface PageRun {
  /** The TCPs of the two ends: `tuntcp ↔ tuntcp`. */
  readonly name: string
  readonly run: Run
  readonly findings: Findings
}

export interface LabPageOptions {
  /** All rows of long ladders. */
  readonly full?: boolean
  readonly comparisons?: readonly Comparison[]
}

/** @returns a whole HTML document */
export const labPage = (
  { name, summary, shows }: Pick<Lab, 'name' | 'summary' | 'shows'>,
  runs: readonly PageRun[],
  { full = false, comparisons = [] }: LabPageOptions = {},
): string =>
  pageText({
    title: `${name}: ${summary}`,
    top: (
      <>
        <p class="lead">{shows}</p>
        {runs.map(run => (
          <FindingsView key={run.name} {...run} />
        ))}
        {comparisons.map(comparison => (
          <ComparisonView key={comparison.names.join()} {...comparison} />
        ))}
      </>
    ),
    sections: [
      { title: name, top: null, stories: runs.map(({ name: whose, run }) => storyOfRun(whose, run)) },
    ],
    rows: full ? Number.POSITIVE_INFINITY : ROWS,
  })

/** The page of all runs of a lab: where a kernel's is laid beside ours, those two first. */
export const experimentPage = ({ lab, runs, comparisons }: Experiment, full: boolean): string => {
  const [first] = comparisons
  const shown =
    first === undefined ? runs : [first.right, first.left, ...comparisons.slice(1).map(c => c.right)]
  return labPage(lab, shown, { full, comparisons: comparisons.map(({ comparison }) => comparison) })
}

const ComparisonView = ({ names, differences, defects }: Comparison) =>
  differences.length === 0 ? (
    <p class="verdict good">
      ✓ {names[0]} beside {names[1]}: the same
    </p>
  ) : (
    <details open>
      <summary>
        <span class={`verdict ${defects === 0 ? 'good' : 'bad'}`}>
          {defects === 0 ? '✓' : '✗'} {names[0]} beside {names[1]}:{' '}
          {defects === 0 ? 'every difference is allowed' : `${defects} defects`}
        </span>
      </summary>
      <div class="table">
        <table>
          <thead>
            <tr>
              <th scope="col">Verdict</th>
              <th scope="col">What</th>
              <th scope="col">{names[0]}</th>
              <th scope="col">{names[1]}</th>
            </tr>
          </thead>
          <tbody>
            {differences.map((difference, i) => (
              <DifferenceRow key={i} {...difference} />
            ))}
          </tbody>
        </table>
      </div>
    </details>
  )

const DifferenceRow = ({ kind, what, section, left, right }: Difference) => (
  <tr>
    <td class={kind}>{kind === 'defect' ? '✗ defect' : '≈ allowed'}</td>
    <td>
      {what}
      {section === '' ? null : <span class="section"> ({section})</span>}
    </td>
    <td>{left}</td>
    <td>{right}</td>
  </tr>
)
