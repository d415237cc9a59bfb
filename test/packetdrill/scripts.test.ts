/** Our own scripts: each begins with what it proves. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { packetdrill } from '../../src/packetdrill/packetdrill.ts'
import { formatOutcome } from '../../src/packetdrill/report.ts'

/** The folder in the sources, seen from dist/test/packetdrill. */
const FOLDER = fileURLToPath(new URL('../../../test/packetdrill/', import.meta.url))

const files = readdirSync(FOLDER).filter(name => name.endsWith('.pkt'))

test('there is a script for every transition that a peer or a user can bring about', t => {
  const transitions = files.filter(name => name.startsWith('st-'))
  t.true(transitions.length >= 18, transitions.join(' '))
})

for (const file of files) {
  const text = readFileSync(FOLDER + file, 'utf8')
  const [title = file] = text.split('\n')
  test(`${file}: ${title.replace(/^\/\/ /, '')}`, t => {
    const outcome = packetdrill(file, text)
    t.is(outcome.result, 'pass', formatOutcome(outcome))
  })
}
