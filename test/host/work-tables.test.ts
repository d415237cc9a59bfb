/** A host's records of many peers cost no more, one by one, when there are many: twice as many are twice the work. */
import { FastOpenCache } from '../../src/host/fast-open-cache.ts'
import { PathMtus } from '../../src/ip/path-mtu-cache.ts'
import { close, release, send } from '../../src/tcp/calls.ts'
import { addressOf, Crowd } from '../support/crowd.ts'
import { dialogue } from '../support/dialogue.ts'
import { counting, growth } from '../support/operations.ts'

const BLOCK = new Uint8Array(40_000)
const SECOND = 1000
const MINUTE = 60_000
/** As good as no limit. */
const PLENTY = 2 ** 40

/** So many peers, each with a window that it has shut, and with text for it that waits. */
const holders = (n: number, crowd: Crowd): void => {
  for (let i = 0; i < n; i++) crowd.open(i, 0)
  for (const c of crowd.accepted) send(c, BLOCK)
  crowd.clock.settle()
}

const ATTACKS: Record<string, (n: number) => () => void> = {
  'shut windows beyond the budget: the worst holders are found and reset': n => {
    const crowd = new Crowd({ memory: { high: n * 15_000 } })
    return () => {
      holders(n, crowd)
      crowd.clock.advance(5 * SECOND)
      const { resets } = crowd.host.memory.relief
      if (resets < n / 4) throw new Error(`${resets} were reset`)
    }
  },
  'memory that is just not exhausted: everybody is looked at in each round, and nobody goes': n => {
    const crowd = new Crowd({ memory: { high: n * 65_000, pressure: n * 40_000, low: n * 30_000 } })
    holders(n, crowd)
    return () => crowd.clock.advance(10 * SECOND)
  },
  'orphans beyond their number, each of which evicts another': n => {
    const crowd = new Crowd({ memory: { orphans: n >> 1, orphanBytes: PLENTY } })
    holders(n, crowd)
    return () => {
      for (const c of crowd.accepted) release(c)
      crowd.clock.settle()
      const { size } = crowd.host.memory.orphans
      if (size !== n >> 1) throw new Error(`${size} orphans`)
    }
  },
  'orphans whose time is over at once': n => {
    const crowd = new Crowd({ memory: { orphanTime: SECOND, orphanBytes: PLENTY } })
    holders(n, crowd)
    for (const c of crowd.accepted) release(c)
    const { size } = crowd.host.memory.orphans
    if (size !== n) throw new Error(`${size} orphans`)
    return () => {
      crowd.clock.advance(10 * MINUTE)
      if (crowd.host.memory.orphans.size > 0) throw new Error('orphans are left')
    }
  },
  'half-open connections, whose SYN,ACKs leave again and again until they end': n => {
    const crowd = new Crowd()
    return () => {
      for (let i = 0; i < n; i++) crowd.knock(i)
      crowd.clock.advance(10 * MINUTE)
      if (crowd.host.connections.size > 0) throw new Error('some are left')
    }
  },
  'SYNs of one address beyond its limit': n => {
    const crowd = new Crowd({ memory: { peerConnections: n >> 1, peerHalfOpen: n >> 2 } })
    return () => {
      for (let i = 0; i < n; i++) crowd.knock(i)
      const { size } = crowd.host.connections
      if (size !== n >> 2) throw new Error(`${size} connections`)
    }
  },
  'SYNs of ever other addresses, each with a limit of its own': n => {
    const crowd = new Crowd({ memory: { peerConnections: 10, peerHalfOpen: 5, peerBytes: 1000 } })
    return () => {
      for (let i = 0; i < n; i++) crowd.knock(i, 65_535, addressOf(i))
      crowd.clock.advance(10 * MINUTE)
      if (crowd.host.memory.peers.size > 0) throw new Error('some are remembered')
    }
  },
  'connections that pass into TIME-WAIT beyond its records, and SYNs that reuse them': n => {
    const crowd = new Crowd({ tcp: { timeWaitRecords: n >> 1 } })
    const peers = Array.from({ length: n }, (_, i) => crowd.open(i))
    for (const c of crowd.accepted) close(c)
    crowd.clock.settle()
    for (const peer of peers) crowd.acknowledges(peer)
    crowd.deliver()
    return () => {
      for (const peer of peers) crowd.finishes(peer)
      crowd.deliver()
      if (crowd.host.connections.size !== n >> 1) throw new Error(`${crowd.host.connections.size} records`)
      for (let i = 0; i < n; i++) crowd.knock(i, 65_535, peers[i]!.address, 100_000)
      if (crowd.host.connections.size < n) throw new Error(`${crowd.host.connections.size} connections`)
    }
  },
  'resets, FINs and text for connections that there are none of': n => {
    const d = dialogue({ tcp: { backlog: 65_535 } })
    d.listen()
    // There are others.
    for (let i = 0; i < n; i++) d.receives(`${10_000 + i}>80 S 0:0(0) win 65535`)
    d.link.sent.length = d.events.length = 0
    return () => {
      for (let i = 0; i < n; i++) {
        d.receives(`${1024 + (i % 5000)}>${i % 3 === 0 ? 80 : 81} ${['R', 'F.', 'P.'][i % 3]} 1:1(0) ack 1`)
        d.link.sent.length = d.events.length = 0
      }
      if (d.host.connections.size !== n) throw new Error(`${d.host.connections.size} connections`)
    }
  },
  'path MTUs of ever other destinations': n => {
    const known = new PathMtus()
    return () => {
      for (let i = 0; i < n; i++) {
        known.learn(i, 1400, false, i)
        known.lookUp((i * 7919) % n, i)
      }
    }
  },
  'fast open that fails at ever other servers, more than are remembered': n => {
    const cache = new FastOpenCache(n >> 1, MINUTE)
    return () => {
      for (let i = 0; i < n; i++) {
        cache.failed(1, i, 80, i)
        cache.mayTry(1, (i * 7919) % n, 80, i)
      }
      if (cache.size > n >> 1) throw new Error(`${cache.size} are remembered`)
    }
  },
}

for (const [name, attack] of Object.entries(ATTACKS))
  counting(name, t => {
    const ratio = growth(1500, attack)
    t.true(ratio < 2.1, `${ratio}`)
  })
