/** Events of packets, segments, timers and drops are made only where somebody reads them. */
import test from 'ava'
import type { TraceEvent, TraceSink } from '../../src/tcp/block/events.ts'
import { close } from '../../src/tcp/calls.ts'
import { combine } from '../../src/trace/combine.ts'
import { createLog, LOG_LEVELS } from '../../src/trace/log.ts'
import { dialogue } from '../support/dialogue.ts'

const MANY: readonly TraceEvent['type'][] = ['packet', 'segment-in', 'segment-out', 'timer', 'drop']

/** A reader that keeps the kinds of what it hears. */
const reader = (ofConnections: boolean): { kinds: TraceEvent['type'][]; sink: TraceSink } => {
  const kinds: TraceEvent['type'][] = []
  return { kinds, sink: Object.assign((e: TraceEvent) => void kinds.push(e.type), { ofConnections }) }
}

/** A handshake, a segment that is dropped, and a close by us. */
const run = (trace: TraceSink | null): void => {
  const d = dialogue({ host: { trace }, tcp: { msl: 500 } })
  const user = d.established()
  d.receives('. 99999:100000(1) ack 1')
  close(user.connection!)
  d.skip()
  d.receives('. 1:1(0) ack 2')
  d.receives('F. 1:1(0) ack 2')
  d.after(2000)
}

test('a reader of connections hears of transitions alone, in the same order as one that hears all', t => {
  const all = reader(false)
  const few = reader(true)
  run(all.sink)
  run(few.sink)
  for (const kind of MANY) {
    t.true(all.kinds.includes(kind), kind)
    t.false(few.kinds.includes(kind), kind)
  }
  t.deepEqual(
    few.kinds,
    all.kinds.filter(kind => !MANY.includes(kind)),
  )
})

test('together with one that hears all, all is heard; of those that do not, nobody makes it', t => {
  const all = reader(false)
  const alone = reader(false)
  run(alone.sink)
  run(combine([reader(true).sink, all.sink]))
  t.deepEqual(all.kinds, alone.kinds)
  const few = [reader(true), reader(true)]
  run(combine(few.map(({ sink }) => sink)))
  for (const { kinds } of few) t.false(kinds.some(kind => MANY.includes(kind)))
})

test('a log is a reader of connections up to level info', t => {
  const levels = LOG_LEVELS.map(level => [
    level,
    createLog({ level, pretty: false, destination: process.stderr })?.ofConnections,
  ])
  t.deepEqual(levels, [
    ['silent', undefined],
    ['warn', true],
    ['info', true],
    ['debug', false],
    ['trace', false],
  ])
})
