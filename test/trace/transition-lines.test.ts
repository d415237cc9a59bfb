/** Lines of transitions are those that pino would write. */
import test from 'ava'
import pino from 'pino'
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import type { TransitionEvent } from '../../src/tcp/block/events.ts'
import { TransitionLines } from '../../src/trace/transition-lines.ts'
import { transitionFields, transitionText } from '../../src/trace/transition-text.ts'
import { parseAddress } from '../../src/wire/address.ts'

const ADDRESSES = ['192.0.2.1', '192.0.2.2', '0.0.0.0', '2001:db8::1', 'fe80::7'].map(parseAddress)
const STATES = ['LISTEN', 'SYN_RECEIVED', 'ESTABLISHED', 'CLOSED'] as const
// Some that no machine has: what they are is not the line's affair.
const EVENTS = ['SYN', 'ack of SYN', 'a "quoted" one', 'back\\slash\n'] as const

test('whatever the connection and the transition, remembered or not', t => {
  const random = new SeededRandom(3)
  const one = <T>(of: readonly T[]): T => of[random.uint32() % of.length]!
  let expected = ''
  const logger = pino(
    { base: null, timestamp: () => ',"time":5', formatters: { level: label => ({ level: label }) } },
    { write: line => (expected = line) },
  )
  const lines = new TransitionLines()
  const ids = Array.from({ length: 40 }, () => ({
    localAddress: one(ADDRESSES),
    localPort: one([7, 80, 263]),
    remoteAddress: one(ADDRESSES),
    // Ports that share a place with others'.
    remotePort: one([0, 1024, 1280, 1536, 40_000]),
    active: random.uint32() % 2 === 0,
  }))
  for (let i = 0; i < 2000; i++) {
    const e = {
      type: 'transition',
      time: i,
      connection: one(ids),
      from: one(STATES),
      to: one(STATES),
      event: one(EVENTS),
      section: one(['§3.10.4', '§3.10.7.4']),
      cause: one(['segment', 'call']),
    } as unknown as TransitionEvent
    logger.info(transitionFields(e), transitionText(e))
    if (lines.line(e, 5) !== expected) {
      t.is(lines.line(e, 5), expected)
      return
    }
  }
  t.pass()
})
