import test from 'ava'
import { createNetwork } from '../../src/sim/network.ts'
import { formatAddress } from '../../src/wire/address.ts'
import { enter } from '../link/path/support.ts'
import { echoRequest } from '../support/packets.ts'
import { BAD, pair, run, transfer } from '../support/transfers.ts'

test('hosts have addresses of their own and talk over their link', t => {
  const { network, a, b, link } = pair(1, { delay: 10 })
  t.is(formatAddress(a.address), '198.18.0.1')
  t.is(formatAddress(b.address), '198.18.0.2')
  const { server, client } = run(network, () => transfer(a, b, 100_000))
  t.is(server?.received, 100_000)
  t.is(server?.fault, '')
  t.is(client?.over, null)
  t.is(link.aToB.name, 'a→b')
  t.true(link.aToB.counters.delivered > 70)
})

test('a run is reproducible from its seed alone, to the last packet; another seed gives another', t => {
  const ladder = (seed: number | string) => {
    const { network, a, b } = pair(seed, BAD)
    const { server } = run(network, () => transfer(a, b, 200_000))
    t.is(server?.received, 200_000)
    t.is(server?.fault, '')
    return network.report()
  }
  const one = ladder(1)
  t.true(one.split('\n').length > 200)
  t.is(ladder(1), one)
  t.not(ladder(2), one)
  t.is(ladder('a name'), ladder('a name'))
})

test('the luck of one path does not depend on what happens on another', t => {
  const lost = (others: number) => {
    const network = createNetwork({ seed: 5 })
    const a = network.host('a')
    const b = network.host('b')
    const seen: string[] = []
    const link = network.link(a, b, { delay: 5, loss: 0.1, corrupt: 0.1 })
    for (let n = 0; n < others; n++) {
      const c = network.host(`c${n}`)
      network.link(c, b, { delay: 1, loss: 0.1 })
      transfer(c, b, 10_000, 1000 + n)
    }
    transfer(a, b, 50_000)
    network.runUntilIdle()
    seen.push(JSON.stringify(link.aToB.counters), JSON.stringify(link.bToA.counters))
    return seen
  }
  t.deepEqual(lost(0), lost(3))

  const network = createNetwork({ seed: 5 })
  const [a, b] = [network.host('a'), network.host('b')]
  const { aToB, bToA } = network.link(a, b, { loss: 0.5 })
  const fate = (path: typeof aToB) =>
    Array.from({ length: 64 }, () => {
      const before = path.lost
      enter(path, [echoRequest(8)])
      return path.lost - before
    })
  t.notDeepEqual(fate(aToB), fate(bToA))
})

test('an exception of a user comes out of run', t => {
  const { network, a, b } = pair(1)
  a.connect(b.address, 80, {
    established() {},
    readable() {},
    writable() {},
    closed() {
      throw new Error('from the user')
    },
  })
  t.throws(() => network.runUntilIdle(), { message: 'from the user' })
})

test('three flows through one bottleneck share its queue and fill it', t => {
  const RATE = 10e6
  const network = createNetwork({ seed: 7 })
  const [left, right] = [network.router('left'), network.router('right')]
  const neck = network.link(left, right, { rate: RATE, delay: 10, queue: 50_000 })
  const flows = [1, 2, 3].map(n => {
    const from = network.host(`from ${n}`)
    const to = network.host(`to ${n}`)
    network.link(from, left, { delay: n })
    network.link(to, right, { delay: n })
    return transfer(from, to, 2_000_000)
  })
  network.runUntilIdle()
  for (const { server } of flows) {
    t.is(server?.received, 2_000_000)
    t.is(server?.fault, '')
  }
  const { counters } = neck.aToB
  // All that was delivered went through at the rate: it cannot have been faster.
  const end = Math.max(...flows.map(flow => flow.doneAt))
  t.true(counters.bytes * 8000 > 6_000_000 * 8000)
  t.true(end >= (6_000_000 * 8000) / RATE)
  t.true(counters.lost.queue > 0, 'the queue has overflown')
  t.true(end < 2.5 * ((6_000_000 * 8000) / RATE), `${end}`)
  // Each of them got a share while all were there.
  const ends = flows.map(flow => flow.doneAt)
  t.true(Math.min(...ends) > end / 3, `${ends}`)
})
