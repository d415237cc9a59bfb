/** The playground's experiments, without a browser: what hosts and networks do, and that a moment may take another way. */
import test from 'ava'
import { type Action, MOST_ACTIONS } from '../../src/site/experiment/plan.ts'
import { standingAfter } from '../../src/site/experiment/standing.ts'
import { observeSegment } from '../../src/trace/observed-segment.ts'
import { lineOf, linesOf, Watched } from './support.ts'

const call = (what: 'close' | 'shutdown' | 'abort' | 'stop reading' | 'read', host: 0 | 1): Action => ({
  do: what,
  host,
  connection: 0,
})
const send = (host: 0 | 1, bytes: number): Action => ({ do: 'send', host, connection: 0, bytes })

for (const family of [4, 6] as const)
  for (const router of [false, true])
    test(`a connection over IPv${family}${router ? ' and a router' : ''} opens, carries text both ways and closes`, t => {
      const w = new Watched({ family, router })
      w.connect()
      w.act(send(0, 3000), 100)
      w.act(send(1, 20_000), 300)
      w.act(call('close', 0), 100)
      w.act(call('close', 1), 200)
      t.deepEqual(w.states(0), ['SYN_SENT', 'ESTABLISHED', 'FIN_WAIT_1', 'FIN_WAIT_2', 'TIME_WAIT'])
      t.deepEqual(w.states(1), ['SYN_RECEIVED', 'ESTABLISHED', 'CLOSE_WAIT', 'LAST_ACK', 'CLOSED'])
      t.deepEqual(w.notes(0), ['write(3000)', 'close()'])
      t.deepEqual(w.notes(1), ['write(20000)', 'reads the end', 'close()'])
    })

test('a half-closed connection carries text the other way; an aborted one is reset', t => {
  const w = new Watched()
  w.connect()
  w.act(call('shutdown', 0), 100)
  w.act(send(1, 5000), 200)
  t.deepEqual(w.states(0).slice(-2), ['FIN_WAIT_1', 'FIN_WAIT_2'])
  w.act(call('abort', 1), 100)
  t.is(w.states(0).at(-1), 'CLOSED')
  t.is(w.notes(0).at(-1), 'ECONNRESET')
})

test('a program that stops reading shuts the window, and opens it when it reads on', t => {
  const w = new Watched()
  w.act({ do: 'options', host: 1, tcp: { receiveBuffer: 8000 } })
  w.connect()
  w.act(call('stop reading', 1))
  w.act(send(0, 30_000), 5000)
  const windows = () =>
    w.events.flatMap(e =>
      e.kind === 'packet' && e.host === 1 && e.direction === 'out' && e.sample !== null
        ? [e.sample.receiveQueue]
        : [],
    )
  t.true(windows().at(-1)! > 7000)
  const before = w.events.length
  w.act(call('read', 1), 10_000)
  t.true(w.events.length > before + 10)
  w.act(call('close', 0), 500)
  t.true(w.notes(1).includes('reads the end'))
})

test('a crashed host says nothing and remembers nothing; rebooted, it answers with a reset', t => {
  const w = new Watched()
  w.connect()
  w.act({ do: 'crash', host: 1 })
  const before = w.events.length
  w.act(send(0, 100), 1500)
  t.deepEqual(
    w.events.slice(before).filter(e => e.host === 1 && e.kind !== 'transition'),
    [],
  )
  t.is(w.experiment.act(send(1, 1)), 'down')
  t.is(w.experiment.act({ do: 'crash', host: 1 }), 'down')
  w.act({ do: 'reboot', host: 1 }, 10_000)
  t.is(w.states(0).at(-1), 'CLOSED')
  t.is(w.notes(0).at(-1), 'ECONNRESET')
  w.connect()
  t.is(w.states(0).at(-1), 'ESTABLISHED')
})

test('an unplugged host is cut off until it is plugged in again', t => {
  for (const router of [false, true]) {
    const w = new Watched({ router })
    w.connect()
    w.act({ do: 'unplug', host: 0 })
    w.act(send(0, 100), 3000)
    const lost = w.events.filter(e => e.kind === 'loss')
    t.true(lost.length > 0 && lost.every(e => e.kind === 'loss' && e.fate === 'lost: black hole'))
    w.act({ do: 'plug', host: 0 }, 10_000)
    w.act(call('close', 0), 200)
    t.true(w.notes(1).includes('reads the end'))
  }
})

