/**
 * The checklist of RFC 9293: its labels (MUST-1 …), the transitions of figure 5 (ST), segment arrival and timeouts
 * in processing order (SA), user calls (UC); and of RFC 1122 what a host needs beside it. Each is cited by a test’s
 * title or stands here as open, with the reason; none is both, and none is forgotten.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'

const ROWS: Record<string, number> = {
  MUST: 69,
  SHLD: 31,
  MAY: 18,
  REC: 1,
  ST: 23,
  SA: 80,
  UC: 26,
  R1122: 22,
}

const NO_SECURITY = 'no IP security options: RFC 9293 appendix A.1.2 lets other hosts ignore them'
const NO_SOURCE_ROUTE = 'no IP source routes: nothing that is in use carries them, and most hosts drop them'

const NO_LINK_LAYER = 'the packets of a TUN device have no link layer: no broadcast frames, no ARP'

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
  'MAY-6': 'keep-alives carry no octet of garbage (SHLD-12): everybody answers those without',
  'MAY-9': 'the Diffserv field of what arrives is not handed to the user',
  'MAY-14': 'the API has no FLUSH',
  'MAY-15': 'SEND has no PUSH flag: what is queued is always pushed (MUST-61)',
  'MAY-17': 'PSH is not handed to the user, who reads what there is',
  'MAY-18': 'NewReno is the only congestion control so far',
  'R1122-19':
    'off-link destinations get packets of the link’s MTU, to be fragmented on the way: path MTU discovery is not done yet',
  'R1122-21': NO_LINK_LAYER,
  'R1122-22': NO_LINK_LAYER,
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
