/** A port is found at once, however many are taken, and however many connections there are. */
import test from 'ava'
import { Host } from '../../src/host/host.ts'
import { EphemeralPorts } from '../../src/host/ports.ts'
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import { VirtualClock } from '../../src/sim/virtual-clock.ts'
import { abort } from '../../src/tcp/calls.ts'
import { parseAddress } from '../../src/wire/address.ts'
import { Crowd } from '../support/crowd.ts'
import { emptyLink } from '../support/empty-link.ts'
import { counting, growth } from '../support/operations.ts'

const FIRST = 2000
const PORTS = 60_000
const OFFSET = 12_345
const NOBODY = { established() {}, readable() {}, writable() {}, closed() {} }
const REMOTE = parseAddress('192.0.2.9')

test('of a range that is full but for one port the picks together try each port a few times', t => {
  const random = new SeededRandom(1)
  const ports = new EphemeralPorts(random, [FIRST, FIRST + PORTS - 1])
  const taken = new Set<number>()
  let tried = 0
  const free = (port: number) => {
    tried++
    return !taken.has(port)
  }
  const pick = (): number => {
    const port = ports.pick(OFFSET, free)
    if (port >= 0) taken.add(port)
    return port
  }
  const giveBack = (port: number): void => {
    taken.delete(port)
    if (ports.noting) ports.freed(OFFSET, port)
  }
  for (let n = 0; n < PORTS; n++) t.true(pick() >= FIRST)
  t.is(taken.size, PORTS)
  t.is(pick(), -1)
  tried = 0
  for (let n = 0; n < 1000; n++) {
    const port = FIRST + random.below(PORTS)
    giveBack(port)
    t.is(pick(), port)
    t.is(pick(), -1)
  }
  t.true(tried < 3 * PORTS, `${tried} were tried`)
  // Many are given back: they are all found again.
  for (let port = FIRST; port < FIRST + PORTS / 2; port++) giveBack(port)
  for (let n = 0; n < PORTS / 2; n++) t.true(pick() >= FIRST)
  t.is(taken.size, PORTS)
})

test('ports that others than connections have freed are found, too', t => {
  const ports = new EphemeralPorts(new SeededRandom(2), [FIRST, FIRST + PORTS - 1])
  let only = -1
  const free = (port: number) => port === only
  t.is(ports.pick(OFFSET, free), -1)
  only = FIRST + 7
  let found = -1
  for (let n = 0; n < 2000 && found < 0; n++) found = ports.pick(OFFSET, free)
  t.is(found, only)
})

test('a host whose ports towards one peer are all taken uses the one that is given back', t => {
  const clock = new VirtualClock()
  const host = new Host({ clock, random: new SeededRandom(3), ephemeralPorts: [2000, 4999] })
  host.attach(emptyLink(), ['192.0.2.2/24'])
  const all = Array.from({ length: 3000 }, () => host.connect(REMOTE, 80, NOBODY))
  for (let n = 0; n < 10; n++) {
    t.throws(() => host.connect(REMOTE, 80, NOBODY), { code: 'EADDRNOTAVAIL' })
    const ended = all[300 * n]!
    abort(ended)
    const begun = host.connect(REMOTE, 80, NOBODY)
    t.is(begun.localPort, ended.localPort)
    host.connect(REMOTE, 81, NOBODY)
  }
  // A listener has a port of its own until it ends.
  abort(all[1]!)
  const listener = host.listen(0, all[1]!.localPort, { acceptable() {} })
  t.throws(() => host.connect(REMOTE, 80, NOBODY), { code: 'EADDRNOTAVAIL' })
  host.closeListener(listener)
  t.is(host.connect(REMOTE, 80, NOBODY).localPort, all[1]!.localPort)
})

counting('listeners at any port, while there are many connections', t => {
  const ratio = growth(300, n => {
    const crowd = new Crowd()
    for (let i = 0; i < n; i++) crowd.open(i)
    return () => {
      for (let i = 0; i < n; i++) crowd.host.listen(0, 0, { acceptable() {} })
    }
  })
  t.true(ratio < 2.1, `${ratio}`)
})
