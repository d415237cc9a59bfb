/** The page of an experiment: its runs side by side, what they show, and where they differ. */
import type { Comparison, Difference } from '../compare.ts'
import type { Experiment } from '../experiment.ts'
import type { Findings } from '../findings.ts'
import type { Lab } from '../lab.ts'
import type { Run } from '../recorder.ts'
import { html, type Markup } from './markup.ts'
import { pageText, ROWS } from './page.ts'
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
    top: html`<p class="lead">${shows}</p>
${runs.map(findingsView)}${comparisons.map(comparisonView)}`,
    sections: [
      { title: name, top: html``, stories: runs.map(({ name: whose, run }) => storyOfRun(whose, run)) },
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

const findingsView = ({ name, findings }: PageRun): Markup => {
  const failed = findings.failed.length
  const verdict =
    failed === 0
      ? `shows what it must (${findings.all.length} checks)`
      : `${failed} of ${findings.all.length} checks fail`
  return html`<details${failed > 0 ? html` open` : null}><summary><span class="verdict ${failed === 0 ? 'good' : 'bad'}">${failed === 0 ? '✓' : '✗'} ${name}: ${verdict}</span></summary>
<ul class="findings">${findings.all.map(
    f =>
      html`<li class="${f.holds ? 'holds' : 'fails'}">${f.holds ? '✓' : '✗'} ${f.what}${f.difference === '' ? null : html`<small>${f.difference}</small>`}</li>`,
  )}</ul></details>`
}

const comparisonView = ({ names, differences, defects }: Comparison): Markup =>
  differences.length === 0
    ? html`<p class="verdict good">✓ ${names[0]} beside ${names[1]}: the same</p>`
    : html`<details open><summary><span class="verdict ${defects === 0 ? 'good' : 'bad'}">${defects === 0 ? '✓' : '✗'} ${names[0]} beside ${names[1]}: ${defects === 0 ? 'every difference is allowed' : `${defects} defects`}</span></summary>
<div class="table"><table><thead><tr><th scope="col">Verdict</th><th scope="col">What</th><th scope="col">${names[0]}</th><th scope="col">${names[1]}</th></tr></thead><tbody>${differences.map(differenceView)}</tbody></table></div></details>`

const differenceView = ({ kind, what, section, left, right }: Difference): Markup =>
  html`<tr><td class="${kind}">${kind === 'defect' ? '✗ defect' : '≈ allowed'}</td><td>${what}${section === '' ? null : html` <span class="section">(${section})</span>`}</td><td>${left}</td><td>${right}</td></tr>`
