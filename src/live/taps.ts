/** Readers of a host's event stream that come and go. */
import type { Host } from '../host/host.ts'
import type { TraceSink } from '../tcp/block/events.ts'
import { combine } from '../trace/combine.ts'

/** The readers that a host had before stay; while there are no others, it is as if this were not there. */
export class Taps {
  readonly #host: Host
  readonly #before: TraceSink | null
  #readers: readonly TraceSink[] = []

  constructor(host: Host) {
    this.#host = host
    this.#before = host.trace
  }

  /** @returns what takes the reader away again */
  add(reader: TraceSink): () => void {
    this.#set([...this.#readers, reader])
    return () => this.#set(this.#readers.filter(other => other !== reader))
  }

  #set(readers: readonly TraceSink[]): void {
    this.#readers = readers
    this.#host.trace = readers.length === 0 ? this.#before : combine([this.#before, ...readers])
  }
}
