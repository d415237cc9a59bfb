import type { Connection } from './connection.ts'

/** The calls of a user's that change a connection. */
export type CallName =
  | 'send'
  | 'sendMore'
  | 'sendRecord'
  | 'sendUrgent'
  | 'keepsForSending'
  | 'retain'
  | 'putAside'
  | 'receive'
  | 'receiveInto'
  | 'close'
  | 'release'
  | 'abort'
  | 'configure'

/** A recorder hears of every call before it is carried out, but not of calls that a call makes in turn. */
export interface CallRecorder {
  /** @param argument what was sent, how many bytes are asked for, or the options that change */
  call(name: CallName, c: Connection, argument: Uint8Array | number | object | null): void
  /** The user of a connection is about to be told notices: calls until {@link told} are made by it. */
  telling(what: Connection | object): void
  told(): void
}
