/** Several hosts with one address: whichever of them the device gives a packet, the one that has the flow gets it. */
import test from 'ava'
import type { TcpOptions } from '../../src/tcp/block/options.ts'
import { setUser } from '../../src/tcp/calls.ts'
import { TimeWait } from '../../src/tcp/time-wait.ts'
import { parseAddress } from '../../src/wire/address.ts'
import { batchOf } from '../../src/wire/batch.ts'
import { icmp, sealed } from '../support/packets.ts'
import { pattern, Streamer } from '../support/two-hosts.ts'
import { CLIENT, POOL, POOL_IPV6, PoolOfHosts } from './hosts.ts'

const SEEDS = 100
const WORKERS = [0, 1, 2]
const SILENT = { established() {}, readable() {}, writable() {}, closed() {} }

/** The client's side of a stream to a port of the pool. */
const open = (pool: PoolOfHosts, to: typeof POOL, says: Buffer, hears: Buffer): Streamer => {
  const c = pool.client.connect(to, 80, SILENT)
  const s = new Streamer(c, says, hears)
  setUser(c, s)
  return s
}

const finished = (bytes: number) => ({ fault: '', received: bytes, ended: true, over: null })

test('packets dealt out by chance: no byte is lost and no connection reset, over 100 seeds', t => {
  const [question, answer] = [pattern(30_000, 1), pattern(50_000, 2)]
  let handedOver = 0
  for (let seed = 0; seed < SEEDS; seed++) {
    const pool = new PoolOfHosts({
      seed,
      path: { delay: 10, jitter: 4, loss: 0.02, reorder: 0.02, duplicate: 0.02 },
      tcp: { msl: 500 },
      clientTcp: { msl: 500 },
    })
    const served = pool.serve(80, answer, question)
    const asked = Array.from({ length: 6 }, (_, n) => open(pool, n % 2 ? POOL_IPV6 : POOL, question, answer))
    pool.clock.advance(120_000)
    t.is(served.length, asked.length, `seed ${seed}`)
    for (const s of served) t.like(s, finished(question.length), `seed ${seed}`)
    for (const s of asked) t.like(s, finished(answer.length), `seed ${seed}`)
    t.is(
      pool.hosts.reduce((sum, host) => sum + host.connections.size, 0),
      0,
      `seed ${seed}`,
    )
    handedOver += pool.drops('handed-over')
  }
  // Two of three packets go to a host that has nothing to do with them.
  t.true(handedOver > SEEDS * 100)
})

test('the connections that workers open themselves are theirs, whichever gets the answers', t => {
  for (let seed = 0; seed < 20; seed++) {
    const pool = new PoolOfHosts({ seed, path: { delay: 10, loss: 0.02 } })
    const [question, answer] = [pattern(20_000, seed), pattern(20_000, -seed)]
    const served: Streamer[] = []
    const listener = pool.client.listen(parseAddress('::'), 80, {
      acceptable: () => {
        for (let c = listener.accept(); c !== null; c = listener.accept()) {
          const s = new Streamer(c, answer, question)
          setUser(c, s)
          s.readable()
          s.writable()
          served.push(s)
        }
      },
    })
    const asked = WORKERS.flatMap(worker =>
      [CLIENT, CLIENT].map(to => {
        const c = pool.hosts[worker]!.connect(to, 80, SILENT)
        const s = new Streamer(c, question, answer)
        setUser(c, s)
        return s
      }),
    )
    t.is(new Set(asked.map(s => s.connection.localPort)).size, asked.length)
    pool.clock.advance(200_000)
    for (const s of [...served, ...asked]) t.like(s, finished(20_000), `seed ${seed}`)
    t.is(served.length, asked.length)
    t.is(pool.resets, 0)
  }
})

test('two copies of a SYN reach two workers before either hears of the other: one connection comes of them', t => {
  for (let seed = 0; seed < 20; seed++) {
    const pool = new PoolOfHosts({ seed, path: { delay: 5, duplicate: 1 }, delay: 50 })
    let n = 0
    pool.steer = () => n++
    const served = pool.serve(80, pattern(10, 1), pattern(10, 2))
    const s = open(pool, POOL, pattern(10, 2), pattern(10, 1))
    pool.clock.advance(10_000)
    t.like(s, finished(10))
    t.is(served.length, 1)
  }
})

