import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { checkIds } from '../../src/examine/examine.ts'
import { breakRule } from '../packetdrill/broken-rules.ts'
import { BROKEN_HABITS } from './broken-habits.ts'

test('each way to break a habit still fits the code, and names checks that there are', t => {
  const compiled = fileURLToPath(new URL('../../src/', import.meta.url))
  const known = new Set(checkIds())
  for (const rule of BROKEN_HABITS) {
    const text = readFileSync(`${compiled}${rule.file}.js`, 'utf8')
    t.not(breakRule(text, rule), text)
    for (const id of rule.ids.split(' ')) t.true(known.has(id), id)
  }
})
