/** Outcomes as people and machines read them. */
import { pushAll } from '../trace/extremes.ts'
import { type Outcome, seconds } from './outcome.ts'

/** Lines of the ladder that a failure shows. */
const SHOWN = 40

export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

export const countsOf = (outcomes: readonly Outcome[]): Counts => ({
  passed: outcomes.filter(({ result }) => result === 'pass').length,
  failed: outcomes.filter(({ result }) => result === 'fail').length,
  skipped: outcomes.filter(({ result }) => result === 'skip').length,
})

export const formatCounts = ({ passed, failed, skipped }: Counts): string =>
  `${passed} passed, ${failed} failed, ${skipped} skipped`

const place = ({ file, line }: Outcome): string => (line > 0 ? `${file}:${line}` : file)

/** The last lines of the ladder. */
const ladderLines = (outcome: Outcome, limit: number): string[] => {
  const { ladder } = outcome
  const from = Math.max(0, ladder.length - limit)
  return [
    ...(from > 0 ? [`… ${from} lines before`] : []),
    ...ladder.slice(from).map(({ time, text }) => `${seconds(time).padStart(10)} ${text}`),
  ]
}

const indented = (lines: readonly string[], by: string): string[] => lines.map(line => by + line)

/** `verbose`: what a script printed and its ladder, also when it has passed. */
export const formatOutcome = (outcome: Outcome, verbose = false): string => {
  const { result, reason, details, printed } = outcome
  const extra = verbose
    ? [...indented(printed, '  printed   '), ...indented(ladderLines(outcome, 1e6), '  ')]
    : []
  if (result === 'pass') return [`PASS ${outcome.file}`, ...extra].join('\n')
  if (result === 'skip') return `SKIP ${outcome.file}: ${reason}`
  return [
    `FAIL ${place(outcome)}: ${reason}`,
    ...indented(details, '  '),
    ...(verbose
      ? extra
      : outcome.ladder.length > 0
        ? ['  up to there:', ...indented(ladderLines(outcome, SHOWN), '  ')]
        : []),
  ].join('\n')
}

/** TAP version 14: a test point for each script, diagnostics in YAML. */
export const formatTap = (outcomes: readonly Outcome[]): string => {
  const lines = ['TAP version 14', `1..${outcomes.length}`]
  outcomes.forEach((outcome, i) => {
    const name = outcome.file.replace(/[\\#]/g, '\\$&')
    const point = `${outcome.result === 'fail' ? 'not ok' : 'ok'} ${i + 1} - ${name}`
    lines.push(outcome.result === 'skip' ? `${point} # SKIP ${outcome.reason}` : point)
    if (outcome.result !== 'fail') return
    lines.push('  ---', `  message: ${JSON.stringify(outcome.reason)}`)
    if (outcome.line > 0) lines.push(`  at: ${JSON.stringify(place(outcome))}`)
    if (outcome.details.length > 0)
      pushAll(lines, ['  details:', ...outcome.details.map(line => `    - ${JSON.stringify(line)}`)])
    lines.push('  ...')
  })
  lines.push(`# ${formatCounts(countsOf(outcomes))}`)
  return lines.join('\n')
}

export const formatJson = (outcomes: readonly Outcome[]): string =>
  JSON.stringify({ ...countsOf(outcomes), scripts: outcomes }, null, 2)
