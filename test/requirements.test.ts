/**
 * The checklist of RFC 9293: its labels (MUST-1 …), the transitions of figure 5 (ST), segment arrival and timeouts
 * in processing order (SA), user calls (UC). Each is cited by a test's title or stands here as open, with the
 * reason; none is both, and none is forgotten.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'

const ROWS: Record<string, number> = { MUST: 69, SHLD: 31, ST: 23, SA: 80, UC: 26 }

const NO_SECURITY = 'no IP security options: RFC 9293 appendix A.1.2 lets other hosts ignore them'
const NO_SOURCE_ROUTE = 'no IP source routes: nothing that is in use carries them, and most hosts drop them'

const OPEN: Record<string, string> = {
  'SA-6': NO_SECURITY,
  'SA-16': NO_SECURITY,
  'SA-42': NO_SECURITY,
  'SA-43': NO_SECURITY,
  'SA-37': 'the RFC 5961 rules are always on',
  'SA-47': 'the RFC 5961 rules are always on',
  'MUST-51': NO_SOURCE_ROUTE,
  'MUST-52': NO_SOURCE_ROUTE,
  'MUST-53': NO_SOURCE_ROUTE,
  'SHLD-24': NO_SOURCE_ROUTE,
  'SHLD-8': 'ECN is not done yet',
  'ST-5': 'the API has no SEND on a listener',
  'UC-5': 'the API has no OPEN on a listener',
  'UC-8': 'the API has no SEND on a listener',
}

/** Ids in the titles of tests: `test('[MUST-13][ST-21] …'`. */
const cited = (): Set<string> => {
  const ids = new Set<string>()
  for (const entry of readdirSync('test', { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.test.ts')) continue
    const text = readFileSync(join(entry.parentPath, entry.name), 'utf8')
    for (const [, title] of text.matchAll(/\btest(?:\.serial)?\(\s*['"`](.*?)['"`],/gs))
      for (const [, id] of title!.matchAll(/\[([A-Z]+\d*-\d+)\]/g)) ids.add(id!)
  }
  return ids
}

test('every requirement of RFC 9293 has a test or a reason why not', t => {
  const ids = cited()
  const missing = []
  for (const [group, count] of Object.entries(ROWS))
    for (let n = 1; n <= count; n++) {
      const id = `${group}-${n}`
      if (!ids.has(id) && OPEN[id] === undefined) missing.push(id)
    }
  t.deepEqual(missing, [], 'neither tested nor listed as open')
  t.deepEqual(
    Object.keys(OPEN).filter(id => ids.has(id)),
    [],
    'listed as open, but tested',
  )
})
