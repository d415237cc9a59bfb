/** The results of a run, as lines and as the table of docs/attacks.md. */
import { readFileSync, writeFileSync } from 'node:fs'
import { table, withPart } from '../markdown.js'

const PAGE = new URL('../../docs/attacks.md', import.meta.url)
const BEGIN = '<!-- written by npm run attack -- --write -->'
const END = '<!-- end of what it has written -->'

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
  'attack',
  'packets sent',
  'drawn',
  'decent',
  'p50 / p99, ms',
  'held, ms',
  'RSS, MB',
  'heap + buffers, MB',
  'forgotten, s',
  'harm',
]

const row = result => [
  `\`${result.name}\`: ${result.summary}`,
  ...fields(result),
  result.faults.join('; ') || 'none',
]

const cells = text =>
  text
    .replace(/^\| | \|$/g, '')
    .split(' | ')
    .map(cell => cell.trim())

/**
 * Puts what was run into the page. @param conditions of a run of all attacks: the text before the table; null for a run of
 * some, whose rows alone are replaced
 */
export const write = (results, conditions) => {
  const page = readFileSync(PAGE, 'utf8')
  const before = page.slice(page.indexOf(BEGIN) + BEGIN.length, page.indexOf(END)).trim()
  const at = before.indexOf('| attack')
  const rows = conditions === null ? before.slice(at).split('\n').slice(2).map(cells) : []
  const fresh = results.map(row)
  const names = new Set(fresh.map(nameOf))
  const all = [...rows.filter(old => !names.has(nameOf(old))), ...fresh]
  all.sort((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1))
  const text = [conditions ?? before.slice(0, at).trim(), '', ...table([HEAD, ...all])].join('\n')
  const written = withPart(page, BEGIN, END, text)
  if (written === null) throw new Error(`docs/attacks.md has no '${BEGIN}' or '${END}'`)
  writeFileSync(PAGE, written)
}

const nameOf = ([attack]) => attack.slice(0, attack.indexOf(':'))
