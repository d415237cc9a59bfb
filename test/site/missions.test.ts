/** Every mission is failed by a wrong way and solved by a right one; nothing but what happens decides. */
import test from 'ava'
import { Experiment } from '../../src/site/experiment/experiment.ts'
import { decodePlan, encodePlan } from '../../src/site/experiment/link.ts'
import type { Action, Which } from '../../src/site/experiment/plan.ts'
import { MISSIONS } from '../../src/site/missions/all.ts'
import { FEW_PORTS } from '../../src/site/missions/closing.ts'
import { type Judgement, judge } from '../../src/site/missions/mission.ts'
import { Seen } from '../../src/site/missions/seen.ts'
import { MISSION_WORDS } from '../../src/site/missions/words.ts'
import type { ViewEvent } from '../../src/view/model/view-event.ts'

/** The actions, and the ms that pass afterwards. */
type Way = readonly (readonly [Action, number])[]

const listen: Action = { do: 'listen', host: 1 }
const connect: Action = { do: 'connect', host: 0 }
const close = (host: Which, connection = 0): Action => ({ do: 'close', host, connection })
const send = (bytes: number, connection = 0, host: Which = 0): Action => ({
  do: 'send',
  host,
  connection,
  bytes,
})
const shutdown: Action = { do: 'shutdown', host: 0, connection: 0 }
const callFrom = (host: Which): Action => ({ do: 'connect', host })
const on = (what: 'crash' | 'reboot' | 'unplug', host: Which): Action => ({ do: what, host })
const reading = (what: 'stop reading' | 'read'): Action => ({ do: what, host: 1, connection: 0 })
const lose = (what: 'ACK' | 'text', direction: 'out' | 'in' = 'out'): Action => ({
  do: 'lose next',
  what,
  direction,
})

const each = (count: number, way: (connection: number) => Way): Way =>
  Array.from({ length: count }, (_, i) => way(i)).flat()

interface Ways {
  readonly wrong: Way
  readonly right: Way
}

