/** The output of a lab's run. */
import { widest } from '../trace/extremes.ts'
import { formatLadder } from '../trace/ladder-text.ts'
import { beginnings, segmentText } from '../trace/observed-segment.ts'
import { fit, type TextStyle } from '../trace/text-style.ts'
import { comparisonText, type Seen } from './compare.ts'
import type { Experiment } from './experiment.ts'
import type { Lab } from './lab.ts'
import type { LabResult } from './run-virtual.ts'

/** Rows of a ladder that are printed unless all are asked for. */
const ROWS = 120

const shortened = (text: string, rows: number): string => {
  const lines = text.split('\n')
  if (lines.length <= rows) return text
  const half = rows >> 1
  return [
    ...lines.slice(0, half),
    `… ${lines.length - 2 * half} rows (all of them with --full)`,
    ...lines.slice(-half),
  ].join('\n')
}

/** The ladder of a run. */
export const ladderOf = ({ run }: LabResult, style?: TextStyle): string =>
  formatLadder(
    run.events,
    {
      names: ['client', 'server'],
      isLeft: endpoint => endpoint === clientOf(run.segments, endpoint),
      begin: beginnings(run.segments),
    },
    style,
  )

const clientOf = (segments: LabResult['run']['segments'], endpoint: string): string | undefined =>
  segments.find(s => s.from === 'client' && s.source === endpoint)?.source

/** Segments, transitions and what the applications do, a line each, in order. */
export const logOf = ({ run }: LabResult): string => {
  const begin = beginnings(run.segments)
  const lines: { readonly time: number; readonly text: string }[] = []
  for (const e of run.events) {
    if (e.kind !== 'sent') continue
    const s = e.segment
    const fate = s.fate === '' ? '' : `  (${s.fate})`
    lines.push({
      time: e.time,
      text: `${s.source} > ${s.destination}  ${segmentText(s, begin)}${s.reason === '' ? '' : `  ${s.reason}`}${fate}`,
    })
  }
  for (const t of run.transitions)
    lines.push({ time: t.time, text: `${t.end}  ${t.from} → ${t.to}  ${t.event ?? ''}  ${t.section ?? ''}` })
  for (const n of run.notes) lines.push({ time: n.time, text: `${n.end}  ${n.text}` })
  lines.sort((a, b) => a.time - b.time)
  const width = widest(lines.map(({ time }) => time.toFixed(3)))
  return lines.map(({ time, text }) => `${time.toFixed(3).padStart(width)}  ${text}`.trimEnd()).join('\n')
}

/** The findings that had to hold, and whether they did. */
export const findingsOf = ({ findings }: LabResult): string =>
  findings.all
    .map(
      ({ what, holds, difference }) =>
        `${holds ? '✓' : '✗'} ${what}${difference === '' ? '' : `\n    ${difference}`}`,
    )
    .join('\n')

/** One line: how it went. */
export const verdictOf = ({ lab, name, findings }: LabResult): string => {
  const failed = findings.failed.length
  return failed === 0
    ? `${lab.name}: ${name} shows what it must (${findings.all.length} checks)`
    : `${lab.name}: ${name}: ${failed} of ${findings.all.length} checks fail`
}

export interface ReportOptions {
  readonly ladder: boolean
  readonly log: boolean
  readonly full: boolean
  readonly style: TextStyle
}

/** The subject of a lab, and what it shows. */
const introductionOf = ({ name, summary, shows }: Lab, style: TextStyle): string =>
  `${fit(`${name}: ${summary}`, style)}\n\n${fit(shows, style)}`

/** One run, without what is said of its lab. */
const runText = (result: LabResult, { ladder, log, full, style }: ReportOptions): string => {
  const cut = (text: string): string => (full ? text : shortened(text, ROWS))
  return [
    result.name,
    ...(ladder ? [cut(ladderOf(result, style))] : []),
    ...(log ? [fit(cut(logOf(result)), style)] : []),
    fit([findingsOf(result), ...result.missing.map(what => `? ${what}`)].join('\n'), style),
    fit(verdictOf(result), style),
  ].join('\n\n')
}

/** One run, with the subject of its lab. */

export const reportOf = (result: LabResult, options: ReportOptions): string =>
  `${introductionOf(result.lab, options.style)}\n\n${runText(result, options)}`

/**
 * All runs of a lab and their comparisons.
 * @param shown the run that has been shown already, with the subject of the lab
 */
export const experimentText = (
  { lab, runs, comparisons }: Experiment,
  options: ReportOptions,
  shown: LabResult | null = null,
): string => {
  const rest = runs.filter(run => run !== shown)
  return [
    ...(shown === null && runs.length > 0 ? [introductionOf(lab, options.style)] : []),
    ...rest.map(run => runText(run, options)),
    ...comparisons.map(({ comparison }) => fit(comparisonText(comparison), options.style)),
    ...(lab.needsKernel !== undefined && runs.length === 0
      ? [`${lab.name}: takes the kernel's TCP at the client's end: ${lab.needsKernel}`]
      : []),
  ].join('\n\n')
}

/** A line for each run and each comparison, and what is wrong with them. */
export const experimentSummary = ({ lab, runs, comparisons }: Experiment): string => {
  const beside = comparisons.map(({ right }) => right).filter(right => !runs.includes(right))
  return [
    ...runs.map(run => [verdictOf(run), ...failuresOf(run)].join('\n')),
    ...beside
      .filter(({ findings }) => findings.failed.length > 0)
      .map(run => [verdictOf(run), ...failuresOf(run)].join('\n')),
    ...comparisons.map(({ comparison }) => {
      const { names, differences, defects } = comparison
      const allowed = differences.length - defects
      const line = `${lab.name}: ${names[0]} beside ${names[1]}: ${
        differences.length === 0 ? 'the same' : `${defects} defects, ${allowed} differences that are allowed`
      }`
      const wrong = { ...comparison, differences: differences.filter(({ kind }) => kind === 'defect') }
      return defects === 0 ? line : `${line}\n${comparisonText(wrong).replace(/^.*\n/, '')}`
    }),
    ...(lab.needsKernel !== undefined && runs.length === 0
      ? [`${lab.name}: takes the kernel's TCP at the client's end: ${lab.needsKernel}`]
      : []),
  ].join('\n')
}

const failuresOf = ({ findings, missing }: LabResult): string[] => [
  ...findings.failed.map(({ what, difference }) => `    ✗ ${what}: ${difference}`),
  ...missing.map(what => `    ? ${what}`),
]

/** For programs. What is compared stands in the runs: `event` is left out. */
export const experimentObject = ({ lab, runs, comparisons, passes }: Experiment): object => ({
  lab: lab.name,
  passes,
  runs: runs.map(({ name, run, findings, missing }) => ({
    name,
    passes: findings.failed.length === 0,
    findings: findings.all,
    missing,
    segments: run.segments,
    transitions: run.transitions,
    notes: run.notes,
  })),
  comparisons: comparisons.map(({ comparison }) => ({
    ...comparison,
    events: comparison.events.map(e => ({ ...e, left: bare(e.left), right: bare(e.right) })),
  })),
})

const bare = (seen: Seen | null): object | null =>
  seen === null ? null : { time: seen.time, text: seen.text }
