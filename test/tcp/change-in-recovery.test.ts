/** What another congestion controller takes over in the middle of things, and what it does not. */
import test from 'ava'
import { NO_RECOVERY } from '../../src/tcp/block/recovery-state.ts'
import { configure, send } from '../../src/tcp/calls.ts'
import { Cubic } from '../../src/tcp/congestion/cubic.ts'
import { registerCongestionControl } from '../../src/tcp/congestion/registry.ts'

import { NO_FLIGHT } from '../../src/tcp/flight/flight-pool.ts'
import { dialogue } from '../support/dialogue.ts'
import { ack, at, flying, MSS, opened, rack } from '../support/flights.ts'

let calls: unknown[][] = []

/** Cubic that writes down what it is told; `owns`: as one that draws the line in recovery itself. */
class Noting extends Cubic {
  readonly #owns: boolean
  constructor(owns: boolean) {
    super()
    this.#owns = owns
  }
  override get ownsWindow(): boolean {
    return this.#owns
  }
  override start(mss: number, initialWindow: number, now: number): void {
    calls.push(['start', mss, initialWindow])
    super.start(mss, initialWindow, now)
  }
  override congestion(cause: 'loss' | 'ecn', inFlight: number): void {
    calls.push(['congestion', cause, inFlight])
    super.congestion(cause, inFlight)
  }
}
registerCongestionControl('noting', () => new Noting(false))
registerCongestionControl('noting-owner', () => new Noting(true))

test('before the handshake it is not started: that is done once, when there is a window', t => {
  calls = []
  const d = rack(10)
  const user = d.connect({ congestionControl: 'reno' })
  d.next()
  configure(user.connection!, { congestionControl: 'noting' })
  t.deepEqual(calls, [])
  d.receives('S. 0:0(0) ack 1 win 60000 <mss 1460,nop,nop,sackOK>')
  t.deepEqual(calls, [['start', MSS, 10 * MSS]])
})

test('of a connection at rest that has sent nothing it makes no sender', t => {
  const c = opened(dialogue())
  configure(c, { congestionControl: 'noting' })
  t.is(c.flight, NO_FLIGHT)
  t.is(c.recovery, NO_RECOVERY)
})

test('the window and the threshold stay, with segments out as well', t => {
  const d = rack(10, { congestionControl: 'reno' })
  const c = flying(d, 10)
  d.after(100)
  d.receives(ack(0, [1, 4]))
  d.after(100)
  d.receives(ack(10))
  d.skip()
  t.is(c.recovery.phase, 'open')
  const { cwnd, ssthresh } = c.congestion
  t.is(ssthresh, 5 * MSS)
  calls = []
  configure(c, { congestionControl: 'noting-owner' })
  t.deepEqual(calls, [['start', MSS, 10 * MSS]], 'no loss is under repair')
  t.deepEqual([c.congestion.cwnd, c.congestion.ssthresh], [cwnd, ssthresh])
})

test('in recovery a controller that draws the line itself is told of the loss, one like the last is not', t => {
  for (const owns of [false, true]) {
    const d = rack(10, { congestionControl: 'reno' })
    const c = flying(d, 10)
    d.after(100)
    d.receives(ack(0, [1, 4]))
    t.is(c.recovery.phase, 'recovery')
    calls = []
    const flightSize = c.inFlight
    configure(c, { congestionControl: owns ? 'noting-owner' : 'noting' })
    t.deepEqual(calls.slice(1), owns ? [['congestion', 'loss', flightSize]] : [])
  }
})

test('what the last one has done for a loss is not undone when there was none', t => {
  for (const changes of [false, true]) {
    const d = rack(10, { congestionControl: 'reno' })
    const c = flying(d, 10, { segments: 10 })
    d.after(100)
    d.receives(ack(0, [1, 4]))
    d.skip()
    if (changes) configure(c, { congestionControl: 'cubic' })
    d.after(100)
    d.receives(`. 1:1(0) ack ${at(10)} win 60000 <nop,nop,sack ${at(0)}:${at(1)}>`)
    t.is(c.troubles.undos, changes ? 0 : 1)
    t.is(c.congestion.ssthresh, changes ? 5 * MSS : 2 ** 30)
  }
})

test('[R5682-5] nor is a timeout that F-RTO would have found to be none', t => {
  for (const changes of [false, true]) {
    const d = dialogue({ tcp: { initialWindow: 10, congestionControl: 'reno' } })
    const c = opened(d, { syn: 'mss 1460' })
    send(c, Buffer.alloc(40 * MSS))
    d.after(1000)
    d.receives(ack(1))
    if (changes) configure(c, { congestionControl: 'cubic' })
    d.receives(ack(2))
    t.is(c.troubles.undos, changes ? 0 : 1)
    t.is(c.recovery.phase, changes ? 'loss' : 'open')
  }
})
