/** The ports of several hosts with one address: each has a share, and nobody two connections between the same ends. */
import test from 'ava'
import { parseAddress } from '../../src/wire/address.ts'
import { CLIENT, PoolOfHosts } from './hosts.ts'

const SILENT = { established() {}, readable() {}, writable() {}, closed() {} }

test('ephemeral ports are divided: no two workers have one in common, and together they have all', t => {
  for (const workers of [1, 2, 3, 7, 32]) {
    const { members } = new PoolOfHosts({ seed: 1, workers })
    let next = 1024
    for (const member of members) {
      const [first, last] = member!.ephemeralPorts
      t.is(first, next)
      t.true(last >= first)
      next = last + 1
    }
    t.is(next, 65_536)
  }
})

test('connections and listeners of each worker have ports of its share', t => {
  const { hosts, members } = new PoolOfHosts({ seed: 2, flows: 300 })
  for (const [i, host] of hosts.entries()) {
    const [first, last] = members[i]!.ephemeralPorts
    for (let n = 0; n < 100; n++) {
      const { localPort } = host.connect(CLIENT, 80, SILENT)
      t.true(localPort >= first && localPort <= last)
    }
    const { localPort } = host.listen(0, 0, { acceptable() {} })
    t.true(localPort >= first && localPort <= last)
  }
})

test('a local port towards the same remote end is refused to a second worker, and given when the first has done', t => {
  const { hosts, clock } = new PoolOfHosts({ seed: 3 })
  const connect = (host: number, to = CLIENT) => hosts[host]!.connect(to, 80, SILENT, { localPort: 5000 })
  const c = connect(0)
  t.throws(() => connect(1), { code: 'EADDRINUSE' })
  t.throws(() => connect(0), { code: 'EADDRINUSE' })
  // Other ends are another connection.
  connect(1, parseAddress('192.0.2.9'))
  // Nobody listens there: it is refused, and over.
  clock.advance(100)
  t.is(c.state, 'CLOSED')
  t.is(connect(1).state, 'SYN_SENT')
})

test('a worker that has as many flows as it may opens no more', t => {
  const { hosts } = new PoolOfHosts({ seed: 4, flows: 3 })
  for (let n = 0; n < 3; n++) hosts[0]!.connect(CLIENT, 80, SILENT)
  t.throws(() => hosts[0]!.connect(CLIENT, 80, SILENT), { code: 'EADDRNOTAVAIL' })
  t.is(hosts[1]!.connect(CLIENT, 80, SILENT).state, 'SYN_SENT')
})

test('a listener takes no ephemeral port that another worker listens at', t => {
  const { hosts, members } = new PoolOfHosts({ seed: 5 })
  const [first, last] = members[0]!.ephemeralPorts
  const spared = first + 7
  for (let port = first; port <= last; port++) if (port !== spared) members[1]!.listening(port, true)
  t.is(hosts[0]!.listen(0, 0, { acceptable() {} }).localPort, spared)
  t.throws(() => hosts[0]!.listen(0, 0, { acceptable() {} }), { code: 'EADDRINUSE' })
})
