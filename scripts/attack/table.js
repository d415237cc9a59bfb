/** What a run has shown, as lines and as the table of docs/attacks.md. */
import { readFileSync, writeFileSync } from 'node:fs'

const PAGE = new URL('../../docs/attacks.md', import.meta.url)
const BEGIN = '<!-- written by npm run attack -- --write -->\n'

const megabytes = bytes => (bytes / 2 ** 20).toFixed(0)
const percent = share => `${(100 * share).toFixed(1)} %`
const ms = time => (Number.isNaN(time) ? '–' : time < 10 ? time.toFixed(1) : time.toFixed(0))
const count = n =>
  n >= 1e6 ? `${(n / 1e6).toFixed(1)} M` : n >= 1000 ? `${(n / 1000).toFixed(0)} k` : String(n)
const sum = ({ heap, buffers }) => `${megabytes(heap)} + ${megabytes(buffers)}`

const fields = ({ before, most, last, seconds, sent, decent }) => [
  sent === null ? '?' : `${count(sent.sent)}, ${megabytes(sent.sentBytes)} MB`,
  sent === null ? '?' : `${megabytes(sent.receivedBytes)} MB`,
  percent(decent.success),
  `${ms(decent.percentile(0.5))} / ${ms(decent.percentile(0.99))}`,
  most === null ? '?' : ms(most.hold),
  `${megabytes(before.rss)} / ${most === null ? '?' : megabytes(most.rss)} / ${last === null ? '?' : megabytes(last.collected.rss)}`,
  `${sum(before)} / ${most === null ? '?' : sum(most)} / ${last === null ? '?' : sum(last.collected)}`,
  `${seconds.toFixed(0)}`,
]

export const line = result => {
  const [sent, drawn, success, times, hold, rss, heap, seconds] = fields(result)
  const { name, faults } = result
  const told = `sent ${sent}, drew ${drawn}; decent ${success}, ${times} ms; held ${hold} ms; RSS ${rss} MB, heap + buffers ${heap} MB, forgotten in ${seconds} s`
  return `${faults.length === 0 ? 'ok  ' : 'FAIL'} ${name}: ${told}${faults.map(fault => `\n       ${fault}`).join('')}`
}

const HEAD = [
  '| attack | packets sent | drawn | decent | p50 / p99, ms | held, ms | RSS, MB | heap + buffers, MB | forgotten, s | harm |',
  '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
]

/** Replaces the rows of what was run; the others stay. */
export const write = results => {
  const page = readFileSync(PAGE, 'utf8')
  const at = page.indexOf(BEGIN) + BEGIN.length
  const rows = new Map()
  for (const row of page.slice(at).split('\n')) {
    const name = /^\| `([\w-]+)`/.exec(row)?.[1]
    if (name !== undefined) rows.set(name, row)
  }
  for (const result of results)
    rows.set(
      result.name,
      `| \`${result.name}\`: ${result.summary} | ${fields(result).join(' | ')} | ${result.faults.join('; ') || 'none'} |`,
    )
  const sorted = [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row)
  writeFileSync(PAGE, `${page.slice(0, at)}\n${[...HEAD, ...sorted].join('\n')}\n`)
}
