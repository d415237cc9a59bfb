/** The record in docs/benchmark.md: what stands between two marks is ours, the rest is written by hand. */
import { readFileSync, writeFileSync } from 'node:fs'
import { UsageError } from './options.js'

const BEGIN = '<!-- What follows is written by npm run bench -- --write -->\n'
const END = '<!-- end of what it writes -->\n'

/** The document with another record in it. @throws UsageError when it has no place for one */
export const withRecord = (document, record) => {
  const begin = document.indexOf(BEGIN)
  const end = document.indexOf(END)
  if (begin < 0 || end < begin)
    throw new UsageError(`the document has no '${BEGIN.trim()}' and '${END.trim()}'`)
  return `${document.slice(0, begin + BEGIN.length)}\n${record}\n${document.slice(end)}`
}

const PATH = new URL('../../docs/benchmark.md', import.meta.url)

export const writeRecord = record => {
  writeFileSync(PATH, withRecord(readFileSync(PATH, 'utf8'), record))
}
