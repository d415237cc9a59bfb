import { WRITTEN_AT_ONCE } from '../net/handle-stream.ts'
import { JsStream } from './js-stream.ts'

/** A handle that knows how its writer takes what it returns. */
export abstract class WriteHandle extends JsStream {
  #writtenByScript = false

  /**
   * True when the writer takes it that a write is done when its call returns: Node's own JavaScript, and HTTP/2, do as
   * long as it fails or not; TLS does not. It has put an accessor of its own in the place of `reading`. The socket beneath TLS has to
   * take it so: what is told later, TLS takes for the end of a write of its own.
   */
  protected get completesAtOnce(): boolean {
    return this.#writtenByScript || !this.isSecured
  }

  /** TLS reads and writes it. */
  protected get isSecured(): boolean {
    return Object.getOwnPropertyDescriptor(this, 'reading')?.get !== undefined
  }

  /** @internal A write of JavaScript's; those of C++ come without. */
  writeByScript(write: () => number): number {
    this.#writtenByScript = true
    try {
      return write()
    } finally {
      this.#writtenByScript = false
    }
  }
}

// Node's JavaScript calls these; they return 0, or an errno, negative.
for (const name of [
  'writev',
  'writeBuffer',
  'writeAsciiString',
  'writeUtf8String',
  'writeUcs2String',
  'writeLatin1String',
] as const) {
  type Write = (this: WriteHandle, ...args: unknown[]) => number
  const prototypes = [WriteHandle, JsStream].map(
    ({ prototype }) => prototype as unknown as Record<string, Write>,
  )
  const [ours, theirs] = prototypes as [Record<string, Write>, Record<string, Write>]
  const write = theirs[name]!
  ours[name] = function (...args) {
    const status = this.writeByScript(() => write.apply(this, args))
    return status === WRITTEN_AT_ONCE ? 0 : status
  }
}
