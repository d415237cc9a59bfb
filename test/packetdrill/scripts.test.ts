/** Our own scripts: each begins with what it proves. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parse } from 'acorn'
import test from 'ava'
import { IP_VERSIONS } from '../../src/packetdrill/config.ts'
import { packetdrill } from '../../src/packetdrill/packetdrill.ts'
import { formatOutcome } from '../../src/packetdrill/report.ts'
import { readIndex } from '../requirements/index.ts'
import { BROKEN_RULES, breakRule } from './broken-rules.ts'

/** The folder in the sources, seen from dist/test/packetdrill. */
const FOLDER = fileURLToPath(new URL('../../../test/packetdrill/', import.meta.url))

const files = readdirSync(FOLDER).filter(name => name.endsWith('.pkt'))

/** Rows without a script: what is not applicable, and what only a log of events could show. */
const WITHOUT_SCRIPT: Readonly<Record<string, string>> = {
  ...readIndex().notApplicable,
  'SA-64': 'that nobody is told a second time: test/tcp/arrives-urgent.test.ts',
}

const headings = files.map(file => readFileSync(FOLDER + file, 'utf8').split('\n')[0]!)
const cited = new Set(headings.flatMap(text => [...text.matchAll(/\[([A-Z0-9]+-\d+)\]/g)].map(m => m[1]!)))

test('there is a script for every transition and every row of SEGMENT ARRIVES, and no id that is none', t => {
  const ids = new Set(readIndex().requirements.map(({ id }) => id))
  t.deepEqual(
    [...ids].filter(id => /^S[TA]-/.test(id) && !cited.has(id) && !Object.hasOwn(WITHOUT_SCRIPT, id)),
    [],
  )
  t.deepEqual(
    [...cited].filter(id => !ids.has(id)),
    [],
  )
})

/** All names of a module but those of properties. @throws SyntaxError */
const namesIn = (text: string): Set<string> => {
  const names = new Set<string>()
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    const { type, name, computed } = value as { type?: string; name?: string; computed?: boolean }
    if (type === 'Identifier') names.add(name!)
    for (const [part, each] of Object.entries(value))
      if (computed !== false || (part !== 'property' && part !== 'key')) walk(each)
  }
  walk(parse(text, { ecmaVersion: 'latest', sourceType: 'module' }))
  return names
}

test('for every such row there is a way to break it that still fits the code', t => {
  const compiled = fileURLToPath(new URL('../../src/', import.meta.url))
  for (const rule of BROKEN_RULES) {
    const text = readFileSync(`${compiled}${rule.file}.js`, 'utf8')
    const broken = breakRule(text, rule)
    // A module that does not run proves nothing, however red a script is then.
    const known = namesIn(text)
    t.deepEqual(
      [...namesIn(broken)].filter(name => !known.has(name)),
      [],
      `${rule.ids}: ${rule.to}`,
    )
  }
  const broken = new Set(BROKEN_RULES.flatMap(({ ids }) => ids.split(' ')))
  t.deepEqual(
    [...cited].filter(id => /^S[TA]-/.test(id) && !broken.has(id)),
    [],
  )
})

for (const file of files) {
  const text = readFileSync(FOLDER + file, 'utf8')
  const [title = file] = text.split('\n')
  // As run_all.py does: the name says for which versions of IP a script is not.
  const versions = IP_VERSIONS.filter(version => !file.endsWith(version === 'ipv6' ? 'v4.pkt' : 'v6.pkt'))
  test(`${file}: ${title.replace(/^\/\/ /, '')}`, t => {
    for (const ipVersion of versions) {
      const outcome = packetdrill(file, text, { config: { ipVersion } })
      t.is(outcome.result, 'pass', `${ipVersion}: ${formatOutcome(outcome)}`)
    }
  })
}
