/** CUBIC over the whole stack and an emulated bottleneck, in virtual time. */
import test from 'ava'
import { Bottleneck } from './bottleneck.ts'

const PATH = { delay: 20, rate: 20e6, queue: 100_000 }
const CAPACITY = (20e6 * 1448) / 1500

test('1 Gbit/s over 100 ms is full in 12 round trips of slow start', t => {
  const b = new Bottleneck(1, { delay: 50, rate: 1e9, queue: 12_500_000 })
  const flow = b.flow('cubic')
  // The handshake; then 10 segments, doubled each time: 2^10 · 14480 bytes are more than the 12.5 MB that fit.
  let rounds = 0
  b.run(100, flow)
  while (b.run(100, flow)[0]!.rate < 0.96e9) rounds++
  t.true(rounds <= 12, `${rounds}`)
})

test('a flow alone keeps the link full once slow start is over, with a queue of a bandwidth-delay product', t => {
  const b = new Bottleneck(2, PATH)
  const flow = b.flow('cubic')
  b.run(5000, flow)
  const [s] = b.run(20_000, flow)
  t.true(s!.rate > 0.97 * CAPACITY, `${s!.rate / CAPACITY}`)
})

test('[R9438-9] a flow that comes later gets its share: Jain’s index above 0.95 of what is sent in 40 s', t => {
  const b = new Bottleneck(3, PATH)
  const first = b.flow('cubic')
  b.run(5000, first)
  const second = b.flow('cubic')
  b.run(10_000, first, second)
  const [x, y] = b.run(40_000, first, second).map(s => s.rate)
  t.true((x! + y!) ** 2 / (2 * (x! ** 2 + y! ** 2)) > 0.95, `${x} ${y}`)
  t.true(x! + y! > 0.97 * CAPACITY)
})

test('[R9438-4] beside Reno, on a path where Reno does well, neither starves', t => {
  const b = new Bottleneck(4, PATH)
  const reno = b.flow('reno')
  const cubic = b.flow('cubic')
  b.run(10_000, reno, cubic)
  const [x, y] = b.run(40_000, reno, cubic).map(s => s.rate)
  t.true(Math.min(x!, y!) > 0.3 * CAPACITY, `${x} ${y}`)
})

test('[R9438-8] ECN: the queue is held at the mark, the link full, and nothing is lost', t => {
  const b = new Bottleneck(5, { ...PATH, ecnThreshold: 50_000 }, { ecn: 'on' })
  const flow = b.flow('cubic')
  b.run(5000, flow)
  const before = flow.connection.troubles.retransmissions
  const [s] = b.run(20_000, flow)
  t.is(flow.connection.troubles.retransmissions, before)
  t.true(s!.rate > 0.95 * CAPACITY, `${s!.rate / CAPACITY}`)
  t.true(s!.rtt < 65, `${s!.rtt}`)
})
