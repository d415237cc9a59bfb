/** The missions, in the order in which they are best tried. */
import { FIN, RST, SYN } from '../../wire/tcp.ts'
import { type Action, at, emptyPlan, type Network, type Plan } from '../experiment/plan.ts'
import { goal, type Mission } from './mission.ts'
import type { Seen, SeenSegment } from './seen.ts'

/** A connection that is open, after what has been set before it. */
const connected = (before: readonly Action[] = [], network: Partial<Network> = {}): Plan => ({
  ...emptyPlan(network),
  script: [
    ...before.map(action => at(0, action)),
    at(0, { do: 'listen', host: 1 }),
    at(0, { do: 'connect', host: 0 }),
  ],
  until: 100,
})

/** Returns whether a host has sent a segment with one of these flags. */
const hasSent = (seen: Seen, by: 0 | 1, flags: number): boolean =>
  seen.sent(by).some(s => (s.flags & flags) !== 0)

/** Returns whether a connection of any host has come to its end. */
const isOver = (seen: Seen): boolean =>
  seen.transitions.some(({ to, from }) => to === 'CLOSED' && from !== 'LISTEN')

const refused: Mission = {
  id: 'refused',
  plan: emptyPlan(),
  goals: [
    goal(
      'reset',
      seen => seen.received(1).some(s => (s.flags & RST) !== 0) && seen.into(0, 'SYN_SENT').length > 0,
      seen => seen.into(0, 'ESTABLISHED').length > 0,
    ),
    goal('told', seen => seen.notes(0).includes('ECONNREFUSED')),
  ],
}

const closing: Mission = {
  id: 'closing',
  plan: connected(),
  goals: [
    goal(
      'crossed',
      seen => seen.into(0, 'CLOSING').length > 0 && seen.into(1, 'CLOSING').length > 0,
      seen => seen.into(0, 'CLOSE_WAIT').length + seen.into(1, 'CLOSE_WAIT').length > 0 || isOver(seen),
    ),
    goal('both', seen => seen.into(0, 'TIME_WAIT').length > 0 && seen.into(1, 'TIME_WAIT').length > 0),
  ],
}

const closeWait: Mission = {
  id: 'close-wait',
  plan: connected(),
  goals: [
    goal(
      'waits',
      seen => seen.inState(1, 'CLOSE_WAIT') > 0,
      seen => seen.into(1, 'LAST_ACK').length > 0 || hasSent(seen, 1, FIN | RST),
    ),
    goal(
      'forgotten',
      seen => seen.transitions.some(t => t.host === 0 && t.from === 'FIN_WAIT_2' && t.to === 'CLOSED'),
      seen => hasSent(seen, 1, FIN | RST),
    ),
    goal(
      'leaked',
      seen => seen.into(0, 'CLOSED').length > 0 && seen.inState(1, 'CLOSE_WAIT') > 0,
      seen => hasSent(seen, 1, FIN | RST),
    ),
  ],
}

/** The ACK of the server's FIN that was lost. */
const lostLastAck = (seen: Seen) => {
  const fin = seen.sent(1).find(s => s.flags & FIN)
  return fin === undefined
    ? undefined
    : seen.lost.find(
        s =>
          s.by === 0 && s.event > fin.event && s.length === 0 && s.ack === (fin.seq + fin.length + 1) >>> 0,
      )
}

const lastAck: Mission = {
  id: 'last-ack',
  plan: connected(),
  goals: [
    goal(
      'lost',
      seen => lostLastAck(seen) !== undefined,
      seen => seen.transitions.some(t => t.from === 'LAST_ACK'),
    ),
    goal('again', seen => {
      const lost = lostLastAck(seen)
      return lost !== undefined && seen.received(1).some(s => s.event > lost.event && (s.flags & FIN) !== 0)
    }),
    goal('answered', seen =>
      seen.transitions.some(t => t.host === 1 && t.from === 'LAST_ACK' && t.to === 'CLOSED'),
    ),
  ],
}

/** Ephemeral ports of the client in the mission about them. */
export const FEW_PORTS = 4

const ports: Mission = {
  id: 'ports',
  plan: { ...emptyPlan({ ports: FEW_PORTS }), script: [at(0, { do: 'listen', host: 1 })], until: 0 },
  goals: [
    goal(
      'pile',
      seen => seen.peak(0, 'TIME_WAIT') >= FEW_PORTS,
      seen => seen.into(1, 'TIME_WAIT').length > 0,
    ),
    goal('free', seen => {
      const full = seen.into(0, 'TIME_WAIT')[FEW_PORTS - 1]
      return full !== undefined && seen.into(0, 'SYN_SENT').some(({ time }) => time > full.time)
    }),
  ],
}

/** Bytes of packets of text to the server that have arrived, and that the path has swallowed. */
const sizes = (seen: Seen) => {
  const text = seen.segments.filter(s => s.by === 0 && s.length > 0)
  return {
    passed: text.filter(s => s.where === 'received').map(s => s.length),
    swallowed: text.filter(s => s.where === 'lost').map(s => s.length),
  }
}

/** The size is to be known this closely, bytes. */
const CLOSELY = 64
const MOST_TRIES = 12

const blackHole: Mission = {
  id: 'black-hole',
  plan: connected([
    { do: 'faults', faults: { mtu: 1006, icmp: false }, direction: 'out' },
    // The player finds out by hand, and not the stack by itself.
    { do: 'options', tcp: { tailLossProbe: false }, host: 0 },
  ]),
  goals: [
    goal('swallowed', seen => sizes(seen).swallowed.length > 0),
    goal('passed', seen => sizes(seen).passed.length > 0),
    goal(
      'edge',
      seen => {
        const { passed, swallowed } = sizes(seen)
        return passed.some(p => swallowed.some(s => s > p && s - p <= CLOSELY))
      },
      seen => seen.notes(0).filter(text => text.startsWith('write(')).length >= MOST_TRIES,
    ),
  ],
}

