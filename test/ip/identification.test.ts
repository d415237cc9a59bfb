import test from 'ava'
import { send } from '../../src/tcp/calls.ts'
import { read16 } from '../../src/wire/ipv4.ts'
import { dialogue } from '../support/dialogue.ts'

/** The IPv4 identifications of many packets in a row. */
const identifications = (seed: number): number[] => {
  const d = dialogue({ seed })
  const user = d.established({ initialWindow: 200 }, 'S 0:0(0) win 65535 <mss 600>')
  send(user.connection!, Buffer.alloc(60_000))
  return d.skip().map(s => read16(s.raw, 4))
}

test('IPv4 identifications follow no rule that an outsider could learn', t => {
  const ids = identifications(1)
  t.true(ids.length >= 100)
  t.true(new Set(ids).size > 95)
  // Neither a counter nor a linear congruence: no step, and no factor, comes again and again.
  const steps = ids.slice(1).map((id, i) => (id - ids[i]!) & 0xffff)
  t.true(new Set(steps).size > 90)
  const second = steps.slice(1).map((step, i) => (step - steps[i]!) & 0xffff)
  t.true(new Set(second).size > 85)
  t.notDeepEqual(ids, identifications(2))
  t.deepEqual(ids, identifications(1))
})
