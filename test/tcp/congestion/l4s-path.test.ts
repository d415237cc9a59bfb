/** DCTCP and Prague over the whole stack, beside others, through queues that mark; in virtual time. */
import test from 'ava'
import type { PathOptions } from '../../../src/link/path/options.ts'
import { createNetwork } from '../../../src/sim/network.ts'
import type { ConnectionView as Connection } from '../../../src/tcp/block/connection-view.ts'
import type { TcpOptions } from '../../../src/tcp/block/options.ts'
import { send } from '../../../src/tcp/calls.ts'
import type { CongestionControl } from '../../../src/tcp/congestion/controller.ts'
import { Bottleneck } from './bottleneck.ts'
import { percentile, QueueDelays } from './queue-delay.ts'

const PATH = { delay: 10, rate: 20e6, queue: 250_000 }
/** Text of a whole packet: IP, TCP, timestamps, and the AccECN option at most. */
const CAPACITY = (20e6 * (1448 - 12)) / 1500
const ECT_0 = 2
const ECT_1 = 1

/** The use that flows of these controllers make of a path, in 10 s after 5 s to begin. */
const measure = (
  seed: number,
  names: readonly string[],
  path: PathOptions,
  tcp: Partial<TcpOptions> = {},
) => {
  const b = new Bottleneck(seed, path, { ecn: 'accurate', ...tcp })
  const delays = new QueueDelays(path)
  b.link.aToB.observer = delays
  const flows = names.map(name => b.flow(name))
  b.run(5000, ...flows)
  delays.forget()
  const rates = b.run(10_000, ...flows).map(s => s.rate)
  return { delays, rates, counters: b.link.aToB.counters, all: rates.reduce((sum, rate) => sum + rate, 0) }
}

test('[R9331-1][R9331-5][R9332-1] Prague beside CUBIC through DualPI2: a delay below 2 ms for one, half of the line for each, nothing lost', t => {
  for (const seed of [1, 2]) {
    const { delays, rates, counters, all } = measure(seed, ['prague', 'cubic'], {
      ...PATH,
      queueDiscipline: 'dualpi2',
    })
    const [prague, cubic] = rates
    t.true(percentile(delays.low, 0.99) <= 2, `${percentile(delays.low, 0.99)}`)
    t.true(percentile(delays.classic, 0.5) < 20, `${percentile(delays.classic, 0.5)}`)
    t.true(prague! / cubic! > 0.5 && prague! / cubic! < 2, `${rates}`)
    t.true(all > 0.97 * CAPACITY, `${all / CAPACITY}`)
    t.is(counters.lost.aqm, 0)
    t.true(delays.fields[ECT_1]! > 4000 && delays.fields[ECT_0]! > 4000, `${delays.fields}`)
  }
})

test('[R9332-1] Prague beside CUBIC without ECN, which DualPI2 drops instead of marking', t => {
  const { delays, rates, counters } = measure(
    4,
    ['prague', 'cubic'],
    { ...PATH, queueDiscipline: 'dualpi2' },
    { ecn: 'accurate-passive' },
  )
  t.is(delays.fields[ECT_0], 0)
  t.true(counters.lost.aqm > 0)
  t.true(percentile(delays.low, 0.99) <= 2, `${percentile(delays.low, 0.99)}`)
  t.true(rates[0]! / rates[1]! > 0.5 && rates[0]! / rates[1]! < 2, `${rates}`)
})

test('Prague alone fills the line with a delay of a millisecond or two; two share it', t => {
  for (const names of [['prague'], ['prague', 'prague']]) {
    const { delays, rates, all } = measure(5, names, { ...PATH, queueDiscipline: 'dualpi2' })
    t.true(all > 0.95 * CAPACITY, `${all / CAPACITY}`)
    t.true(percentile(delays.low, 0.99) <= 2.5, `${percentile(delays.low, 0.99)}`)
    t.true(Math.min(...rates) > (0.4 * all) / (rates.length / 2), `${rates}`)
  }
})

test('[R9331-7] Prague beside CUBIC through a queue that is not L4S but marks: a fair share for each', t => {
  for (const [seed, queue] of [
    [1, { queueDiscipline: 'codel' }],
    [2, { queueDiscipline: 'codel' }],
    [1, { ecnThreshold: 60_000 }],
  ] as const) {
    const { rates, all, counters } = measure(seed, ['prague', 'cubic'], { ...PATH, ...queue })
    const [prague, cubic] = rates
    t.true(prague! / cubic! > 0.5 && prague! / cubic! < 2, `${JSON.stringify(queue)} ${rates}`)
    t.true(all > 0.95 * CAPACITY, `${all / CAPACITY}`)
    t.true(counters.marked > 0)
  }
})

