/** The record as a picture: a panel of bars for each of the main figures. It is readable on light and on dark pages. */
import { digits } from './digits.js'
import { FIGURES } from './figures.js'
import { median } from './statistics.js'
import { valuesOf } from './table.js'

/** The rows that are shown, by figure and the beginning of their titles; and whether more is better. */
const PANELS = [
  { figure: 'upload', row: 'upload, GB/s', title: 'Upload, GB/s', more: true },
  { figure: 'download', row: 'download, GB/s', title: 'Download, GB/s', more: true },
  {
    figure: 'upload',
    row: 'upload, CPU s/GB of both',
    title: 'Upload, CPU s/GB of both ends',
    more: false,
  },
  {
    figure: 'download',
    row: 'download, CPU s/GB of both',
    title: 'Download, CPU s/GB of both ends',
    more: false,
  },
  { figure: 'echo', row: 'request/response of 1 byte, median', title: 'Round trip, median µs', more: false },
  { figure: 'connect32', row: 'connections/s, 32', title: 'Connections/s, 32 at a time', more: true },
  { figure: 'connect', row: 'connections/s, 1', title: 'Connections/s, 1 at a time', more: true },
  { figure: 'http', row: 'HTTP requests/s', title: 'HTTP requests/s', more: true },
]

const COLUMNS = 2
const WIDTH = 400
const LABEL = 110
const VALUE = 60
const BAR = 12
const LINE = 18
const TITLE = 34
const MARGIN = 16
const LONGEST = WIDTH - LABEL - VALUE - 2 * MARGIN

const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #24292f }
  .title { font-weight: 600 }
  .note { fill: #6e7781; font-weight: 400 }
  .ours { fill: #1f6feb }
  .other { fill: #afb8c1 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .note { fill: #8d96a0 }
    .ours { fill: #58a6ff }
    .other { fill: #484f58 }
  }`

const inXml = text => text.replace(/[&<>"]/g, each => `&#${each.charCodeAt(0)};`)

/** The bars of a panel: subjects with their medians, those that have one. */
const barsOf = (records, subjects, { figure, row }) => {
  const shown = FIGURES[figure].rows.find(({ title }) => title.startsWith(row))
  return subjects
    .map(subject => ({ subject, value: median([...valuesOf(records, subject, figure, shown).values()]) }))
    .filter(({ value }) => Number.isFinite(value))
}

const panel = ({ title, more }, bars, x, y) => {
  const most = Math.max(...bars.map(({ value }) => value))
  const lines = bars.map(({ subject, value }, i) => {
    const at = y + TITLE + i * LINE
    const length = Math.max(1, Math.round((LONGEST * value) / most))
    const whose = subject.startsWith('tuntcp') ? 'ours' : 'other'
    return [
      `<text x="${x + LABEL - 8}" y="${at + BAR - 2}" text-anchor="end">${inXml(subject)}</text>`,
      `<rect class="${whose}" x="${x + LABEL}" y="${at}" width="${length}" height="${BAR}" rx="2"/>`,
      `<text x="${x + LABEL + length + 6}" y="${at + BAR - 2}">${digits(value)}</text>`,
    ].join('')
  })
  const better = `<tspan class="note" dx="8">${more ? 'longer' : 'shorter'} is better</tspan>`
  return [`<text class="title" x="${x}" y="${y + 20}">${inXml(title)}${better}</text>`, ...lines]
}

/**
 * An SVG of the record, or null when it has none of the main figures.
 * @param records { repetition, subject, figure, report } each
 * @param subjects names, in the order of the bars
 */
export const chart = (records, subjects) => {
  const panels = PANELS.map(each => ({ each, bars: barsOf(records, subjects, each) })).filter(
    ({ bars }) => bars.length > 0,
  )
  if (panels.length === 0) return null
  const body = []
  let y = 0
  for (let i = 0; i < panels.length; i += COLUMNS) {
    const row = panels.slice(i, i + COLUMNS)
    for (const [n, { each, bars }] of row.entries()) body.push(...panel(each, bars, MARGIN + n * WIDTH, y))
    y += TITLE + LINE * Math.max(...row.map(({ bars }) => bars.length)) + 6
  }
  const width = COLUMNS * WIDTH
  const height = y + MARGIN
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Benchmark">
<style>${STYLE}
</style>
${body.join('\n')}
</svg>
`
}