test('the next segment of each kind is lost where it is asked for, and no other', t => {
  const lost = (what: 'SYN' | 'ACK' | 'FIN' | 'RST' | 'text', direction: 'out' | 'in') => {
    const w = new Watched()
    if (what === 'SYN') {
      w.act({ do: 'listen', host: 1 })
      w.act({ do: 'lose next', what, direction })
      w.act({ do: 'connect', host: 0 }, 4000)
    } else {
      w.connect()
      w.act({ do: 'lose next', what, direction })
      w.act(send(direction === 'out' ? 0 : 1, 100), 1000)
      w.act(send(direction === 'out' ? 1 : 0, 100), 1000)
      w.act(call(what === 'RST' ? 'abort' : 'close', direction === 'out' ? 0 : 1), 3000)
    }
    return w.events.flatMap(e => {
      if (e.kind !== 'loss') return []
      const s = observeSegment(e.bytes, e.time)
      return [`${e.host} ${typeof s === 'string' ? s : `${s.flags} ${s.length > 0 ? 'text' : ''}`}`.trim()]
    })
  }
  t.deepEqual(lost('SYN', 'out'), ['0 2'])
  t.deepEqual(lost('SYN', 'in'), ['1 18'])
  t.deepEqual(lost('ACK', 'in'), ['1 16'])
  t.deepEqual(lost('FIN', 'out'), ['0 17'])
  t.deepEqual(lost('RST', 'in'), ['1 20'])
  t.deepEqual(lost('text', 'out'), ['0 24 text'])
})

test('behind a router with a smaller MTU the sender hears of it by ICMP, and makes its packets smaller', t => {
  const w = new Watched({ router: true })
  w.act({ do: 'faults', faults: { mtu: 1000 }, direction: null })
  w.connect()
  w.act(send(0, 10_000), 1000)
  const told = w.events.filter(e => e.kind === 'path-mtu')
  t.true(told.some(e => e.kind === 'path-mtu' && e.host === 0 && e.to === 1000))
  w.act(call('close', 0), 500)
  t.true(w.notes(1).includes('reads the end'))
})

test('where no ICMP tells of the smaller MTU, large segments vanish until the sender tries smaller ones by itself', t => {
  const w = new Watched({ router: true })
  w.act({ do: 'faults', faults: { mtu: 1000, icmp: false }, direction: null })
  w.connect()
  w.act(send(0, 10_000), 2000)
  t.false(w.events.some(e => e.kind === 'path-mtu'))
  t.true(w.events.some(e => e.kind === 'loss' && e.fate === 'lost: too large'))
  w.act({ do: 'faults', faults: { icmp: null }, direction: null }, 30_000)
  t.true(w.events.some(e => e.kind === 'path-mtu' && e.to === 1000))
})

test('the same script makes the same events; another seed makes others', t => {
  const w = new Watched({ seed: 5 })
  w.act({ do: 'faults', faults: { loss: 0.1, jitter: 5, reorder: 0.05 }, direction: null })
  w.connect(5000)
  w.act(send(1, 100_000), 5000)
  const { plan } = w.experiment
  t.deepEqual(linesOf(plan), w.lines)
  t.notDeepEqual(linesOf({ ...plan, seed: 6 }), w.lines)
})