test('a listener that one worker alone has is reached by any queue; a port that nobody listens at refuses once', t => {
  const pool = new PoolOfHosts({ seed: 3 })
  const served = pool.serve(80, pattern(10, 1), pattern(10, 2), [1])
  pool.steer = () => 2
  const s = open(pool, POOL, pattern(10, 2), pattern(10, 1))
  const refused: (string | null)[] = []
  pool.client.connect(POOL, 81, { ...SILENT, closed: error => refused.push(error) })
  pool.clock.advance(10_000)
  t.like(s, finished(10))
  t.is(served.length, 1)
  t.deepEqual(refused, ['ECONNREFUSED'])
  t.is(pool.resets, 1)
  t.is(pool.drops('closed-port'), 1)
})

test('listeners of one port at different addresses: each is found by way of the others', t => {
  const pool = new PoolOfHosts({ seed: 4, workers: 4 })
  let accepted = 0
  for (const [worker, address] of [
    [0, POOL],
    [1, POOL],
    [2, POOL_IPV6],
  ] as const) {
    const listener = pool.hosts[worker]!.listen(address, 80, {
      acceptable: () => {
        listener.accept()
        accepted++
      },
    })
  }
  for (const queue of [0, 1, 2, 3]) {
    pool.steer = () => queue
    pool.client.connect(POOL, 80, SILENT)
    pool.client.connect(POOL_IPV6, 80, SILENT)
    pool.clock.advance(1000)
  }
  t.is(accepted, 8)
  t.is(pool.resets, 0)
})

test('a worker whose successor does not listen yet leaves new connections to the others', t => {
  const pool = new PoolOfHosts({ seed: 5 })
  const served = pool.serve(80, pattern(10, 1), pattern(10, 2))
  pool.kill(0)
  pool.start(0)
  pool.steer = () => 0
  const s = open(pool, POOL, pattern(10, 2), pattern(10, 1))
  pool.clock.advance(10_000)
  t.like(s, finished(10))
  t.is(served.length, 1)
})

test('a worker that dies takes its own connections and no others; its successor has its ports', t => {
  const [question, answer] = [pattern(100_000, 1), pattern(100_000, 2)]
  for (let seed = 0; seed < 20; seed++) {
    const pool = new PoolOfHosts({ seed, path: { delay: 20, rate: 2e6 }, tcp: { msl: 100 } })
    pool.serve(80, answer, question)
    const asked = Array.from({ length: 9 }, () => open(pool, POOL, question, answer))
    pool.clock.advance(200)
    const doomed = new Set([...pool.hosts[1]!.connections].map(c => c.remotePort))
    pool.kill(1)
    pool.start(1)
    pool.serve(80, answer, question, [1])
    pool.clock.advance(60_000)
    for (const s of asked)
      if (doomed.has(s.connection.localPort)) t.is(s.over, 'ECONNRESET', `seed ${seed}`)
      else t.like(s, finished(answer.length), `seed ${seed}`)
    const again = Array.from({ length: 9 }, () => open(pool, POOL, question, answer))
    pool.clock.advance(60_000)
    for (const s of again) t.like(s, finished(answer.length), `seed ${seed}`)
  }
})

test('an ICMP error goes to the worker whose packet it quotes', t => {
  for (const queue of WORKERS) {
    const pool = new PoolOfHosts({ seed: 6 + queue })
    const codes: string[] = []
    // Nobody has this address: nothing else is heard.
    const c = pool.hosts[0]!.connect(parseAddress('192.0.2.77'), 81, {
      ...SILENT,
      softError: code => codes.push(code),
    })
    const syn = new Uint8Array(28)
    syn.set([0x45, 0, 0, 60, 0, 0, 0x40, 0, 64, 6, 0, 0, 192, 0, 2, 2, 192, 0, 2, 77])
    new DataView(syn.buffer).setUint16(20, c.localPort)
    new DataView(syn.buffer).setUint16(22, 81)
    new DataView(syn.buffer).setInt32(24, c.snd.iss)
    pool.steer = () => queue
    // From a router on the way.
    const error = icmp(3, 1, syn)
    error.set([192, 0, 2, 9], 12)
    pool.client.interfaces.all[1]!.link.transmit(batchOf(sealed(error)))
    pool.clock.advance(100)
    t.deepEqual(codes, ['EHOSTUNREACH'], `queue ${queue}`)
  }
})

