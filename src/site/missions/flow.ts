/** Missions about text that flows, stands still, is lost and is repaired. */
import { FIN, RST, SYN } from '../../wire/tcp.ts'
import { connected, hasSent, isOver } from './begun.ts'
import { goal, type Mission } from './mission.ts'
import type { Seen, SeenSegment } from './seen.ts'

/** Bytes of the server's buffer in missions about its window. */
const BUFFER = 8000

/** The segment by which the server shuts its window. */
const shutting = (seen: Seen): SeenSegment | undefined =>
  seen.sent(1).find(s => s.window === 0 && (s.flags & (RST | SYN)) === 0)

export const zeroWindow: Mission = {
  id: 'zero-window',
  plan: connected([{ do: 'options', tcp: { receiveBuffer: BUFFER }, host: 1 }]),
  goals: [
    goal(
      'shut',
      seen => shutting(seen) !== undefined,
      seen => hasSent(seen, 0, FIN | RST) || hasSent(seen, 1, FIN | RST),
    ),
    goal('probed', seen => seen.sent(0).some(s => s.reason === 'zero-window probe'), isOver),
    goal(
      'opened',
      seen => {
        const shut = shutting(seen)
        const opened = seen.received(1).find(s => shut !== undefined && s.event > shut.event && s.window > 0)
        return opened !== undefined && seen.received(0).some(s => s.event > opened.event && s.length > 1)
      },
      isOver,
    ),
  ],
}

/** The segment that would have told the client of the open window, and was lost. */
const lostUpdate = (seen: Seen): SeenSegment | undefined => {
  const shut = shutting(seen)
  return shut && seen.lost.find(s => s.by === 1 && s.event > shut.event && s.window > 0)
}

export const deadlock: Mission = {
  id: 'deadlock',
  plan: connected([{ do: 'options', tcp: { receiveBuffer: BUFFER }, host: 1 }]),
  goals: [
    goal('shut', seen => shutting(seen) !== undefined, isOver),
    goal(
      'lost',
      seen => lostUpdate(seen) !== undefined,
      seen => {
        const shut = shutting(seen)
        return shut !== undefined && seen.received(1).some(s => s.event > shut.event && s.window > 0)
      },
    ),
    goal(
      'probe',
      seen => {
        const lost = lostUpdate(seen)
        const probe = lost && seen.sent(0).find(s => s.event > lost.event && s.reason === 'zero-window probe')
        const answer = probe && seen.received(1).find(s => s.event > probe.event && s.window > 0)
        return answer !== undefined && seen.received(0).some(s => s.event > answer.event && s.length > 1)
      },
      seen => hasSent(seen, 0, FIN | RST) || hasSent(seen, 1, FIN | RST),
    ),
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

export const blackHole: Mission = {
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

export const delayedAck: Mission = {
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

export const quickRepair: Mission = {
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
