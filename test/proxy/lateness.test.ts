/** Alarms that ring late make no round trip longer: what answers a packet is sent when that was due. */
import test from 'ava'
import type { Clock } from '../../src/base/clock.ts'
import { Lateness } from '../../src/proxy/lateness.ts'
import { Tunnel } from '../../src/proxy/tunnel.ts'
import { benchmarkPrefixes } from '../../src/sim/benchmark-addresses.ts'
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import { VirtualClock } from '../../src/sim/virtual-clock.ts'
import { receive, send, setUser } from '../../src/tcp/calls.ts'
import { parseAddress } from '../../src/wire/address.ts'

const PREFIXES = [benchmarkPrefixes(1)[0], benchmarkPrefixes(2)[0]] as const
const FAR = parseAddress(PREFIXES[1].slice(0, PREFIXES[1].indexOf('/')))
const PORT = 80
const USER = { established() {}, readable() {}, writable() {}, closed() {} }
const ROUNDS = 50

/** Its alarms ring so much late, ms. */
const late = (clock: VirtualClock, by: number): Clock => ({
  now: () => clock.now(),
  schedule: (at, callback) => clock.schedule(Math.max(at, clock.now()) + by, callback),
  cancel: alarm => clock.cancel(alarm),
  defer: callback => clock.defer(callback),
})

/** The time of so many round trips of a byte over a path of 5 ms each way, whose alarms ring late; ms. */
const timeOf = async (by: number): Promise<number> => {
  const clock = new VirtualClock()
  const tunnel = new Tunnel({
    names: ['near', 'far'],
    prefixes: PREFIXES,
    clock,
    pathClock: late(clock, by),
    random: new SeededRandom(1),
    tcp: { noDelay: true },
    memory: {},
    trace: null,
    observer: null,
    shared: null,
  })
  const lane = tunnel.lane(stream => new SeededRandom(stream))
  for (const stream of ['upstream', 'downstream'] as const) lane.set(stream, { delay: 5 }, true)
  const listener = tunnel.far.host.listen(0, PORT, {
    acceptable() {
      const c = listener.accept()!
      const readable = () => {
        for (let text = receive(c); text !== null; text = receive(c)) send(c, text)
      }
      setUser(c, { ...USER, readable })
    },
  })
  let rounds = 0
  const byte = new Uint8Array(1)
  const c = tunnel.near.host.connect(FAR, PORT, {
    ...USER,
    established: () => send(c, byte),
    readable() {
      while (receive(c) !== null) rounds++
      if (rounds < ROUNDS) send(c, byte)
    },
  })
  while (rounds < ROUNDS) clock.advance(0.25)
  const time = clock.now()
  const closed = tunnel.close()
  clock.advance(10)
  await closed
  return time
}

test('round trips are as long as the path has them, though its alarms ring late', async t => {
  // The handshake, the rounds, and the lateness of the last packet alone.
  t.is(await timeOf(0), 10 * (ROUNDS + 1))
  t.is(await timeOf(0.25), 10 * (ROUNDS + 1) + 0.25)
  t.is(await timeOf(1), 10 * (ROUNDS + 1) + 1)
})

test('more lateness than of two milliseconds is not made up for', async t => {
  const most = 10 * (ROUNDS + 1) + 2 * (ROUNDS + 1) * (7 - 2)
  const time = await timeOf(7)
  t.true(time >= most && time <= most + 7, `${time}, not ${most}`)
})

test('what is sent later is not sent before, and what answers nothing is sent now', t => {
  const clock = new VirtualClock()
  clock.advance(100)
  const lateness = new Lateness(clock, clock)
  t.is(lateness.sentAt, 100)
  clock.advance(1)
  lateness.deliver(100.5, () => t.is(lateness.sentAt, 100.5))
  t.is(lateness.sentAt, 100.5, 'hosts answer in what they defer')
  lateness.deliver(100.2, () => t.is(lateness.sentAt, 100.5, 'in the order of sending'))
  clock.advance(1)
  t.is(lateness.sentAt, 102)
  lateness.deliver(110, () => t.is(lateness.sentAt, 102, 'never before its time'))
})
