/**
 * The protocol of the control socket: a JSON object a line. `{"id": 1, "get": "connections"}` is answered by `{"id": 1,
 * "connections": […]}`, a question that makes no sense by `{"id": 1, "error": "…"}`. `{"id": 2, "fault": {…}}` is an
 * order, see fault-orders.ts.
 */
import type { MemoryStatus } from '../host/memory/status.ts'
import type { ConnectionStatus } from '../tcp/status.ts'
import { formatAddress, parseAddress } from '../wire/address.ts'

/** Longer lines than any question is. */
export const LONGEST_QUESTION = 65_536

/** The program that answers. */
export interface About {
  readonly pid: number
  readonly command: string
  readonly version: string
  readonly device: string
  readonly hostAddress: string
  readonly address: string
  /** The network namespace it runs in, as /proc has it. */
  readonly namespace: string
}

export interface Counters {
  /** Packets and text bytes of the host. */
  readonly packetsIn: number
  readonly packetsOut: number
  readonly textIn: number
  readonly textOut: number
  readonly synCookiesSent: number
  readonly synCookiesAccepted: number
  readonly synCookiesFailed: number
  /** Packets not used, by reason; reasons that there were none for are left out. */
  readonly drops: Readonly<Record<string, number>>
  readonly connections: number
  /** Timers that are armed. */
  readonly timers: number
  /** The memory that connections hold, and may hold. */
  readonly memory: MemoryStatus
  readonly device: {
    readonly received: number
    readonly sent: number
    readonly readErrors: number
    readonly writeErrors: number
    readonly lastError: string
  }
}

/** A connection as JSON has it: with addresses as people write them. */
export type Row = Omit<ConnectionStatus, 'localAddress' | 'remoteAddress'> & {
  readonly localAddress: string
  readonly remoteAddress: string
}

export interface Answers {
  about: About
  connections: readonly Row[]
  counters: Counters
}

export type Question = keyof Answers

export const QUESTIONS: readonly Question[] = ['about', 'connections', 'counters']

export const toRow = (status: ConnectionStatus): Row => {
  // The numbers that people look for come first.
  const { state, localAddress, localPort, remoteAddress, remotePort, ...rest } = status
  return {
    state,
    localAddress: formatAddress(localAddress),
    localPort,
    remoteAddress: formatAddress(remoteAddress),
    remotePort,
    ...rest,
  }
}

export const fromRow = (row: Row): ConnectionStatus => ({
  ...row,
  localAddress: parseAddress(row.localAddress),
  remoteAddress: parseAddress(row.remoteAddress),
})

/** Splits what comes into lines, however it comes: each character is looked at once. */
export const lineSplitter = (): {
  /** The lines that have become whole by this. */
  lines(chunk: string): string[]
  /** Characters of the line that has not. */
  readonly rest: number
} => {
  let pieces: string[] = []
  let rest = 0
  return {
    lines(chunk) {
      const [first = '', ...others] = chunk.split('\n')
      pieces.push(first)
      rest += first.length
      if (others.length === 0) return []
      const last = others.pop()!
      const lines = [pieces.join(''), ...others]
      pieces = [last]
      rest = last.length
      return lines
    },
    get rest() {
      return rest
    },
  }
}
