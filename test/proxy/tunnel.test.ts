/** Connections of one tunnel, each on a lane of its own: which packets are whose. */
import test, { type ExecutionContext } from 'ava'
import type { Socket } from '../../src/net/socket.ts'
import type { Lane } from '../../src/proxy/lane.ts'
import { makeTunnel } from './tunnels.ts'

const NEAR_PORT = 5000
/** Packets of a lane take so long, ms, by which one sees whose they are. */
const DELAY = 50

/** A tunnel whose connections all come from the same port of the near host. */
const made = (t: ExecutionContext) => {
  const { tunnel, lane, pump } = makeTunnel()
  const { near } = tunnel
  const connect = near.connect.bind(near) as (options: object) => Socket
  Object.assign(near, { connect: (options: object) => connect({ ...options, localPort: NEAR_PORT }) })
  // That of packets which are nobody's.
  lane()
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
    await pump(10)
    await closed
  })
  return { lane, pump, open }
}

const entered = ({ upstream, downstream }: Lane): readonly number[] => [
  upstream.counters.entered,
  downstream.counters.entered,
]

test('connections from the same port to two targets have each the faults of its own lane', async t => {
  const { lane, pump, open } = made(t)
  const [slow, fast] = [lane(), lane()]
  for (const stream of ['upstream', 'downstream'] as const) slow.set(stream, { delay: DELAY }, true)
  const [first, second] = [open(80, () => slow), open(443, () => fast)]
  await pump(10)
  t.deepEqual([first.connecting, second.connecting], [true, false])
  await pump(2 * DELAY)
  t.false(first.connecting)
  // One of them ends: the other's packets stay where they are.
  second.resetAndDestroy()
  await pump(10)
  const before = entered(slow)
  first.write('hello')
  await pump(4 * DELAY)
  t.is(String(first.read()), 'hello')
  t.true(entered(slow).every((n, i) => n > before[i]!))
})

test('the end of a connection takes nothing from the next one with its ports', async t => {
  const { lane, pump, open } = made(t)
  const [first, second] = [lane(), lane()]
  const old = open(80, () => first)
  await pump(10)
  t.false(old.connecting)
  // It takes the ports in the next tick, and only then is the other's end told.
  const young = open(80, () => second)
  old.resetAndDestroy()
  // Its SYN may have overtaken the reset: then the next one is a second later.
  await pump(1100)
  t.false(young.connecting)
  const before = entered(second)
  young.write('hello')
  await pump(10)
  t.is(String(young.read()), 'hello')
  t.true(entered(second).every((n, i) => n > before[i]!))
})

test('the lane that a connection has when its SYN leaves is its lane now, not when it was opened', async t => {
  const { lane, pump, open } = made(t)
  const [before, now] = [lane(), lane()]
  let way = before
  const socket = open(80, () => way)
  way = now
  await pump(10)
  t.false(socket.connecting)
  t.deepEqual(entered(before), [0, 0])
  t.true(entered(now).every(n => n > 0))
})
