// The cases of path-mtu.test.ts, each in a process and a network namespace of its own: a kernel client, and kernel
// routers with a narrow link between them, on the way to our host behind a TUN device.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { Host } from '../../src/host/host.ts'
import type { Link } from '../../src/ip/link.ts'
import { emulate } from '../../src/link/emulated.ts'
import { nodeClock } from '../../src/net/node-clock.ts'
import { nodeRandom } from '../../src/net/node-random.ts'
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import type { ConnectionView as Connection } from '../../src/tcp/block/connection-view.ts'
import type { PathMtuEvent } from '../../src/tcp/block/events.ts'
import type { TcpOptions } from '../../src/tcp/block/options.ts'
import { setUser } from '../../src/tcp/calls.ts'
import { PROTOCOL_ICMP } from '../../src/wire/ipv4.ts'
import { type KernelRoute, kernelRoute } from '../support/kernel-route.ts'
import { runCase, until } from '../support/namespace-case.ts'
import { pattern, Streamer } from '../support/two-hosts.ts'

const BYTES = 2_000_000
const NARROW = 1280

/** Sends its input, and prints the SHA-256 of what it hears. */
const CLIENT = `
  const s = require('net').connect({ port: 80, host: '192.0.2.2', allowHalfOpen: true })
  const hash = require('crypto').createHash('sha256')
  s.on('data', d => hash.update(d))
  s.on('end', () => process.stdout.write(hash.digest('hex')))
  process.stdin.pipe(s)`

/** Fragments that the router in this namespace, the one next to us, has made. */
const fragmentsMade = (): number => {
  const [names, values] = readFileSync('/proc/net/snmp', 'utf8')
    .split('\n')
    .filter(line => line.startsWith('Ip:'))
    .map(line => line.split(' '))
  return Number(values![names!.indexOf('FragCreates')])
}

const transfer = async (
  route: KernelRoute,
  link: Link,
  tcp: Partial<TcpOptions> = {},
): Promise<{ c: Connection; events: PathMtuEvent[] }> => {
  const events: PathMtuEvent[] = []
  const host = new Host({
    clock: nodeClock,
    random: nodeRandom,
    tcp: { initialRto: 100, minRto: 50, ...tcp },
    allocate: Buffer.allocUnsafe,
    trace: event => {
      if (event.type === 'path-mtu') events.push({ ...event })
    },
  })
  host.attach(link, ['192.0.2.2/24'])
  const ours = pattern(BYTES, 1)
  const theirs = pattern(BYTES, 2)
  let streamer: Streamer | null = null
  const listener = host.listen(0, 80, {
    acceptable() {
      const c = listener.accept()!
      streamer = new Streamer(c, ours, theirs)
      setUser(c, streamer)
      streamer.writable()
      streamer.readable()
    },
  })
  const client = route.client.start(process.execPath, '-e', CLIENT)
  client.stdin!.end(theirs)
  const heard = await text(client.stdout!)
  assert.equal(heard, createHash('sha256').update(ours).digest('hex'))
  await until(() => streamer!.over !== undefined)
  const { connection, fault, received, over } = streamer!
  assert.deepEqual({ fault, received, over }, { fault: '', received: BYTES, over: null })
  return { c: connection, events }
}

export const cases = {
  async 'both ways through 1280 bytes, byte by byte: both ends learn it from the routers'() {
    const route = await kernelRoute(NARROW)
    const { c, events } = await transfer(route, route.tun)
    assert.equal(c.pathMtu.size, NARROW)
    assert.deepEqual(
      events.map(e => [e.from, e.to, e.cause]),
      [[1500, NARROW, 'ICMP']],
    )
    // Nothing but what was too big at first: no timeout.
    assert.equal(c.rto.backoff, 0)
    assert.match(route.client.run('ip', 'route', 'get', '192.0.2.2'), /mtu 1280/)
  },

  async 'routers whose ICMP is lost: a black hole, found after three timeouts'() {
    const route = await kernelRoute(NARROW)
    const link = emulate(
      route.tun,
      { in: { drop: p => p.protocol === PROTOCOL_ICMP } },
      new SeededRandom(1),
      nodeClock,
    )
    const { c, events } = await transfer(route, link)
    assert.deepEqual([events[0]!.from, events[0]!.to, events[0]!.cause], [1500, 1024, 'black hole'])
    assert.ok(c.pathMtu.size <= NARROW, String(c.pathMtu.size))
    assert.ok(events.every((e, i) => i === 0 || (e.cause === 'probe' && e.to <= NARROW)))
  },

  async 'the search finds 1280 without ICMP'() {
    const route = await kernelRoute(NARROW)
    const link = emulate(
      route.tun,
      { in: { drop: p => p.protocol === PROTOCOL_ICMP } },
      new SeededRandom(1),
      nodeClock,
    )
    const { c, events } = await transfer(route, link, { mtuProbing: 'on' })
    assert.ok(
      events.every(e => e.to <= NARROW || e.cause === 'search'),
      JSON.stringify(events.map(e => e.to)),
    )
    assert.ok(c.pathMtu.size > 1024 && c.pathMtu.size <= NARROW, String(c.pathMtu.size))
  },

  async 'without discovery our packets have no DF: a link of 500 bytes gets them in fragments'() {
    const route = await kernelRoute(500)
    const { c, events } = await transfer(route, route.tun, { pathMtuDiscovery: false })
    assert.deepEqual(events, [])
    assert.equal(c.pathMtu.size, 576)
    // Whole packets did not fit: all that we sent was cut.
    assert.ok(fragmentsMade() > BYTES / 576)
  },

  async 'a link of 500 bytes, narrower than either end takes for true: packets of 552, in fragments'() {
    const route = await kernelRoute(500)
    const { c, events } = await transfer(route, route.tun)
    assert.deepEqual(
      events.map(e => [e.from, e.to, e.cause]),
      [[1500, 552, 'ICMP']],
    )
    assert.ok(c.pathMtu.fragment)
    assert.ok(fragmentsMade() > BYTES / 552)
  },
}

await runCase(cases)
if (process.argv[2] !== undefined) process.exit(0)