test('fragments of one datagram at three workers are put together by one, for the one that has the connection', t => {
  const [question, answer] = [pattern(30_000, 1), pattern(10, 2)]
  for (let seed = 0; seed < 20; seed++) {
    const pool = new PoolOfHosts({
      seed,
      path: { delay: 5, mtu: 576, fragment: true, icmp: false },
      clientTcp: { pathMtuDiscovery: false },
    })
    pool.serve(80, answer, question)
    const s = open(pool, POOL, question, answer)
    // Before the first timeout: nothing had to be sent again.
    pool.clock.advance(150)
    t.like(s, finished(10), `seed ${seed}`)
    t.is(pool.resets, 0)
  }
})

test('a SYN cookie that one worker sent is taken by another', t => {
  const tcp: Partial<TcpOptions> = { synCookies: 'always' }
  for (let seed = 0; seed < 20; seed++) {
    const pool = new PoolOfHosts({ seed, tcp })
    const served = pool.serve(80, pattern(10, 1), pattern(10, 2))
    let n = seed
    pool.steer = () => n++
    const s = open(pool, POOL, pattern(10, 2), pattern(10, 1))
    pool.clock.advance(10_000)
    t.like(s, finished(10), `seed ${seed}`)
    t.is(served.length, 1)
    t.is(pool.resets, 0)
  }
})

test('a fast open cookie that one worker gave opens at another', t => {
  const pool = new PoolOfHosts({ seed: 8, tcp: { fastOpen: true }, clientTcp: { fastOpen: true } })
  const served = pool.serve(80, pattern(10, 1), pattern(10, 2))
  const early: number[] = []
  for (const queue of WORKERS) {
    pool.steer = () => queue
    const c = pool.client.connect(POOL, 80, SILENT, { data: pattern(10, 2) })
    const s = new Streamer(c, pattern(10, 2), pattern(10, 1), 10)
    setUser(c, s)
    pool.clock.advance(10_000)
    t.like(s, finished(10))
    early.push(served.at(-1)!.connection.fastOpen?.opened ? 1 : 0)
  }
  t.deepEqual(early, [0, 1, 1])
})

test('a SYN for a connection in TIME-WAIT goes to the worker that remembers it, and opens another', t => {
  const pool = new PoolOfHosts({ seed: 9 })
  pool.serve(80, pattern(0, 1), pattern(0, 2))
  const open80 = () => {
    const c = pool.client.connect(POOL, 80, SILENT, { localPort: 5000 })
    const s = new Streamer(c, pattern(0, 2), pattern(0, 1))
    setUser(c, s)
    // The pool closes first, and so it is the pool that waits.
    s.established = () => {}
    s.readable = () => {
      if (c.finReceived) s.writable()
    }
    return s
  }
  for (const queue of [0, 1, 2, 1]) {
    pool.steer = () => queue
    const s = open80()
    pool.clock.advance(1000)
    t.is(s.over, null, `queue ${queue}`)
    const waiting = pool.hosts.flatMap((host, i) =>
      [...host.connections].map(c => `${i} ${c instanceof TimeWait ? 'TIME_WAIT' : c.state}`),
    )
    t.deepEqual(waiting, ['0 TIME_WAIT'])
  }
  t.is(pool.resets, 0)
})

test('a worker that connects to the address of its own pool reaches a listener of another', t => {
  const pool = new PoolOfHosts({ seed: 10 })
  const [question, answer] = [pattern(20_000, 1), pattern(20_000, 2)]
  const served = pool.serve(80, answer, question, [2])
  const c = pool.hosts[0]!.connect(POOL, 80, SILENT)
  const s = new Streamer(c, question, answer)
  setUser(c, s)
  pool.clock.advance(10_000)
  t.like(s, finished(answer.length))
  t.like(served[0]!, finished(question.length))
})
