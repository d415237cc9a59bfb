/** One Markdown table: a row for each number, a column for each subject. */
import { digits } from './digits.js'
import { FIGURES } from './figures.js'
import { median, pairedRatio, spread } from './statistics.js'
import { BASELINE } from './subjects.js'

/** Median, spread and the ratio to the baseline, of maps from repetition to value. */
const cell = (values, baseline) => {
  if (values.size === 0) return '–'
  const all = [...values.values()]
  const around = spread(all)
  const ratio = baseline === null ? Number.NaN : pairedRatio(values, baseline)
  return (
    digits(median(all)) +
    (around > 0 ? ` ±${Math.round(around * 100)} %` : '') +
    (Number.isNaN(ratio) ? '' : ` (${ratio.toFixed(2)}×)`)
  )
}

/** Repetition → value, of one row of one subject. */
export const valuesOf = (records, subject, figure, row) => {
  const values = new Map()
  for (const record of records) {
    if (record.subject !== subject || record.figure !== figure) continue
    // A report of an error has no numbers.
    const value = row.of(record.report)
    if (Number.isFinite(value)) values.set(record.repetition, value)
  }
  return values
}

/**
 * @param records { repetition, subject, figure, report } each
 * @param subjects names, in the order of the columns
 */
export const markdownTable = (records, subjects) => {
  const lines = [`| | ${subjects.join(' | ')} |`, `| --- |${' --: |'.repeat(subjects.length)}`]
  for (const [figure, { rows }] of Object.entries(FIGURES))
    for (const row of rows) {
      const columns = subjects.map(subject => valuesOf(records, subject, figure, row))
      const all = columns.flatMap(values => [...values.values()])
      if (all.length === 0 || (row.quiet && all.every(value => value === 0))) continue
      const baseline = columns[subjects.indexOf(BASELINE)] ?? null
      const cells = columns.map((values, i) =>
        cell(values, subjects[i] === BASELINE || row.ratio === false ? null : baseline),
      )
      lines.push(`| ${row.title} | ${cells.join(' | ')} |`)
    }
  return `${lines.join('\n')}\n`
}
