#!/usr/bin/env node
/** Writes a sheet to print of each lab, in English and Chinese: at dist/sheets, or in the directory that is named. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { LABS } from '../dist/src/lab/labs/all.js'
import { sheetOf } from './site/sheet.js'

const into = resolve(process.argv[2] ?? new URL('../dist/sheets', import.meta.url).pathname)
process.chdir(new URL('..', import.meta.url).pathname)

for (const [language, guide, directory] of [
  ['en', 'docs/labs', into],
  ['zh', 'docs/labs/zh', join(into, 'zh')],
]) {
  mkdirSync(directory, { recursive: true })
  for (const { name } of LABS)
    writeFileSync(
      join(directory, `${name}.html`),
      sheetOf(name, readFileSync(`${guide}/${name}.md`, 'utf8'), language),
    )
}
console.log(`${into}: ${LABS.length} sheets, each in English and Chinese; a browser prints them`)