test('an experiment that is taken back to any of its moments differs from there on only', t => {
  const w = new Watched({ seed: 3 })
  w.act({ do: 'faults', faults: { loss: 0.05 }, direction: null })
  w.connect(5000)
  w.act(send(0, 8000), 60)
  w.act({ do: 'options', host: 0, tcp: { msl: 100 } })
  w.act(send(1, 5000), 500)
  w.act(call('close', 0), 2000)
  const { lines } = w
  const lastSent = w.events.findLast(e => e.kind === 'packet' && e.direction === 'out')!.time
  for (let event = 0; event <= lines.length; event += 4) {
    const time = event === 0 ? 0 : w.events[event - 1]!.time
    const plan = w.experiment.upTo({ time, event })
    const again = new Watched(plan)
    for (const { at, action } of plan.script) {
      again.experiment.runTo(at)
      again.act(action)
    }
    again.experiment.runTo(plan.until)
    // All of the past, and of what has the same time.
    t.deepEqual(again.lines.slice(0, event), lines.slice(0, event))
    t.true(again.lines.length >= event)
    t.true(again.events.every(e => e.time <= plan.until))
    again.act({ do: 'unplug', host: 1 }, 20_000)
    t.deepEqual(again.lines.slice(0, event), lines.slice(0, event))
    if (time < lastSent) t.notDeepEqual(again.lines, lines)
  }
})

test('an action that was done later than the moment is not done, one at the same time before it is', t => {
  const w = new Watched()
  w.act({ do: 'options', host: 0, tcp: { noDelay: true } })
  w.connect()
  const names = (event: number) =>
    w.experiment
      .scriptAt({ time: event === 0 ? 0 : w.events[event - 1]!.time, event })
      .map(({ action }) => action.do)
  t.deepEqual(names(0), ['options'])
  const listens = w.events.findIndex(e => e.kind === 'transition' && e.to === 'LISTEN')
  t.deepEqual(names(listens), ['options'])
  t.deepEqual(names(listens + 1), ['options', 'listen'])
  t.deepEqual(names(w.events.length), ['options', 'listen', 'connect'])
})

test('an experiment goes on event by event, and is over when nothing is left to happen', t => {
  const w = new Watched()
  w.act({ do: 'listen', host: 1 })
  w.act({ do: 'connect', host: 0 })
  let steps = 0
  for (let before = w.events.length; w.experiment.next(); before = w.events.length) {
    t.true(w.events.length > before)
    steps++
  }
  t.true(steps >= 3)
  t.true(w.experiment.isOver)
  t.false(w.experiment.next())
  t.deepEqual(w.events.map(lineOf), linesOf(w.experiment.plan))
})

test('settings that are changed at one moment are one action; what stands between keeps them apart', t => {
  const w = new Watched()
  w.act({ do: 'faults', faults: { loss: 0.1 }, direction: null })
  w.act({ do: 'faults', faults: { loss: 0.2, delay: 5 }, direction: null })
  w.act({ do: 'faults', faults: { loss: null }, direction: 'in' })
  w.act({ do: 'options', host: 0, tcp: { msl: 10 } })
  w.act({ do: 'options', host: 0, tcp: { msl: 20, sack: false } })
  w.act({ do: 'listen', host: 1 })
  w.act({ do: 'options', host: 0, tcp: { msl: 30 } })
  t.deepEqual(
    w.experiment.plan.script.map(({ action }) => action),
    [
      { do: 'faults', faults: { loss: 0.2, delay: 5 }, direction: null },
      { do: 'faults', faults: { loss: null }, direction: 'in' },
      { do: 'options', host: 0, tcp: { msl: 20, sack: false } },
      { do: 'listen', host: 1 },
      { do: 'options', host: 0, tcp: { msl: 30 } },
    ],
  )
})

test('an experiment takes so many actions and no more', t => {
  const w = new Watched()
  for (let n = 0; n < MOST_ACTIONS; n++) w.act({ do: n % 2 === 0 ? 'unplug' : 'plug', host: 0 })
  t.is(w.experiment.act({ do: 'unplug', host: 0 }), 'too many actions')
  t.is(w.experiment.plan.script.length, MOST_ACTIONS)
})

test('a host that has crashed listens no more, and none of its programs waits', t => {
  const script = [{ do: 'listen', host: 1 }, call('stop reading', 1), { do: 'crash', host: 1 }] as const
  const [, before] = standingAfter(script.slice(0, 2).map(action => ({ at: 0, action }))).hosts
  t.like(before, { listening: true, crashed: false, idle: new Set([0]) })
  const [, after] = standingAfter(script.map(action => ({ at: 0, action }))).hosts
  t.like(after, { listening: false, crashed: true, idle: new Set() })
})