const WAYS: Readonly<Record<string, Ways>> = {
  refused: {
    wrong: [
      [listen, 0],
      [connect, 100],
    ],
    right: [[connect, 100]],
  },
  silence: {
    // Somebody is there after all.
    wrong: [[connect, 301_000]],
    right: [
      [on('unplug', 1), 0],
      [connect, 301_000],
    ],
  },
  'half-close': {
    // Nobody reads any more, and what comes is answered by a reset.
    wrong: [
      [close(0), 100],
      [send(1000, 0, 1), 100],
    ],
    right: [
      [shutdown, 100],
      [send(1000, 0, 1), 300],
      [close(1), 100],
    ],
  },
  'simultaneous-open': {
    // The first SYN has arrived before the second is sent.
    wrong: [
      [callFrom(0), 100],
      [callFrom(1), 100],
    ],
    right: [
      [callFrom(0), 5],
      [callFrom(1), 100],
    ],
  },
  'late-fin': {
    wrong: [
      [close(0), 1000],
      [close(1), 100],
    ],
    right: [
      [close(0), 70_000],
      [close(1), 100],
    ],
  },
  reuse: {
    // By then nothing is left that could be taken over.
    wrong: [
      [connect, 100],
      [close(1), 100],
      [close(0), 61_000],
      [connect, 100],
    ],
    right: [
      [connect, 100],
      [close(1), 100],
      [close(0), 1000],
      [connect, 100],
    ],
  },
  deadlock: {
    // The update arrives.
    wrong: [
      [reading('stop reading'), 0],
      [send(30_000), 3000],
      [reading('read'), 5000],
    ],
    right: [
      [reading('stop reading'), 0],
      [send(30_000), 3000],
      [lose('ACK', 'in'), 0],
      [reading('read'), 30_000],
    ],
  },
  closing: {
    wrong: [
      [close(0), 100],
      [close(1), 100],
    ],
    right: [
      [close(0), 5],
      [close(1), 100],
    ],
  },
  'close-wait': {
    wrong: [
      [close(0), 100],
      [close(1), 70_000],
    ],
    right: [[close(0), 70_000]],
  },
  'last-ack': {
    wrong: [
      [close(0), 100],
      [close(1), 100],
    ],
    right: [
      [close(0), 200],
      [lose('ACK'), 0],
      [close(1), 5000],
    ],
  },
  ports: {
    wrong: each(FEW_PORTS, n => [
      [connect, 100],
      [close(1, n), 100],
      [close(0, n), 100],
    ]),
    right: [
      ...each(FEW_PORTS, n => [
        [connect, 100],
        [close(0, n), 100],
        [close(1, n), 100],
      ]),
      [listen, 61_000],
      [connect, 100],
    ],
  },
  'zero-window': {
    wrong: [
      [send(20_000), 1000],
      [close(0), 1000],
    ],
    right: [
      [reading('stop reading'), 0],
      [send(30_000), 3000],
      [reading('read'), 5000],
    ],
  },
  gone: {
    wrong: [
      [send(100), 100],
      [close(0), 100],
    ],
    right: [
      [close(1), 100],
      [send(100), 100],
    ],
  },
  'half-open': {
    wrong: [
      [close(1), 100],
      [send(100), 100],
    ],
    right: [
      [on('crash', 1), 0],
      [on('reboot', 1), 1000],
      [send(100), 100],
    ],
  },
  'quick-repair': {
    wrong: [
      [lose('text'), 0],
      [send(500), 2000],
    ],
    right: [
      [lose('text'), 0],
      [send(30_000), 1000],
    ],
  },
  'delayed-ack': {
    wrong: [
      [send(100), 0],
      [send(100), 1000],
      [connect, 100],
      [send(100, 1), 0],
      [send(100, 1), 1000],
    ],
    right: [
      [send(100), 0],
      [send(100), 1000],
      [{ do: 'options', host: 0, tcp: { noDelay: true } }, 0],
      [connect, 100],
      [send(100, 1), 0],
      [send(100, 1), 1000],
    ],
  },
  'black-hole': {
    wrong: [
      ...each(12, n => [
        [send(100), 100],
        [connect, 100 + n],
      ]),
    ],
    right: [
      [send(900), 300],
      [connect, 100],
      [send(1200, 1), 300],
      [connect, 100],
      [send(960, 2), 300],
    ],
  },
}

const outcome = (id: string, way: Way): Judgement => {
  const mission = MISSIONS.find(each => each.id === id)!
  const events: ViewEvent[] = []
  const experiment = Experiment.of(mission.plan, more => {
    for (const event of more) events.push(event)
  })
  mustBeOpen(judge(mission, new Seen(events)))
  for (const [action, ms] of way) {
    experiment.act(action)
    experiment.runTo(experiment.now + ms)
  }
  return judge(mission, new Seen(events))
}

const mustBeOpen = ({ verdict, goals }: Judgement): void => {
  if (verdict !== 'open') throw new Error(`it begins as ${verdict}: ${JSON.stringify(goals)}`)
}

for (const { id, goals } of MISSIONS) {
  test(`the mission '${id}' is failed, and solved`, t => {
    const { wrong, right } = WAYS[id]!
    const failed = outcome(id, wrong)
    t.is(failed.verdict, 'failed', JSON.stringify(failed))
    const solved = outcome(id, right)
    t.is(solved.verdict, 'solved', JSON.stringify(solved))
  })

  test(`the mission '${id}' has all its words in both languages`, t => {
    for (const { missions } of Object.values(MISSION_WORDS)) {
      const words = missions[id]!
      t.truthy(words.title)
      t.truthy(words.task)
      t.truthy(words.moral)
      t.true(words.hints.length >= 2)
      t.deepEqual(
        Object.keys(words.goals),
        goals.map(goal => goal.id),
      )
    }
  })
}

test('each mission has a name of its own', t => {
  t.is(MISSIONS.length, Object.keys(WAYS).length)
  t.is(new Set(MISSIONS.map(({ id }) => id)).size, MISSIONS.length)
})

test('a plan with few ports is a link as every other', t => {
  const { plan } = MISSIONS.find(({ id }) => id === 'ports')!
  t.deepEqual(decodePlan(encodePlan(plan)), plan)
})
