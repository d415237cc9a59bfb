/** The hosts that are shown. They may come and go, and so may the readers of their event streams. */
import type { Host } from '../host/host.ts'
import type { TraceSink } from '../tcp/block/events.ts'
import { combine } from '../trace/combine.ts'

/** Makes the reader of one host's events. @param number the host's */
export type Reader = (number: number) => TraceSink

export interface ShownHost {
  readonly host: Host
  /** By which the page tells hosts apart: a connection's two ends are on hosts of different numbers. */
  readonly number: number
}

interface Tapped extends ShownHost {
  /** The reader that it had before. It stays, and while there are no others, it is as if this were not there. */
  readonly before: TraceSink | null
  readonly sinks: Map<Reader, TraceSink>
}

export class ShownHosts {
  readonly #hosts = new Set<Tapped>()
  readonly #readers = new Set<Reader>()

  get all(): readonly ShownHost[] {
    return [...this.#hosts]
  }

  /** @returns what takes the host away again */
  join(host: Host, number: number): () => void {
    const sinks = new Map([...this.#readers].map(reader => [reader, reader(number)]))
    const tapped: Tapped = { host, number, before: host.trace, sinks }
    this.#hosts.add(tapped)
    this.#tap(tapped)
    return () => {
      this.#hosts.delete(tapped)
      host.trace = tapped.before
    }
  }

  /** @returns what takes the reader away again */
  add(reader: Reader): () => void {
    this.#readers.add(reader)
    for (const tapped of this.#hosts) {
      tapped.sinks.set(reader, reader(tapped.number))
      this.#tap(tapped)
    }
    return () => {
      this.#readers.delete(reader)
      for (const tapped of this.#hosts) {
        tapped.sinks.delete(reader)
        this.#tap(tapped)
      }
    }
  }

  #tap({ host, before, sinks }: Tapped): void {
    host.trace = sinks.size === 0 ? before : combine([before, ...sinks.values()])
  }
}