test('[R8257-3] DCTCP holds a queue that is marked from a threshold on close to it, where Reno empties it', t => {
  const path = { ...PATH, ecnThreshold: 20_000 }
  const spread = (name: string) => {
    const { delays, all, counters } = measure(6, [name], path)
    t.is(counters.lost.queue, 0)
    const waits = [...delays.classic, ...delays.low]
    return { low: percentile(waits, 0.1), high: percentile(waits, 0.99), all }
  }
  const dctcp = spread('dctcp')
  const reno = spread('reno')
  // 20,000 bytes are 8 ms.
  t.true(dctcp.all > 0.99 * CAPACITY)
  t.true(dctcp.high < 12, `${dctcp.high}`)
  t.true(dctcp.low > 4, `${dctcp.low}`)
  t.true(reno.low < dctcp.low / 2, `${reno.low}`)
})

test('[R8289-1] CoDel keeps the standing queue of CUBIC near its target of 5 ms, by marks or by drops', t => {
  for (const ecn of ['accurate', 'passive'] as const) {
    const { delays, all, counters } = measure(
      7,
      ['cubic', 'cubic'],
      { ...PATH, queueDiscipline: 'codel' },
      { ecn },
    )
    const median = percentile([...delays.classic, ...delays.low], 0.5)
    t.true(median > 2 && median < 9, `${ecn} ${median}`)
    t.true(all > 0.93 * CAPACITY, `${all / CAPACITY}`)
    t.is(counters.marked > 0, ecn === 'accurate')
    t.is(counters.lost.aqm > 0, ecn === 'passive')
    t.is(counters.lost.queue, 0)
  }
})

test('[R9331-1][R9331-4] Prague asks for accurate ECN by itself, and uses ECT(1) only where it gets it', t => {
  for (const [server, field, ownsWindow] of [
    ['accurate-passive', ECT_1, true],
    ['passive', ECT_0, false],
    ['off', 0, false],
  ] as const) {
    const network = createNetwork({ seed: 8, ladder: 0 })
    const receiver = network.host('receiver', { tcp: { ecn: server } })
    const sender = network.host('sender', { tcp: { congestionControl: 'prague' } })
    const link = network.link(sender, receiver, { delay: 5 })
    const delays = new QueueDelays({ delay: 5 })
    link.aToB.observer = delays
    receiver.listen(0, 80, { acceptable: () => {} })
    const quiet = { readable() {}, writable() {}, closed() {} }
    const established = () => send(connection, new Uint8Array(30_000))
    const connection: Connection = sender.connect(receiver.address, 80, { ...quiet, established })
    network.run(1000)
    t.is(connection.congestion.name, 'prague')
    t.is(connection.congestion.ownsWindow, ownsWindow, server)
    for (const other of [ECT_0, ECT_1]) t.is(delays.fields[other]! > 0, other === field, `${server} ${other}`)
  }
})

test('[R8257-4] a loss in a window that marks have brought down already counts for DCTCP and Prague, and not for CUBIC', t => {
  for (const [name, counts] of [
    ['dctcp', true],
    ['prague', true],
    ['cubic', false],
  ] as const) {
    const b = new Bottleneck(9, { ...PATH, ecnThreshold: 50_000 }, { ecn: 'accurate' })
    const flow = b.flow(name)
    b.run(3000, flow)
    b.link.aToB.change({ ecnThreshold: 1e9 })
    b.run(200, flow)
    const control = flow.connection.congestion as CongestionControl
    const causes: string[] = []
    const told = control.congestion.bind(control)
    control.congestion = (cause, inFlight, now) => {
      causes.push(cause)
      told(cause, inFlight, now)
    }
    // One packet of a flight is marked, and the fifth after it lost.
    let marked = 0
    let after = 0
    b.link.aToB.change({ drop: () => marked > 0 && ++after === 5, mark: () => ++marked === 1 })
    b.run(200, flow)
    t.deepEqual(causes, counts ? ['ecn', 'loss'] : ['ecn'], name)
  }
})
