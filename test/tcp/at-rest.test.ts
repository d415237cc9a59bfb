/** The own parts of a connection: those that have only to do with text under way it shares as long as there was none. */
import test from 'ava'
import type { Connection } from '../../src/tcp/block/connection.ts'
import { NO_RECOVERY, Recovery } from '../../src/tcp/block/recovery-state.ts'
import { NO_PROBE, TailLossProbe } from '../../src/tcp/block/tail-loss-probe-state.ts'
import { NO_TRAFFIC, TrafficCounters } from '../../src/tcp/block/traffic-counters.ts'
import { NO_TROUBLES, TroubleCounters } from '../../src/tcp/block/trouble-counters.ts'
import { close, configure, receive, send } from '../../src/tcp/calls.ts'
import { createCongestionControl, registerCongestionControl } from '../../src/tcp/congestion/registry.ts'
import { NO_RATE, NO_SUPPLY } from '../../src/tcp/flight/delivery-rate.ts'
import { Flight } from '../../src/tcp/flight/flight.ts'
import { letGoOf, NO_FLIGHT, takeFlight } from '../../src/tcp/flight/flight-pool.ts'
import { NO_RACK, Rack } from '../../src/tcp/flight/rack.ts'
import { dialogue } from '../support/dialogue.ts'

const MSS = 1460

const established = (d = dialogue()): Connection => d.established().connection!

test('a connection that has sent nothing shares all that sending needs', t => {
  const c = established()
  t.like(c, {
    flight: NO_FLIGHT,
    recovery: NO_RECOVERY,
    rack: NO_RACK,
    probe: NO_PROBE,
    rate: NO_SUPPLY,
    troubles: NO_TROUBLES,
    traffic: NO_TRAFFIC,
  })
  t.true(c.pathMtu.shared)
  t.true(c.receiveBuffer.shared)
})

test('it has a flight while something is under way, and lets go of it when all is acknowledged', t => {
  const d = dialogue()
  const c = established(d)
  send(c, Buffer.alloc(100))
  d.sends('P. 1:101(100) ack 1')
  t.not(c.flight, NO_FLIGHT)
  t.is(c.flight.underWay, 100)
  d.receives('. 1:1(0) ack 51 win 60000')
  t.is(c.flight.underWay, 50)
  d.receives('. 1:1(0) ack 101 win 60000')
  t.is(c.flight, NO_FLIGHT)
})

test('who only receives is not looked after as a sender, until there is something to send again', t => {
  const d = dialogue()
  const c = established(d)
  t.true(c.resting)
  d.receives('. 1:101(100) ack 1 win 60000')
  t.true(c.resting)
  send(c, Buffer.alloc(100))
  t.false(c.resting)
  d.sends('P. 1:101(100) ack 101')
  t.false(c.resting)
  d.receives('. 101:101(0) ack 101 win 60000')
  t.true(c.resting)
  close(c)
  d.sends('F. 101:101(0) ack 101')
})

test('it lets go of a flight that had a loss, too; the ACK that ends it tells the controller of no other loss', t => {
  const told: { lost: number; lostSince: number }[] = []
  registerCongestionControl('told', () => {
    const reno = createCongestionControl('reno')
    const { acknowledged } = reno
    reno.acknowledged = sample => {
      told.push({ lost: sample.lost, lostSince: sample.lostSince })
      acknowledged.call(reno, sample)
    }
    return reno
  })
  const d = dialogue({ tcp: { congestionControl: 'told' } })
  const c = established(d)
  for (let n = 0; n < 2; n++) {
    send(c, Buffer.alloc(100))
    d.skip()
    d.after(2500)
    d.skip()
    t.is(c.flight.lostInAll, 100)
    d.receives(`. 1:1(0) ack ${100 * n + 101} win 60000`)
    t.is(c.flight, NO_FLIGHT)
    t.is(c.flight.lostInAll, 0)
  }
  t.deepEqual(told, Array(2).fill({ lost: 0, lostSince: 0 }))
})

test('flights are used again, empty as new ones', t => {
  const flight = takeFlight(0)
  const reader = { takeWhole: () => {}, takePart: () => {} }
  flight.append(0, MSS, 1)
  flight.append(MSS, 2 * MSS, 1)
  flight.sack(MSS, 2 * MSS, MSS, reader)
  t.is(letGoOf(flight), flight)
  flight.acknowledge(2 * MSS, reader)
  t.is(letGoOf(flight), NO_FLIGHT)
  const again = takeFlight(0)
  t.is(again, flight)
  t.deepEqual({ ...again, highestSacked: 0 }, { ...new Flight() })
})

test('connections of the same kind share what they know of the path and of their buffers, until text comes', t => {
  const d = dialogue()
  const c = established(d)
  d.localPort++
  const other = established(d)
  t.is(other.pathMtu, c.pathMtu)
  t.is(other.receiveBuffer, c.receiveBuffer)
  configure(other, { receiveBuffer: 4096 })
  t.is(other.receiveBuffer.size, 4096)
  t.not(c.receiveBuffer.size, 4096)
  d.host.learnPathMtu(c, 1000, false)
  send(c, Buffer.alloc(1))
  d.skip()
  t.is(c.pathMtu.size, 1000)
  t.false(c.pathMtu.shared)
})

test('what is shared stays as it is, whatever happens to connections', t => {
  const d = dialogue()
  const c = established(d)
  // The first text, a loss, a probe, duplicates, an acknowledgment of all, a timeout, the end.
  for (let n = 0; n < 3; n++) {
    send(c, Buffer.alloc(20 * MSS))
    d.skip()
    for (let k = 0; k < 5; k++) d.receives(`. 1:1(0) ack ${1 + n * 20 * MSS} win 60000`)
    d.after(3000)
    d.skip()
    d.receives(`. 1:1(0) ack ${1 + (n + 1) * 20 * MSS} win 60000`)
    d.skip()
  }
  while (receive(c) !== null);
  d.after(100_000)
  t.deepEqual({ ...NO_FLIGHT }, { ...new Flight() })
  t.deepEqual({ ...NO_RECOVERY }, { ...new Recovery(0) })
  t.deepEqual({ ...NO_RACK }, { ...new Rack(0) })
  t.deepEqual({ ...NO_PROBE }, { ...new TailLossProbe() })
  t.deepEqual({ ...NO_TROUBLES }, { ...new TroubleCounters() })
  t.is(NO_TROUBLES.timeoutTime(1000), 0)
  t.deepEqual({ ...NO_TRAFFIC }, { ...new TrafficCounters() })
  t.is(NO_TRAFFIC.busy(1000), 0)
  t.false(NO_FLIGHT.usage.limited({ congestion: { cwnd: 1, ssthresh: 2 } } as Connection))
  t.false(NO_RATE.limited)
  t.true(NO_SUPPLY.limited)
  t.is(NO_RATE.delivered + NO_SUPPLY.delivered, 0)
})
