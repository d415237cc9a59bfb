import type { ErrorCode } from '../tcp/block/error.ts'
import type { NativeReader } from './native-reader.ts'

// The kinds of events that wait to be told, each in a turn of its own, in this order.
export const OPENED = 1
export const SOFT_ERROR = 2
export const URGENT = 4
export const READ = 8
export const WRITTEN = 16

/**
 * The events that a channel tells its owner of: functions that all owners share, for objects of their own would cost
 * more.
 */
export interface ChannelEvents<Owner> {
  established(owner: Owner): void
  /** Returns whether bytes for the reader wait until it comes for them. */
  keeps?(owner: Owner): boolean
  /** The reader copies bytes before it returns. */
  readonly copies?: boolean
  /**
   * The reader that is given the bytes in the place of {@link data}, and has contexts of its own; null for none. Asked before each
   * read.
   */
  native?(owner: Owner): NativeReader | null
  /** Bytes for the reader. False: no more until the channel's `read`. */
  data(owner: Owner, bytes: Buffer): boolean
  /** The peer has sent its FIN, and everything before it is read. */
  end(owner: Owner): void
  /** A write that had to wait is over. */
  written(owner: Owner): void
  /** It could not be established, or the reader comes to an error. */
  failed(owner: Owner, error: ErrorCode): void
  urgent(owner: Owner): void
  softError(owner: Owner, code: ErrorCode, text: string): void
}
