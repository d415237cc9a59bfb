/** What a run of a lab prints. */
import { formatLadder } from '../trace/ladder.ts'
import { beginnings, segmentText } from '../trace/observed-segment.ts'
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
export const ladderOf = ({ run }: LabResult): string =>
  formatLadder(run.events, {
    names: ['client', 'server'],
    isLeft: endpoint => endpoint === clientOf(run.segments, endpoint),
    begin: beginnings(run.segments),
  })

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
  const width = Math.max(0, ...lines.map(({ time }) => time.toFixed(3).length))
  return lines.map(({ time, text }) => `${time.toFixed(3).padStart(width)}  ${text}`.trimEnd()).join('\n')
}

/** What had to hold, and whether it did. */
export const findingsOf = ({ findings }: LabResult): string =>
  findings.all
    .map(
      ({ what, holds, difference }) =>
        `${holds ? '✓' : '✗'} ${what}${difference === '' ? '' : `\n    ${difference}`}`,
    )
    .join('\n')

/** One line: how it went. */
export const verdictOf = ({ lab, findings }: LabResult): string => {
  const failed = findings.failed.length
  return failed === 0
    ? `${lab.name}: shows what it must (${findings.all.length} checks)`
    : `${lab.name}: ${failed} of ${findings.all.length} checks fail`
}

export interface ReportOptions {
  readonly ladder: boolean
  readonly log: boolean
  readonly full: boolean
}

export const reportOf = (result: LabResult, { ladder, log, full }: ReportOptions): string => {
  const cut = (text: string): string => (full ? text : shortened(text, ROWS))
  return [
    `${result.lab.name}: ${result.lab.summary}`,
    result.lab.shows,
    ...(ladder ? [cut(ladderOf(result))] : []),
    ...(log ? [cut(logOf(result))] : []),
    findingsOf(result),
    verdictOf(result),
  ].join('\n\n')
}
