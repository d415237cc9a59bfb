/** Connections that SYN cookies open, over a path that reorders: whatever comes first, none of them is reset. */
import test from 'ava'
import { setUser } from '../../src/tcp/calls.ts'
import { parseAddress } from '../../src/wire/address.ts'
import { Half, visit } from '../support/scene-users.ts'
import { B, B6, pattern, twoHosts } from '../support/two-hosts.ts'

const SEEDS = 200
const ANY = parseAddress('::')
const PORT = 80
const SAID = pattern(20_000, 3)

test(`${SEEDS} connections by SYN cookies, their segments in any order`, t => {
  let overtaken = 0
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { clock, a, b } = twoHosts(
      seed,
      { delay: 20, jitter: 15, keepOrder: false },
      { synCookies: 'always', timestamps: seed % 2 === 0 },
    )
    const listener = b.listen(ANY, PORT, {
      acceptable() {
        for (let c = listener.accept(); c !== null; c = listener.accept()) {
          if (c.receiveQueue.piecesAbove > 0) overtaken++
          const server = new Half(SAID, SAID)
          server.connection = c
          setUser(c, server)
          server.readable()
          server.say(SAID.length)
        }
      },
    })
    const client = visit(a, seed % 4 < 2 ? B : B6, PORT, SAID)
    clock.advance(120_000)
    t.is(client.trouble(`seed ${seed}`), '')
    t.is(b.counters.synCookiesFailed, 0, `seed ${seed}`)
  }
  t.true(overtaken > SEEDS / 20, `${overtaken} were overtaken`)
})
