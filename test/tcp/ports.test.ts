/** Ephemeral ports: RFC 6056. */
import test from 'ava'
import { abort } from '../../src/tcp/calls.ts'
import { dialogue } from '../support/dialogue.ts'
import { PEER } from '../support/packets.ts'
import { RecordingUser } from '../support/recording-user.ts'

const FIRST = 1024
const COUNT = 65_536 - FIRST

const connect = (d: ReturnType<typeof dialogue>, remotePort: number) =>
  d.host.connect(PEER, remotePort, new RecordingUser())

test('[R6056-1][R6056-2] from destination to destination the ports follow no pattern, all over the range', t => {
  const d = dialogue()
  const ports = Array.from({ length: 1000 }, (_, n) => connect(d, 1000 + n).localPort)
  const steps = new Map<number, number>()
  for (let n = 1; n < ports.length; n++) {
    const step = ports[n]! - ports[n - 1]!
    steps.set(step, (steps.get(step) ?? 0) + 1)
  }
  t.true(Math.max(...steps.values()) <= 4, 'a step that comes again and again')
  // Each sixteenth of the range gets its share.
  const counts = new Array<number>(16).fill(0)
  for (const port of ports) counts[Math.floor((port - FIRST) / (COUNT / 16))]!++
  t.true(Math.min(...counts) > 30 && Math.max(...counts) < 100, String(counts))
})

test('[R6056-1] another secret, other ports', t => {
  const first = (seed: number) => connect(dialogue({ seed }), 80).localPort
  t.true(new Set([1, 2, 3, 4, 5].map(first)).size >= 4)
})

test('[R6056-2] a port that the host serves is never chosen, nor a well-known one', t => {
  const d = dialogue()
  for (let port = FIRST; port < 65_536; port += 2) d.host.listen(0, port, { acceptable: () => {} })
  for (let n = 0; n < 500; n++) {
    const { localPort } = connect(d, 1000 + (n % 50))
    t.true(localPort >= FIRST && localPort % 2 === 1)
  }
})

test('[R6056-3][UC-4] every port of the range once for one destination, then EADDRNOTAVAIL, and no crash', t => {
  const d = dialogue()
  const seen = new Set<number>()
  const all = Array.from({ length: COUNT }, () => connect(d, 80))
  for (const c of all) seen.add(c.localPort)
  t.is(seen.size, COUNT)
  t.throws(() => connect(d, 80), { code: 'EADDRNOTAVAIL', message: /connect EADDRNOTAVAIL 192\.0\.2\.1:80/ })
  t.true(connect(d, 81).localPort >= FIRST)
  const freed = all[777]!
  abort(freed)
  t.is(connect(d, 80).localPort, freed.localPort)
})

test('[R6056-4] to one destination the ports go up one by one, from a place of its own', t => {
  const d = dialogue()
  const starts = new Set<number>()
  for (let remotePort = 80; remotePort < 90; remotePort++) {
    let before = connect(d, remotePort).localPort
    starts.add(before)
    for (let n = 0; n < 20; n++) {
      const c = connect(d, remotePort)
      t.is(c.localPort, before === 65_535 ? FIRST : before + 1)
      before = c.localPort
      abort(c)
    }
  }
  t.is(starts.size, 10)
  t.true(Math.max(...starts) - Math.min(...starts) > COUNT / 2, 'the places lie together')
})
