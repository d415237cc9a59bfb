/** The table of connections, as `ss -tano` shows the kernel's. */

import type { ConnectionStatus } from '../tcp/status.ts'
import { formatEndpoint } from '../wire/address.ts'
import { checkOptions, FLAG, type KindsOf } from '../wire/option-kinds.ts'
import { widest } from './extremes.ts'
import { endpointText } from './transition-text.ts'

/** A CLOSE_WAIT that lasts longer (ms) is mostly a program that forgets to close. */
const FORGOTTEN = 60_000

/** 850ms, 1.2s, 3min20s, 2h05min: as precise as matters. */
export const formatDuration = (ms: number): string => {
  if (ms < 1000) return `${Math.round(ms)}ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)}s`
  const minutes = Math.floor(ms / 60_000)
  if (minutes < 60) return `${minutes}min${String(Math.floor((ms % 60_000) / 1000)).padStart(2, '0')}s`
  return `${Math.floor(minutes / 60)}h${String(minutes % 60).padStart(2, '0')}min`
}

const timerText = ({ timer }: ConnectionStatus): string =>
  timer === null ? '' : `${timer.kind},${formatDuration(timer.expiresIn)},${timer.retries}`

const extendedText = (row: ConnectionStatus): string => {
  if (row.state === 'LISTEN' || row.state === 'TIME_WAIT') return ''
  const segments = (bytes: number) => (row.mss > 0 ? (bytes / row.mss).toFixed(0) : '0')
  return [
    row.srtt < 0 ? '' : `rtt:${row.srtt.toFixed(2)}/${row.rttvar.toFixed(2)}`,
    `rto:${Math.round(row.rto)}`,
    `mss:${row.mss}`,
    row.pathMtu > 0 ? `pmtu:${row.pathMtu}` : '',
    `cwnd:${segments(row.cwnd)}`,
    row.ssthresh < 2 ** 30 ? `ssthresh:${segments(row.ssthresh)}` : '',
    `snd_wnd:${row.sendWindow}`,
    `rcv_wnd:${row.receiveWindow}`,
    row.memory > 0 ? `mem:${row.memory}` : '',
    row.ecn === 'accurate' ? 'accecn' : row.ecn === 'classic' ? 'ecn' : '',
    row.marksReceived > 0 ? `received_ce:${row.marksReceived}` : '',
    row.marksDelivered > 0 ? `delivered_ce:${row.marksDelivered}` : '',
    row.retransmissions > 0 ? `retrans:${row.retransmissions}` : '',
  ]
    .filter(Boolean)
    .join(' ')
}

/** Options of {@link formatConnections}. */
export interface TableOptions {
  /** Also round-trip time, windows, congestion control. */
  readonly extended?: boolean
}

/** Formats rows as an aligned table, listeners first, then by state and age. */
export const formatConnections = (rows: readonly ConnectionStatus[], options: TableOptions = {}): string => {
  checkOptions('options', options, { extended: FLAG } satisfies KindsOf<TableOptions>)
  const rank = (row: ConnectionStatus) => (row.state === 'LISTEN' ? 0 : row.state === 'TIME_WAIT' ? 2 : 1)
  const sorted = [...rows].sort((a, b) => rank(a) - rank(b) || a.localPort - b.localPort || b.age - a.age)
  const cells = sorted.map(row => [
    row.state + (row.state === 'CLOSE_WAIT' && row.stateAge > FORGOTTEN ? ' !' : ''),
    String(row.receiveQueue),
    String(row.sendQueue),
    endpointText(row.localAddress, row.localPort),
    row.remotePort === 0 ? '*:*' : formatEndpoint(row.remoteAddress, row.remotePort),
    formatDuration(row.stateAge),
    timerText(row),
    ...(options.extended ? [extendedText(row)] : []),
  ])
  const head = [
    'State',
    'Recv-Q',
    'Send-Q',
    'Local',
    'Peer',
    'Age',
    'Timer',
    ...(options.extended ? ['Info'] : []),
  ]
  const widths = head.map((title, i) =>
    widest(
      cells.map(cell => cell[i]!),
      title.length,
    ),
  )
  const numeric = (i: number) => i === 1 || i === 2
  const line = (cell: readonly string[]) =>
    cell
      .map((text, i) => (numeric(i) ? text.padStart(widths[i]!) : text.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd()
  const forgotten = sorted.filter(row => row.state === 'CLOSE_WAIT' && row.stateAge > FORGOTTEN).length
  const warning =
    forgotten === 0
      ? ''
      : `\n! ${forgotten} in CLOSE_WAIT for over a minute: the peer has closed, the program here has not`
  return [head, ...cells].map(line).join('\n') + warning
}
