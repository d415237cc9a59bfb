/** Missions about the ways in which connections close, and what is left of them. */
import { FIN, RST } from '../../wire/tcp.ts'
import { connected, hasSent, isOver, listening } from './begun.ts'
import { goal, type Mission } from './mission.ts'
import type { Seen } from './seen.ts'

export const closing: Mission = {
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

/** Text of the server's that has come after the client's FIN. */
const textAfterFin = (seen: Seen) => {
  const fin = seen.sent(0).find(s => s.flags & FIN)
  return fin && seen.received(1).find(s => s.event > fin.event && s.length > 0)
}

export const halfClose: Mission = {
  id: 'half-close',
  plan: connected(),
  goals: [
    goal(
      'flows',
      seen => {
        const text = textAfterFin(seen)
        return text !== undefined && seen.sent(0).some(s => s.event > text.event && !(s.flags & RST))
      },
      seen => hasSent(seen, 0, RST) || hasSent(seen, 1, FIN | RST),
    ),
    goal(
      'order',
      seen => seen.into(0, 'TIME_WAIT').length > 0 && textAfterFin(seen) !== undefined,
      seen => hasSent(seen, 0, RST) || hasSent(seen, 1, RST),
    ),
  ],
}

/** Returns whether the client has given up waiting for the server's FIN. */
const isForgotten = (seen: Seen): boolean => seen.went(0, 'FIN_WAIT_2', 'CLOSED')

export const closeWait: Mission = {
  id: 'close-wait',
  plan: connected(),
  goals: [
    goal(
      'waits',
      seen => seen.inState(1, 'CLOSE_WAIT') > 0,
      seen => seen.into(1, 'LAST_ACK').length > 0 || hasSent(seen, 1, FIN | RST),
    ),
    goal('forgotten', isForgotten, seen => hasSent(seen, 1, FIN | RST)),
    goal(
      'leaked',
      seen => seen.into(0, 'CLOSED').length > 0 && seen.inState(1, 'CLOSE_WAIT') > 0,
      seen => hasSent(seen, 1, FIN | RST),
    ),
  ],
}

export const lateFin: Mission = {
  id: 'late-fin',
  plan: connected(),
  goals: [
    goal('forgotten', isForgotten, seen => hasSent(seen, 1, FIN | RST) || hasSent(seen, 0, RST)),
    goal(
      'late',
      seen =>
        isForgotten(seen) && seen.received(0).some(s => s.flags & RST) && seen.went(1, 'LAST_ACK', 'CLOSED'),
      seen => !isForgotten(seen) && hasSent(seen, 1, FIN | RST),
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

export const lastAck: Mission = {
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
    goal('answered', seen => seen.went(1, 'LAST_ACK', 'CLOSED')),
  ],
}

/** Ephemeral ports of the client in the mission about them. */
export const FEW_PORTS = 4

export const ports: Mission = {
  id: 'ports',
  plan: listening([], { ports: FEW_PORTS }),
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

export const reuse: Mission = {
  id: 'reuse',
  plan: listening([], { ports: 1 }),
  goals: [
    goal(
      'pile',
      seen => seen.into(1, 'TIME_WAIT').length > 0,
      seen => seen.into(0, 'TIME_WAIT').length > 0,
    ),
    goal(
      'taken',
      seen => seen.transitions.some(t => t.host === 1 && t.event === 'SYN reuses TIME_WAIT'),
      seen =>
        seen.into(0, 'TIME_WAIT').length > 0 ||
        seen.transitions.some(t => t.host === 1 && t.event === '2MSL timeout'),
    ),
    goal('open', seen => {
      const taken = seen.transitions.findIndex(t => t.event === 'SYN reuses TIME_WAIT')
      return taken >= 0 && seen.transitions.slice(taken).some(t => t.host === 1 && t.to === 'ESTABLISHED')
    }),
  ],
}

export const gone: Mission = {
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
