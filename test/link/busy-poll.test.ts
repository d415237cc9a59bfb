import test from 'ava'
import { openTun } from '../../src/link/tun.ts'
import { namespaceTest } from '../support/namespace.ts'
import { cases } from './busy-poll-cases.ts'

const module = new URL('./busy-poll-cases.js', import.meta.url)

for (const name of Object.keys(cases)) namespaceTest(`busy polling: ${name}`, module, name)

test('busy polling takes from 0 to 1,000,000 microseconds', t => {
  for (const busyPoll of [-1, 1_000_001, Number.NaN])
    t.throws(() => openTun({ busyPoll }), {
      instanceOf: RangeError,
      message: `not a time for busyPoll: ${busyPoll} (a whole number from 0 to 1000000 microseconds)`,
    })
})
