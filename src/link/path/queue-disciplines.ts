import { CoDel } from './codel.ts'
import { DualPi2 } from './dual-pi2.ts'
import type { QueueDiscipline, QueueEvents } from './queue-discipline.ts'

const MAKERS = {
  /** Packets that do not fit are dropped, and no others: see Bottleneck, which needs no turns for that. */
  droptail: () => null,
  codel: (events: QueueEvents): QueueDiscipline => new CoDel(events),
  dualpi2: (events: QueueEvents): QueueDiscipline => new DualPi2(events),
}

/** A way to manage the packets that wait for a line. */
export type QueueDisciplineName = keyof typeof MAKERS

export const QUEUE_DISCIPLINES = Object.keys(MAKERS) as readonly QueueDisciplineName[]

/** A discipline that is new; null for 'droptail'. */
export const createDiscipline = (name: QueueDisciplineName, events: QueueEvents): QueueDiscipline | null =>
  MAKERS[name](events)
