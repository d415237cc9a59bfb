#!/usr/bin/env node
/** Puts into the pages of docs/labs, English and Chinese, the ladders that the tool prints. */
import { readFileSync, writeFileSync } from 'node:fs'
import process from 'node:process'
import { withLadder } from '../dist/src/lab/guide.js'
import { LABS } from '../dist/src/lab/labs/all.js'
import { ladderOf } from '../dist/src/lab/report.js'
import { runVirtual } from '../dist/src/lab/run-virtual.js'

process.chdir(new URL('..', import.meta.url).pathname)

const GUIDES = ['docs/labs', 'docs/labs/zh']

for (const lab of LABS) {
  if (lab.needsKernel !== undefined) continue
  const ladder = ladderOf(await runVirtual(lab))
  for (const directory of GUIDES) {
    const file = `${directory}/${lab.name}.md`
    const page = readFileSync(file, 'utf8')
    const current = withLadder(page, ladder)
    if (current === page) continue
    writeFileSync(file, current)
    console.log(`${file} is current again`)
  }
}
