/** Missions about the ways in which connections open, and do not. */
import { FIN, RST, SYN } from '../../wire/tcp.ts'
import { emptyPlan } from '../experiment/plan.ts'
import { connected, hasSent, isOver, listening } from './begun.ts'
import { goal, type Mission } from './mission.ts'
import type { Seen } from './seen.ts'

export const refused: Mission = {
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

export const simultaneousOpen: Mission = {
  id: 'simultaneous-open',
  plan: emptyPlan({ bound: true }),
  goals: [
    goal(
      'crossed',
      seen => ([0, 1] as const).every(host => seen.went(host, 'SYN_SENT', 'SYN_RECEIVED')),
      seen => isOver(seen) || seen.into(0, 'ESTABLISHED').length + seen.into(1, 'ESTABLISHED').length > 0,
    ),
    goal('both', seen => ([0, 1] as const).every(host => seen.into(host, 'ESTABLISHED').length > 0), isOver),
  ],
}

/** The SYNs of one attempt, the first and those that repeat it. */
const MOST_SYNS = 4

/** Returns whether the client's SYN has been answered, by whatever. */
const isAnswered = (seen: Seen): boolean => seen.into(0, 'ESTABLISHED').length > 0 || hasSent(seen, 1, RST)

export const silence: Mission = {
  id: 'silence',
  plan: listening(),
  goals: [
    goal('again', seen => seen.sent(0).filter(s => s.flags & SYN).length >= MOST_SYNS, isAnswered),
    goal('told', seen => seen.notes(0).includes('ETIMEDOUT'), isAnswered),
  ],
}

export const halfOpen: Mission = {
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
