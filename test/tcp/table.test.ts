/** The transition table: figure 5 is in it, and each of its rows is gone through by some run below. */
import test from 'ava'
import type { Connection } from '../../src/tcp/block/connection.ts'
import { abort, close, configure, send } from '../../src/tcp/calls.ts'
import { STATES, type State, type StateEvent, TRANSITIONS, transitionFor } from '../../src/tcp/state.ts'
import { type Dialogue, dialogue } from '../support/dialogue.ts'
import { icmpError } from '../support/packets.ts'
import type { RecordingUser } from '../support/recording-user.ts'

const arrow = (from: string, event: string, to: string): string => `${from}, ${event} → ${to}`
const ROWS = TRANSITIONS.map(row => arrow(row.from, row.event, row.to))

/** RFC 9293 §3.3.2, figure 5, but for SEND in LISTEN, which this stack does not have (ST-5). */
const FIGURE_5: [State, StateEvent, State][] = [
  ['CLOSED', 'passive OPEN', 'LISTEN'],
  ['CLOSED', 'active OPEN', 'SYN_SENT'],
  ['LISTEN', 'CLOSE', 'CLOSED'],
  ['LISTEN', 'SYN', 'SYN_RECEIVED'],
  ['SYN_SENT', 'CLOSE', 'CLOSED'],
  ['SYN_SENT', 'SYN', 'SYN_RECEIVED'],
  ['SYN_SENT', 'SYN,ACK', 'ESTABLISHED'],
  ['SYN_RECEIVED', 'ack of SYN', 'ESTABLISHED'],
  ['SYN_RECEIVED', 'RST after passive OPEN', 'LISTEN'],
  ['SYN_RECEIVED', 'CLOSE', 'FIN_WAIT_1'],
  ['ESTABLISHED', 'CLOSE', 'FIN_WAIT_1'],
  ['ESTABLISHED', 'FIN', 'CLOSE_WAIT'],
  ['FIN_WAIT_1', 'ack of FIN', 'FIN_WAIT_2'],
  ['FIN_WAIT_1', 'FIN', 'CLOSING'],
  ['FIN_WAIT_1', 'FIN, our FIN acked', 'TIME_WAIT'],
  ['FIN_WAIT_2', 'FIN', 'TIME_WAIT'],
  ['CLOSING', 'ack of FIN', 'TIME_WAIT'],
  ['CLOSE_WAIT', 'CLOSE', 'LAST_ACK'],
  ['LAST_ACK', 'ack of FIN', 'CLOSED'],
  ['TIME_WAIT', '2MSL timeout', 'CLOSED'],
]

test('every arrow of figure 5 is a row of the table', t => {
  const missing = FIGURE_5.filter(([from, event, to]) => !ROWS.includes(arrow(from, event, to)))
  t.deepEqual(missing, [])
})

test('each state but CLOSED has a way out, and a way in; no row comes twice; each names its section', t => {
  for (const state of STATES) {
    t.true(TRANSITIONS.some(row => row.from === state))
    t.true(TRANSITIONS.some(row => row.to === state))
  }
  t.is(new Set(ROWS).size, ROWS.length)
  for (const row of TRANSITIONS) t.regex(row.section, /§\d/)
})

test('an event that a state does not have throws, and changes nothing', t => {
  const events = new Set(TRANSITIONS.map(row => row.event))
  let illegal = 0
  for (const state of STATES)
    for (const event of events) {
      const row = TRANSITIONS.find(r => r.from === state && r.event === event)
      if (row !== undefined) {
        t.is(transitionFor(state, event), row)
        continue
      }
      illegal++
      t.throws(() => transitionFor(state, event), { message: `no transition for '${event}' in ${state}` })
    }
  t.is(illegal, STATES.length * events.size - TRANSITIONS.length)
  const d = dialogue()
  const c = d.established().connection!
  t.throws(() => c.transition('2MSL timeout', 'timeout'), { message: /in ESTABLISHED/ })
  t.is(c.state, 'ESTABLISHED')
})

// Ways into each state, with a peer whose window is shut if `shut`: what is then written stays unsent.

type Way = (d: Dialogue, shut?: boolean) => Connection

const connectionOf = (user: RecordingUser): Connection => user.connection!

const synSent: Way = d => {
  const c = connectionOf(d.connect())
  d.skip()
  return c
}
const crossed: Way = d => {
  const c = synSent(d)
  d.receives('S 0:0(0)')
  d.skip()
  return c
}
const halfOpen: Way = d => {
  d.listen()
  d.receives('S 0:0(0)')
  d.skip()
  const [c] = d.host.connections
  return c as Connection
}
const established: Way = (d, shut = false) => {
  const c = connectionOf(d.established({}, 'S 0:0(0) win 65535', `. 1:1(0) ack 1 win ${shut ? 0 : 65_535}`))
  if (shut) {
    send(c, Buffer.from('held back'))
    d.silent()
  }
  return c
}
const win = (shut: boolean) => (shut ? ' win 0' : '')
const finWait1: Way = (d, shut = false) => {
  const c = established(d, shut)
  close(c)
  d.skip()
  return c
}
const finWait2: Way = d => {
  const c = finWait1(d)
  d.receives('. 1:1(0) ack 2')
  return c
}
const closing: Way = (d, shut = false) => {
  const c = finWait1(d, shut)
  d.receives(`F. 1:1(0) ack 1${win(shut)}`)
  d.skip()
  return c
}
const closeWait: Way = (d, shut = false) => {
  const c = established(d, shut)
  d.receives(`F. 1:1(0) ack 1${win(shut)}`)
  d.skip()
  return c
}
const lastAck: Way = (d, shut = false) => {
  const c = closeWait(d, shut)
  close(c)
  d.skip()
  return c
}
const timeWait: Way = d => {
  const c = finWait2(d)
  d.receives('F. 1:1(0) ack 2')
  d.skip()
  return c
}

