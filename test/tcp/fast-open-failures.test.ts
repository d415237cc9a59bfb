/** TCP Fast Open that fails, and when it is tried again: RFC 7413 §4.1.3. */
import { abort } from '../../src/tcp/calls.ts'
import type { Dialogue } from '../support/dialogue.ts'
import { COOKIE, client, DATA, fastOpenOf, ON } from '../support/fast-open.ts'
import { icmpError } from '../support/packets.ts'
import { test } from '../support/states.ts'

/** True when the next connection tries it, after `ms`. */
const triesAgain = (d: Dialogue, ms: number): boolean => {
  d.after(ms)
  d.skip()
  d.localPort++
  const user = d.connect({}, DATA)
  const sent = d.next()
  abort(user.connection!)
  d.skip()
  return fastOpenOf(sent) !== null
}

/** Fast open that fails, in all the ways there are. */
const FAILURES: Record<string, (d: Dialogue) => void> = {
  'the SYN was lost': d => {
    d.next()
    d.after(1000)
    d.next()
  },
  'the text was not taken, and no other cookie given': d => {
    d.next()
    d.receives('S. 0:0(0) ack 1 win 65535 <mss 1460>')
  },
  'an ICMP error': d => d.inject(icmpError(3, 1, d.next().raw)),
}

for (const [what, happens] of Object.entries(FAILURES))
  test(`[R7413-4] ${what}: the path is spared for a minute, the next time for two, other ports not`, (t, dialogue) => {
    const d = client(dialogue)
    const fail = () => {
      d.localPort++
      const user = d.connect({}, DATA)
      happens(d)
      abort(user.connection!)
      d.skip()
    }
    fail()
    t.false(triesAgain(d, 0))
    t.false(triesAgain(d, 58_000))
    d.remotePort++
    t.true(triesAgain(d, 0))
    d.remotePort--
    t.true(triesAgain(d, 2000))
    fail()
    t.false(triesAgain(d, 118_000))
    t.true(triesAgain(d, 2000))
  })

test('[R7413-4] a server that gives no cookie is not asked again for a while', (t, dialogue) => {
  const d = client(dialogue, {}, 'mss 1460')
  t.false(triesAgain(d, 59_000))
  t.true(triesAgain(d, 1000))
})

test('[R7413-4] a cookie without text that brings nothing new is no failure', (t, dialogue) => {
  const d = client(dialogue)
  const user = d.connect()
  t.is(fastOpenOf(d.sends('S 0:0(0)')), COOKIE)
  d.receives('S. 0:0(0) ack 1 win 65535 <mss 1460>')
  d.next()
  abort(user.connection!)
  t.true(triesAgain(d, 0))
})

test('[R7413-4] a connection that loses its SYN again and again has failed once', (t, dialogue) => {
  const d = client(dialogue)
  const user = d.connect({}, DATA)
  d.after(20_000)
  abort(user.connection!)
  t.true(triesAgain(d, 41_000))
})

test('[R7413-4] text that has arrived after all is no failure', (t, dialogue) => {
  const d = client(dialogue)
  const user = d.connect({}, DATA)
  d.next()
  d.after(1000)
  d.next()
  d.receives('S. 0:0(0) ack 6 win 65535')
  d.next()
  abort(user.connection!)
  t.true(triesAgain(d, 0))
})

test('[R7413-4] the cache holds so many, and forgets what was used longest ago', (t, dialogue) => {
  const d = dialogue({ tcp: { ...ON, fastOpenCache: 2 } })
  const { cache } = d.host.fastOpens
  const give = (n: number) => cache.learn(1, n, { cookie: new Uint8Array(8), mss: 1460 })
  give(1)
  give(2)
  t.truthy(cache.server(1, 1))
  give(3)
  t.is(cache.server(1, 2), null)
  t.truthy(cache.server(1, 1))
  for (let port = 0; port < 1000; port++) cache.failed(1, 2, port, 0)
  t.is(cache.size, 4)
})
