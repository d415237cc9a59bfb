/** The user of a connection, and the notices that are given to it. */
import type { ErrorCode } from './error.ts'

/** Notices that the user of a connection is yet to be given: bits of `Connection.notices`, in the order of importance. */
export const NOTICE_ESTABLISHED = 1
export const NOTICE_SOFT_ERROR = 2
export const NOTICE_USER_TIMEOUT = 4
export const NOTICE_URGENT = 8
export const NOTICE_READABLE = 16
export const NOTICE_WRITABLE = 32
export const NOTICE_CLOSED = 64

/**
 * The user of a connection. Called after the batch of packets (or the timer) that caused it has
 * been processed, never from within a call of the user's.
 */
export interface ConnectionUser {
  /** The connection is ESTABLISHED (or past it). */
  established(): void
  /** There are bytes to `receive`, or the peer has closed: see `readable` and `finReceived`. */
  readable(): void
  /** Sent bytes were acknowledged (or have left, with notSentLowWater): there is room in the send buffer again. */
  writable(): void
  /** The connection is gone; `error` says of what, null after both sides have closed in order. */
  closed(error: ErrorCode | null): void
  /** Urgent data is pending, or more of it than before (MUST-32). */
  urgent?(): void
  /** The peer has told its user timeout, see `remoteUserTimeout` (RFC 5482 §3.1). */
  peerUserTimeout?(ms: number): void
  /** A trouble that did not end the connection (MUST-47). */
  softError?(code: ErrorCode, text: string): void
}

/** The user of a connection that was given up. */
export const NOBODY: ConnectionUser = { established() {}, readable() {}, writable() {}, closed() {} }
