import { type ConnectionStatus, status } from '../tcp/status.ts'
import { TimeWait } from '../tcp/time-wait.ts'
import type { FlowEnds } from './connection-table.ts'
import type { Host } from './host.ts'
import { Listener } from './listener.ts'

/** The rest of a row that is no full connection's. */
const NONE = {
  receiveQueue: 0,
  sendQueue: 0,
  memory: 0,
  cwnd: 0,
  ssthresh: 0,
  srtt: -1,
  rttvar: 0,
  rto: 0,
  mss: 0,
  pathMtu: 0,
  sendWindow: 0,
  receiveWindow: 0,
  retransmissions: 0,
  remoteTrafficClass: 0,
  congestionControl: '',
  recovery: 'open',
  inFlight: 0,
  sacked: 0,
  lost: 0,
  ecn: 'none',
  marksReceived: 0,
  marksDelivered: 0,
} as const

const listenerStatus = (l: Listener, now: number): ConnectionStatus => ({
  ...NONE,
  state: 'LISTEN',
  localAddress: l.localAddress,
  localPort: l.localPort,
  remoteAddress: l.remoteAddress,
  remotePort: 0,
  active: false,
  receiveQueue: l.acceptQueue.size,
  sendQueue: l.backlog,
  timer: null,
  age: now - l.since,
  stateAge: now - l.since,
})

const timeWaitStatus = (record: TimeWait, now: number): ConnectionStatus => ({
  ...NONE,
  state: 'TIME_WAIT',
  localAddress: record.localAddress,
  localPort: record.localPort,
  remoteAddress: record.remoteAddress,
  remotePort: record.remotePort,
  active: record.active,
  timer: { kind: '2msl', expiresIn: Math.max(0, record.timer.deadline - now), retries: 0 },
  age: now - record.since,
  stateAge: now - record.since,
})

/** Rows of a part: what they take is much less than packets may wait. */
const PART = 200

/**
 * STATUS (§3.10.6) of all that a host has: listeners (with the connections that wait in `receiveQueue` and the
 * backlog in `sendQueue`, as ss shows them), connections, TIME-WAIT records.
 */
export const hostStatus = (host: Host): ConnectionStatus[] => [...hostStatusInParts(host)].flat()

/**
 * The same in parts, so that whoever has many connections can do other work in between. Each part is as it is when it is asked
 * for: what has ended since the first is left out, and what has begun.
 */
export function* hostStatusInParts(host: Host): Generator<ConnectionStatus[], void, undefined> {
  const { connections } = host
  let rows: ConnectionStatus[] = []
  let seen = 0
  for (const each of oneAfterTheOther<Listener | FlowEnds>([...host.listeners], connections.flows())) {
    if (each instanceof Listener) {
      if (!each.closed) rows.push(listenerStatus(each, host.now))
    } else {
      const c = connections.read(each)
      if (c instanceof TimeWait) rows.push(timeWaitStatus(c, host.now))
      else if (c !== null) rows.push(status(c))
    }
    if (++seen % PART > 0) continue
    yield rows
    rows = []
  }
  if (rows.length > 0) yield rows
}

function* oneAfterTheOther<T>(...all: readonly Iterable<T>[]): IterableIterator<T> {
  for (const each of all) yield* each
}
