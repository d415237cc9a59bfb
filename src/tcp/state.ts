/**
 * The state machine as data: RFC 9293 §3.3.2, figure 5, with the transitions that the text adds to it. The
 * code goes through this table for every transition; the log cites its sections, and an event that a state
 * does not have is a bug, reported as an exception.
 */

/** The eleven states of RFC 9293 §3.3.2. */
export const STATES = [
  'CLOSED',
  'LISTEN',
  'SYN_SENT',
  'SYN_RECEIVED',
  'ESTABLISHED',
  'FIN_WAIT_1',
  'FIN_WAIT_2',
  'CLOSE_WAIT',
  'CLOSING',
  'LAST_ACK',
  'TIME_WAIT',
] as const

/** One of the {@link STATES}. */
export type State = (typeof STATES)[number]

/** The events that take a connection from one state to another. */
export type StateEvent =
  | 'passive OPEN'
  | 'active OPEN'
  | 'CLOSE'
  | 'ABORT'
  | 'SYN'
  | 'SYN,ACK'
  | 'ack of SYN'
  | 'FIN'
  | 'ack of FIN'
  | 'FIN, our FIN acked'
  | 'RST'
  | 'RST after passive OPEN'
  | 'SYN after passive OPEN'
  | 'retransmission timeout'
  | 'user timeout'
  | 'keep-alive timeout'
  | 'FIN_WAIT_2 timeout'
  | '2MSL timeout'
  | 'SYN reuses TIME_WAIT'
  | 'ICMP error'

/** A row of {@link TRANSITIONS}. */
export interface Transition {
  readonly from: State
  readonly event: StateEvent
  readonly to: State
  /** The section that decides it, of RFC 9293 unless it names another. */
  readonly section: string
}

/** Returns whether both sides have agreed on sequence numbers: in the synchronized states, TIME-WAIT included (§3.5.2). */
export const isSynchronized = (state: State): boolean => {
  switch (state) {
    case 'CLOSED':
    case 'LISTEN':
    case 'SYN_SENT':
    case 'SYN_RECEIVED':
      return false
    default:
      return true
  }
}

/** The synchronized states but TIME-WAIT. */
const SYNCHRONIZED: readonly State[] = [
  'ESTABLISHED',
  'FIN_WAIT_1',
  'FIN_WAIT_2',
  'CLOSE_WAIT',
  'CLOSING',
  'LAST_ACK',
]

/** In FIN-WAIT-2 all is acknowledged: there is nothing that could time out. */
const SENDING: readonly State[] = ['SYN_SENT', 'SYN_RECEIVED', ...SYNCHRONIZED].filter(
  (state): state is State => state !== 'FIN_WAIT_2',
)

const each = (states: readonly State[], event: StateEvent, to: State, section: string): Transition[] =>
  states.map(from => ({ from, event, to, section }))

/** The state machine as a table: every transition there is. */
export const TRANSITIONS: readonly Transition[] = [
  { from: 'CLOSED', event: 'passive OPEN', to: 'LISTEN', section: '§3.10.1' },
  { from: 'CLOSED', event: 'active OPEN', to: 'SYN_SENT', section: '§3.10.1' },
  { from: 'LISTEN', event: 'SYN', to: 'SYN_RECEIVED', section: '§3.10.7.2' },
  { from: 'LISTEN', event: 'CLOSE', to: 'CLOSED', section: '§3.10.4' },
  { from: 'SYN_SENT', event: 'SYN', to: 'SYN_RECEIVED', section: '§3.10.7.3' },
  { from: 'SYN_SENT', event: 'SYN,ACK', to: 'ESTABLISHED', section: '§3.10.7.3' },
  { from: 'SYN_SENT', event: 'CLOSE', to: 'CLOSED', section: '§3.10.4' },
  { from: 'SYN_RECEIVED', event: 'ack of SYN', to: 'ESTABLISHED', section: '§3.10.7.4' },
  { from: 'SYN_RECEIVED', event: 'RST after passive OPEN', to: 'LISTEN', section: '§3.10.7.4' },
  { from: 'SYN_RECEIVED', event: 'SYN after passive OPEN', to: 'LISTEN', section: '§3.10.7.4' },
  { from: 'SYN_RECEIVED', event: 'CLOSE', to: 'FIN_WAIT_1', section: '§3.10.4' },
  { from: 'ESTABLISHED', event: 'CLOSE', to: 'FIN_WAIT_1', section: '§3.10.4' },
  { from: 'ESTABLISHED', event: 'FIN', to: 'CLOSE_WAIT', section: '§3.10.7.4' },
  { from: 'FIN_WAIT_1', event: 'ack of FIN', to: 'FIN_WAIT_2', section: '§3.10.7.4' },
  { from: 'FIN_WAIT_1', event: 'FIN', to: 'CLOSING', section: '§3.10.7.4' },
  { from: 'FIN_WAIT_1', event: 'FIN, our FIN acked', to: 'TIME_WAIT', section: '§3.10.7.4' },
  { from: 'FIN_WAIT_2', event: 'FIN', to: 'TIME_WAIT', section: '§3.10.7.4' },
  { from: 'FIN_WAIT_2', event: 'FIN_WAIT_2 timeout', to: 'CLOSED', section: '§3.6.1, as Linux does' },
  { from: 'CLOSE_WAIT', event: 'CLOSE', to: 'LAST_ACK', section: '§3.10.4' },
  { from: 'CLOSING', event: 'ack of FIN', to: 'TIME_WAIT', section: '§3.10.7.4' },
  { from: 'LAST_ACK', event: 'ack of FIN', to: 'CLOSED', section: '§3.10.7.4' },
  { from: 'TIME_WAIT', event: '2MSL timeout', to: 'CLOSED', section: '§3.10.8' },
  { from: 'TIME_WAIT', event: 'SYN reuses TIME_WAIT', to: 'CLOSED', section: 'RFC 6191 §2' },
  ...each(['SYN_SENT', 'SYN_RECEIVED', ...SYNCHRONIZED], 'RST', 'CLOSED', '§3.10.7'),
  ...each(['LISTEN', 'SYN_SENT', 'SYN_RECEIVED', ...SYNCHRONIZED, 'TIME_WAIT'], 'ABORT', 'CLOSED', '§3.10.5'),
  ...each(SENDING, 'retransmission timeout', 'CLOSED', '§3.8.3'),
  ...each(SENDING, 'user timeout', 'CLOSED', '§3.10.8'),
  ...each(SYNCHRONIZED, 'keep-alive timeout', 'CLOSED', '§3.8.4'),
  ...each(['SYN_SENT', 'SYN_RECEIVED'], 'ICMP error', 'CLOSED', '§3.9.2.2'),
]

const table = new Map<State, Map<StateEvent, Transition>>()
for (const row of TRANSITIONS) {
  const events = table.get(row.from) ?? new Map<StateEvent, Transition>()
  if (events.has(row.event)) throw new Error(`two rows for ${row.event} in ${row.from}`)
  events.set(row.event, row)
  table.set(row.from, events)
}

/** The row for an event in a state. @throws Error when the machine has none: a bug of ours, never input's. */
export const transitionFor = (from: State, event: StateEvent): Transition => {
  const row = table.get(from)?.get(event)
  if (row === undefined) throw new Error(`no transition for '${event}' in ${from}`)
  return row
}