const zeroWindow: Mission = {
  id: 'zero-window',
  plan: connected([{ do: 'options', tcp: { receiveBuffer: 8000 }, host: 1 }]),
  goals: [
    goal(
      'shut',
      seen => seen.sent(1).some(s => s.window === 0 && (s.flags & (RST | SYN)) === 0),
      seen => hasSent(seen, 0, FIN | RST) || hasSent(seen, 1, FIN | RST),
    ),
    goal('probed', seen => seen.sent(0).some(s => s.reason === 'zero-window probe'), isOver),
    goal(
      'opened',
      seen => {
        const shut = seen.sent(1).find(s => s.window === 0)
        const opened = seen.received(1).find(s => shut !== undefined && s.event > shut.event && s.window > 0)
        return opened !== undefined && seen.received(0).some(s => s.event > opened.event && s.length > 1)
      },
      isOver,
    ),
  ],
}

const gone: Mission = {
  id: 'gone',
  plan: connected(),
  goals: [
    goal(
      'reset',
      seen => {
        const text = seen
          .received(0)
          .find(s => s.length > 0 && seen.sent(1).some(f => f.event < s.event && f.flags & FIN))
        return text !== undefined && seen.received(1).some(s => s.event > text.event && (s.flags & RST) !== 0)
      },
      seen => hasSent(seen, 0, FIN | RST),
    ),
    goal('told', seen => seen.notes(0).some(text => /ECONNRESET|EPIPE/.test(text))),
  ],
}

const halfOpen: Mission = {
  id: 'half-open',
  plan: connected(),
  goals: [
    goal(
      'unaware',
      seen => {
        const text = seen.received(0).find(s => s.length > 0)
        const answer = seen.sent(1).find(s => text !== undefined && s.event > text.event)
        return answer !== undefined && (answer.flags & RST) !== 0 && !hasSent(seen, 1, FIN)
      },
      seen =>
        hasSent(seen, 1, FIN) ||
        hasSent(seen, 0, FIN | RST) ||
        seen
          .received(0)
          .some(s => s.length > 0 && seen.sent(1).some(a => a.event > s.event && !(a.flags & RST))),
    ),
    goal('told', seen => seen.notes(0).includes('ECONNRESET')),
  ],
}

/** Segments of text of the client that it sent for the first time, by connection. */
const textsOf = (seen: Seen) => {
  const found = new Map<string, SeenSegment[]>()
  const highest = new Map<string, number>()
  for (const s of seen.sent(0)) {
    if (s.length === 0) continue
    const before = highest.get(s.source)
    if (before !== undefined && ((s.seq - before) | 0) < 0) continue
    highest.set(s.source, (s.seq + s.length) | 0)
    const list = found.get(s.source)
    if (list === undefined) found.set(s.source, [s])
    else list.push(s)
  }
  return found
}

/** Bytes of a piece of text that does not fill a segment by far. */
const SMALL = 500

/** Times from one small piece of text to the next, ms. */
const waits = (seen: Seen): number[] =>
  [...textsOf(seen).values()].flatMap(list =>
    list.slice(1).flatMap((s, i) => {
      const before = list[i]!
      return Math.max(s.length, before.length) < SMALL ? [s.time - before.time] : []
    }),
  )

/** The connections on which text has waited for a delayed ACK, by the client's end. */
const traps = (seen: Seen): Set<string> =>
  new Set(
    seen
      .sent(1)
      .filter(
        ack =>
          ack.reason === 'delayed ACK' &&
          seen
            .sent(0)
            .some(
              s =>
                s.source === ack.destination &&
                s.event > ack.event &&
                s.length > 0 &&
                s.time - ack.time <= 25,
            ),
      )
      .map(ack => ack.destination),
  )

const delayedAck: Mission = {
  id: 'delayed-ack',
  plan: connected([{ do: 'options', tcp: { delayedAck: 200 }, host: 1 }]),
  goals: [
    goal('trapped', seen => traps(seen).size > 0),
    goal(
      'freed',
      seen => seen.into(0, 'ESTABLISHED').length > 1 && waits(seen).some(ms => ms < 20),
      seen => traps(seen).size > 1,
    ),
  ],
}

/** Segments that the client has sent again, and why. */
const again = (seen: Seen): string[] =>
  seen.sent(0).flatMap(s => (s.length > 0 && s.reason !== 'data' ? [s.reason] : []))

const QUICKLY = new Set(['third duplicate ACK', 'lost', 'partial ACK'])
const SLOWLY = new Set(['retransmission timeout', 'after timeout', 'tail loss probe'])

const quickRepair: Mission = {
  id: 'quick-repair',
  plan: connected(),
  goals: [
    goal('lost', seen => seen.lost.some(s => s.by === 0 && s.length > 0)),
    goal(
      'quick',
      seen => again(seen).some(reason => QUICKLY.has(reason)),
      seen => again(seen).some(reason => SLOWLY.has(reason)),
    ),
  ],
}

export const MISSIONS: readonly Mission[] = [
  refused,
  closing,
  closeWait,
  lastAck,
  ports,
  zeroWindow,
  gone,
  halfOpen,
  quickRepair,
  delayedAck,
  blackHole,
]
