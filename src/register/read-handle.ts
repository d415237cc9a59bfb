import type { OnRead } from '../net/js-stream.ts'
import { WriteHandle } from './write-handle.ts'

/** A handle that knows how its reader takes what was read. */
export abstract class ReadHandle extends WriteHandle {
  /** Nobody has called {@link onread} for what was read last: TLS, HTTP or HTTP/2 reads in its place. */
  protected isNative = true
  #onread: OnRead | null = null

  /** The reader has memory of its own: so many bytes are read at most. */
  protected abstract limitReads(bytes: number): void

  /** @internal Node's: the first buffer of the user's. */
  override useUserBuffer(buffer: Uint8Array): void {
    this.limitReads(buffer.length)
    super.useUserBuffer(buffer)
  }

  /** @internal Node's: what it does with bytes that were read; with a buffer of the user's, it returns the next. */
  override get onread(): OnRead {
    // Code that puts another in its place for a while looks whether it is still there.
    return this.#onread ?? super.onread
  }

  override set onread(theirs) {
    const handle = this
    this.#onread = theirs
    super.onread = function (this: unknown, ...args) {
      handle.isNative = false
      const next = theirs.apply(this, args)
      if (next !== undefined) handle.limitReads(next.length)
      return next
    }
  }
}
