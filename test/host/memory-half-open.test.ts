/** The weight of half-open connections that are packed (RFC 4987 §3.5). */
import test from 'ava'
import { SYN } from '../../src/wire/tcp.ts'
import { heldMemory } from '../support/held-memory.ts'
import { Knocked, synOptions } from '../support/knocked.ts'

const COUNT = 100_000

test('[R4987-2] 100,000 half-open connections weigh 200 bytes each at most, also when their SYN,ACKs leave again', t => {
  const world = new Knocked({ ecn: 'on' })
  // The code compiled for the first ones is no connection's.
  for (let n = 0; n < 1000; n++) world.says(n, SYN, n, 0, synOptions(n))
  world.clock.advance(1000)
  const before = heldMemory()
  for (let n = 1000; n < COUNT + 1000; n++) {
    // Every fourth asks for ECN.
    world.says(n, n % 4 === 0 ? SYN | 0xc0 : SYN, n, 0, synOptions(n))
    if (n % 50 === 0) world.clock.advance(0.013)
  }
  const each = () => (heldMemory() - before) / COUNT
  t.is(world.host.connections.size, COUNT + 1000)
  const fresh = each()
  t.true(fresh <= 200, `${fresh} bytes`)
  world.clock.advance(10_000)
  t.is(world.host.connections.size, COUNT + 1000)
  const resent = each()
  t.true(resent <= 200, `${resent} bytes after three timeouts`)
  t.log(`${fresh.toFixed(0)} bytes each, ${resent.toFixed(0)} after three timeouts`)
  world.clock.advance(200_000)
  t.is(world.host.connections.size, 0)
  t.is(world.host.timers, 0)
  t.true(each() < 40, `${each()} bytes are left of each`)
})
