/** Connections of one tunnel, each on a lane of its own: which packets are whose. */
import test, { type ExecutionContext } from 'ava'
import type { Socket } from '../../src/net/socket.ts'
import type { Lane } from '../../src/proxy/lane.ts'
import { Tunnel } from '../../src/proxy/tunnel.ts'
import { benchmarkPrefixes } from '../../src/sim/benchmark-addresses.ts'
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import { VirtualClock } from '../../src/sim/virtual-clock.ts'

const NEAR_PORT = 5000
/** Packets of a lane take so long, ms, by which one sees whose they are. */
const DELAY = 50

/** A tunnel whose connections all come from the same port of the near host. */
const made = (t: ExecutionContext) => {
  const clock = new VirtualClock()
  const tunnel = new Tunnel({
    names: ['near', 'far'],
    prefixes: [benchmarkPrefixes(1)[0], benchmarkPrefixes(2)[0]],
    clock,
    random: new SeededRandom(1),
    tcp: {},
    memory: {},
    trace: null,
    observer: null,
    shared: null,
  })
  const { near } = tunnel
  const connect = near.connect.bind(near) as (options: object) => Socket
  Object.assign(near, { connect: (options: object) => connect({ ...options, localPort: NEAR_PORT }) })
  const lane = (): Lane => tunnel.lane(stream => new SeededRandom(stream))
  // That of packets which are nobody's.
  lane()
  const rounds = async (count: number): Promise<void> => {
    for (; count > 0; count--) {
      await new Promise(resolve => setImmediate(resolve))
      clock.advance(1)
    }
  }
  const open = (port: number, way: () => Lane): Socket =>
    tunnel
      .open({
        port,
        lane: way,
        knock: knock => knock.open(),
        accepted: inner => inner.on('error', () => {}).pipe(inner as never),
      })
      .on('error', () => {})
  t.teardown(async () => {
    const closed = tunnel.close()
    await rounds(10)
    await closed
  })
  return { lane, rounds, open }
}

const entered = ({ upstream, downstream }: Lane): readonly number[] => [
  upstream.counters.entered,
  downstream.counters.entered,
]

test('connections from the same port to two targets have each the faults of its own lane', async t => {
  const { lane, rounds, open } = made(t)
  const [slow, fast] = [lane(), lane()]
  for (const stream of ['upstream', 'downstream'] as const) slow.set(stream, { delay: DELAY }, true)
  const [first, second] = [open(80, () => slow), open(443, () => fast)]
  await rounds(10)
  t.deepEqual([first.connecting, second.connecting], [true, false])
  await rounds(2 * DELAY)
  t.false(first.connecting)
  // One of them ends: the other's packets stay where they are.
  second.resetAndDestroy()
  await rounds(10)
  const before = entered(slow)
  first.write('hello')
  await rounds(4 * DELAY)
  t.is(String(first.read()), 'hello')
  t.true(entered(slow).every((n, i) => n > before[i]!))
})

test('the end of a connection takes nothing from the next one with its ports', async t => {
  const { lane, rounds, open } = made(t)
  const [first, second] = [lane(), lane()]
  const old = open(80, () => first)
  await rounds(10)
  t.false(old.connecting)
  // It takes the ports in the next tick, and only then is the other's end told.
  const young = open(80, () => second)
  old.resetAndDestroy()
  // Its SYN may have overtaken the reset: then the next one is a second later.
  await rounds(1100)
  t.false(young.connecting)
  const before = entered(second)
  young.write('hello')
  await rounds(10)
  t.is(String(young.read()), 'hello')
  t.true(entered(second).every((n, i) => n > before[i]!))
})

test('the lane that a connection has when its SYN leaves is its lane now, not when it was opened', async t => {
  const { lane, rounds, open } = made(t)
  const [before, now] = [lane(), lane()]
  let way = before
  const socket = open(80, () => way)
  way = now
  await rounds(10)
  t.false(socket.connecting)
  t.deepEqual(entered(before), [0, 0])
  t.true(entered(now).every(n => n > 0))
})