/** The synchronized states, with the peer's next sequence number. */
const SYNCHRONIZED: [State, Way, number][] = [
  ['ESTABLISHED', established, 1],
  ['FIN_WAIT_1', finWait1, 1],
  ['FIN_WAIT_2', finWait2, 1],
  ['CLOSE_WAIT', closeWait, 2],
  ['CLOSING', closing, 2],
  ['LAST_ACK', lastAck, 2],
]
const OPENING: [State, Way][] = [
  ['SYN_SENT', synSent],
  ['SYN_RECEIVED', crossed],
]

const DAY = 86_400_000
const QUICK = { keepAlive: true, keepAliveIdle: 10, keepAliveInterval: 10, keepAliveCount: 1 }

test('every row of the table is gone through, and nothing that is not in it', t => {
  const seen = new Set<string>()
  let dialogues = 0
  const run = (tcp: object, play: (d: Dialogue) => void) => {
    const d = dialogue({ tcp })
    play(d)
    d.after(0)
    for (const e of d.events)
      if (e.type === 'transition') {
        seen.add(arrow(e.from, e.event, e.to))
        t.is(transitionFor(e.from, e.event).section, e.section)
      }
    dialogues++
  }
  // CLOSED, LISTEN
  run({}, d => d.listen().close())
  run({}, d => {
    d.listen()
    d.host.close()
  })
  // SYN-SENT
  run({}, d => close(synSent(d)))
  run({}, d => {
    synSent(d)
    d.receives('S. 0:0(0) ack 1')
  })
  run({}, d => {
    synSent(d)
    d.receives('R. 0:0(0) ack 1')
  })
  // SYN-RECEIVED
  run({}, d => close(crossed(d)))
  run({}, d => {
    halfOpen(d)
    d.receives('R 1:1(0)')
  })
  run({}, d => {
    halfOpen(d)
    d.receives('S 5:5(0)')
  })
  run({}, d => {
    crossed(d)
    d.receives('R 1:1(0)')
  })
  // The ways on
  run({ msl: 10 }, d => {
    timeWait(d)
    d.after(20)
  })
  run({}, d => {
    closing(d)
    d.receives('. 2:2(0) ack 2')
  })
  run({}, d => {
    lastAck(d)
    d.receives('. 2:2(0) ack 2')
  })
  run({}, d => {
    finWait1(d)
    d.receives('F. 1:1(0) ack 2')
  })
  run({ finWait2Timeout: 10 }, d => {
    const c = established(d)
    c.orphaned = true
    close(c)
    d.skip()
    d.receives('. 1:1(0) ack 2')
    d.after(10)
  })
  // TIME-WAIT
  run({}, d => {
    timeWait(d)
    d.receives('S 9:9(0)')
  })
  run({}, d => abort(timeWait(d)))
  // From wherever it may be
  for (const [state, way] of OPENING) {
    run({}, d => {
      const c = way(d)
      t.is(c.state, state)
      abort(c)
    })
    run({ userTimeout: 0, synRetries: 2 }, d => {
      way(d)
      d.after(DAY)
    })
    run({ userTimeout: 700 }, d => {
      way(d)
      d.after(700)
    })
    run({}, d => {
      d.connect()
      const syn = d.next()
      if (way === crossed) d.receives('S 0:0(0)')
      d.inject(icmpError(3, 3, syn.raw))
    })
  }
  for (const [state, way, next] of SYNCHRONIZED) {
    run({}, d => {
      t.is(way(d).state, state)
      d.receives(`R ${next}:${next}(0)`)
    })
    run({}, d => abort(way(d)))
    // In FIN-WAIT-2 nothing is under way that could time out.
    if (state !== 'FIN_WAIT_2') {
      const write = (c: Connection) => {
        if (!c.finQueued) send(c, Buffer.from('unanswered'))
      }
      run({ userTimeout: 0, retries: 2 }, d => {
        write(way(d))
        d.after(DAY)
      })
      run({ userTimeout: 700 }, d => {
        write(way(d))
        d.after(700)
      })
    }
    // Keep-alive probes leave only while nothing is under way: what there is must be held back by the window.
    run({ userTimeout: 0 }, d => {
      const c = way(d, state !== 'FIN_WAIT_2')
      t.is(c.state, state)
      configure(c, QUICK)
      d.after(30)
    })
  }
  t.deepEqual([...seen].sort(), [...new Set(ROWS)].sort())
  t.true(dialogues > 40)
})
