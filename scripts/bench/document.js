/** The record in docs/benchmark.md: what stands between two marks is ours, the rest is written by hand; and its chart. */
import { readFileSync, writeFileSync } from 'node:fs'
import { withPart } from '../markdown.js'
import { UsageError } from './options.js'

const BEGIN = '<!-- What follows is written by npm run bench -- --write -->\n'
const END = '<!-- end of what it writes -->\n'

/** The document with another record in it. @throws UsageError when it has no place for one */
export const withRecord = (document, record) => {
  const page = withPart(document, BEGIN, END, record)
  if (page === null) throw new UsageError(`the document has no '${BEGIN.trim()}' and '${END.trim()}'`)
  return page
}

const PATH = new URL('../../docs/benchmark.md', import.meta.url)
const CHART = 'images/benchmark.svg'

/** @param chart an SVG; null for none, which leaves the old one where it is */
export const writeRecord = (record, chart) => {
  if (chart !== null) writeFileSync(new URL(CHART, PATH), chart)
  const text = chart === null ? record : `![The main figures as bars](${CHART})\n\n${record}`
  writeFileSync(PATH, withRecord(readFileSync(PATH, 'utf8'), text))
}
