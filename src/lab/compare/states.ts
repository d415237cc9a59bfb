/** Compares the states that one end of one connection went through in two runs. */
import type { State } from '../../tcp/state.ts'
import type { AlignedEvent, Seen } from '../compare.ts'
import type { EndName, RunTransition } from '../recorder.ts'
import { align } from './align.ts'
import type { RunConnection } from './connections.ts'

/** States that are left by a timeout, without a word: whoever only reads segments does not see it. */
const SILENT: readonly State[] = ['TIME_WAIT', 'FIN_WAIT_2', 'SYN_SENT', 'ESTABLISHED']

export const compareStates = (
  end: EndName,
  connection: number,
  left: RunConnection,
  right: RunConnection,
  rounding: number,
): AlignedEvent[] => {
  const [a, b] = [left.transitions[end], right.transitions[end]]
  const seen = (t: RunTransition | null): Seen | null =>
    t === null
      ? null
      : { time: Math.round(t.time / rounding) * rounding, text: `${t.from} → ${t.to}`, event: t }
  const pairs = align(a, b, ({ to }) => to)
  return pairs.map(([l, r]) => ({
    kind: 'state',
    end,
    connection,
    left: seen(l),
    right: seen(r),
    ...(l !== null && r !== null ? judgePair(l, r) : judgeAlone(l ?? r!, l === null ? a : b)),
  }))
}

const judgePair = (
  l: RunTransition,
  r: RunTransition,
): Pick<AlignedEvent, 'verdict' | 'what' | 'section'> => {
  if (l.from === r.from || merged(l, r) || merged(r, l)) return { verdict: 'same', what: '', section: '' }
  return { verdict: 'defect', what: `enters ${l.to} from elsewhere`, section: '' }
}

/** FIN_WAIT_1 → TIME_WAIT beside FIN_WAIT_2 → TIME_WAIT: FIN_WAIT_2 is told by itself. */
const merged = (l: RunTransition, r: RunTransition): boolean =>
  l.to === 'TIME_WAIT' && l.from === 'FIN_WAIT_1' && r.from === 'FIN_WAIT_2'

const judgeAlone = (
  t: RunTransition,
  others: readonly RunTransition[],
): Pick<AlignedEvent, 'verdict' | 'what' | 'section'> => {
  const last = others.at(-1)
  if (t.to === 'FIN_WAIT_2' && others.some(o => o.to === 'TIME_WAIT' && o.from === 'FIN_WAIT_1'))
    return {
      verdict: 'allowed',
      what: 'the ACK of the FIN comes with the other FIN, or before it',
      section: 'RFC 9293 §3.10.7.4',
    }
  if (t.to === 'CLOSED' && last?.to === t.from && SILENT.includes(t.from))
    return {
      verdict: 'allowed',
      what: `${t.from} ends in silence, which not every run waits for or sees`,
      section: 'RFC 9293 §3.6.1, §3.10.8',
    }
  return { verdict: 'defect', what: `only one enters ${t.to} from ${t.from}`, section: '' }
}
