/** The kernel's own account of its sockets' states, held against a capture. */
import type { State } from '../../tcp/state.ts'
import type { ExplainedPath } from './annotate.ts'
import type { KernelTransition } from './state-trace.ts'

export interface ToldPath extends ExplainedPath {
  /** The time of the last transition, ms of CLOCK_MONOTONIC. */
  readonly time: number
}

/** Sorts what the kernel tells by connection: the states of each, in the order in which they began. */
export const toldPaths = (told: readonly KernelTransition[]): ToldPath[] => {
  const paths: (ToldPath & { states: State[]; time: number })[] = []
  const current = new Map<string, (typeof paths)[number]>()
  for (const { time, local, remote, from, to } of told) {
    // A socket gets its ports after its first transition: the next one that has them follows from it.
    if (local.endsWith(':0') || remote.endsWith(':0')) continue
    const key = `${local} ${remote}`
    let path = current.get(key)
    if (path === undefined || path.states.at(-1) !== from || from === 'CLOSED') {
      const first: State[] = from === 'SYN_SENT' ? ['CLOSED'] : from === 'SYN_RECEIVED' ? ['LISTEN'] : []
      const begun = { local, remote, states: [...first, from], time }
      paths.push(begun)
      current.set(key, begun)
      path = begun
    }
    path.states.push(to)
    path.time = time
  }
  return paths
}

/**
 * Returns whether both are the same path. The kernel has no socket any more in TIME_WAIT (and none in FIN_WAIT_2 when its
 * application has closed it): it tells that it is CLOSED. And a timeout shows in no segment.
 */
export const isSamePath = (shown: readonly State[], told: readonly State[]): boolean => {
  // A FIN that acknowledges ours is first an acknowledgment, then a FIN (RFC 9293 §3.10.7.4).
  const at = shown.findIndex((state, i) => state === 'FIN_WAIT_1' && shown[i + 1] === 'TIME_WAIT')
  const steps = at < 0 ? shown : [...shown.slice(0, at + 1), 'FIN_WAIT_2' as const, ...shown.slice(at + 1)]
  const withoutTimeWait = steps.filter(state => state !== 'TIME_WAIT')
  const ways: (readonly State[])[] = [withoutTimeWait]
  if (withoutTimeWait.at(-1) !== 'CLOSED') {
    const timesOut = shown.includes('TIME_WAIT') || SILENT.has(withoutTimeWait.at(-1)!)
    if (timesOut) ways.push([...withoutTimeWait, 'CLOSED'])
  }
  return ways.some(way => way.join() === told.join())
}

const SILENT: ReadonlySet<State> = new Set([
  'SYN_SENT',
  'FIN_WAIT_1',
  'FIN_WAIT_2',
  'ESTABLISHED',
  'CLOSE_WAIT',
  'LAST_ACK',
])
