import test from 'ava'
import type { CongestionControl, EcnFeedback } from '../../../src/tcp/congestion/controller.ts'
import type { Pacing } from '../../../src/tcp/congestion/pacing.ts'
import { setRecoveryWindow } from '../../../src/tcp/congestion/recovery-window.ts'
import { Reno } from '../../../src/tcp/congestion/reno.ts'
import { WhereAccurate } from '../../../src/tcp/congestion/where-accurate.ts'
import { ack, MSS } from './samples.ts'

const PACING: Pacing = { allowed: () => 0, sent() {}, wait: () => 0 }

/** A controller that writes down what it is told. */
const told = (what: Partial<CongestionControl>, log: string[]): CongestionControl => ({
  name: 'told',
  cwnd: 0,
  ssthresh: 0,
  pacingRate: 7,
  ownsWindow: true,
  start: (mss, window, now, feedback) => log.push(`start ${mss} ${window} ${now} ${feedback}`),
  acknowledged: sample => log.push(`acknowledged ${sample.acked}`),
  congestion: (cause, inFlight, now) => log.push(`congestion ${cause} ${inFlight} ${now}`),
  timedOut: (inFlight, again, now) => log.push(`timedOut ${inFlight} ${again} ${now}`),
  recovered: now => log.push(`recovered ${now}`),
  undo: now => log.push(`undo ${now}`),
  restart: (window, now) => log.push(`restart ${window} ${now}`),
  segmentSize: mss => log.push(`segmentSize ${mss}`),
  ...what,
})

const pair = () => {
  const log: string[] = []
  let made = 0
  const control = new WhereAccurate(
    'mine',
    () => told({ gradual: true, l4s: true, pacer: () => PACING, ssthresh: ++made }, log),
    () => new Reno(),
  )
  const start = (feedback: EcnFeedback): void => control.start(MSS, 10 * MSS, 5, feedback)
  return { control, log, start, made: () => made }
}

test('with accurate feedback it is the one, with any other the classic one, and it has the name of neither', t => {
  const { control, start } = pair()
  t.is(control.name, 'mine')
  for (const feedback of ['none', 'classic'] as const) {
    start(feedback)
    t.is(control.cwnd, 10 * MSS)
    t.is(control.pacingRate, 0)
    t.false(control.ownsWindow)
    t.false(control.gradual)
    t.false(control.l4s)
    t.is(control.pacer(), undefined)
  }
  start('accurate')
  t.is(control.pacingRate, 7)
  t.true(control.ownsWindow)
  t.true(control.gradual)
  t.true(control.l4s)
  t.is(control.pacer(), PACING)
})

test('all that it is told it hands on, and the window is that of who decides', t => {
  const { control, log, start, made } = pair()
  start('accurate')
  start('accurate')
  t.is(made(), 1, 'a second start of the same kind keeps what is there')
  control.acknowledged(ack({ acked: 3 }))
  control.congestion('ecn', 4, 5)
  control.timedOut(6, true, 7)
  control.recovered(8)
  control.undo(9)
  control.restart(10, 11)
  control.segmentSize(12)
  t.deepEqual(log, [
    `start ${MSS} ${10 * MSS} 5 accurate`,
    `start ${MSS} ${10 * MSS} 5 accurate`,
    'acknowledged 3',
    'congestion ecn 4 5',
    'timedOut 6 true 7',
    'recovered 8',
    'undo 9',
    'restart 10 11',
    'segmentSize 12',
  ])
  control.cwnd = 3
  control.ssthresh = 4
  t.is(control.cwnd, 3)
  t.is(control.ssthresh, 4)
})

test('recovery sets the window of a controller that leaves it to recovery, and of no other', t => {
  const reno = new Reno()
  setRecoveryWindow(reno, 5)
  t.is(reno.cwnd, 5)
  const own = told({}, [])
  setRecoveryWindow(own, 5)
  t.is(own.cwnd, 0)
})
