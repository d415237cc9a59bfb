import type { TraceSink } from '../tcp/block/events.ts'
import { type CaptureFile, captureToFile } from '../trace/capture-file.ts'
import { combine } from '../trace/combine.ts'
import type { TestHost } from './host.ts'
import type { Links } from './links.ts'

/** Options of {@link TestNetwork.capture}. */
export interface CaptureToOptions {
  /** The host whose packets are captured, as they leave and arrive; default all hosts: then each stands in the file twice. */
  readonly hosts?: readonly TestHost[]
}

interface Capture {
  readonly file: CaptureFile
  /** Null: all hosts, those to come included. */
  readonly hosts: readonly TestHost[] | null
}

/** The readers of the hosts' events: each host's own, and the captures under way. */
export class Captures {
  readonly #links: Links
  readonly #open: Capture[] = []
  readonly #own = new Map<TestHost, TraceSink | null>()

  constructor(links: Links) {
    this.#links = links
  }

  /** A new host, and what else hears of its events. */
  add(host: TestHost, trace: TraceSink | null): void {
    this.#own.set(host, trace)
    this.#attach(host)
  }

  /** Captures to a pcapng file from now on. @throws the error of open(2) */
  start(path: string, options: CaptureToOptions): { close(): void } {
    for (const host of options.hosts ?? []) this.#links.own(host)
    const capture = {
      file: captureToFile(path, () => this.#links.now),
      hosts: options.hosts ?? null,
    }
    this.#open.push(capture)
    for (const host of this.#links.hosts) this.#attach(host)
    return {
      close: () => {
        capture.file.close()
        const at = this.#open.indexOf(capture)
        if (at < 0) return
        this.#open.splice(at, 1)
        for (const host of this.#links.hosts) this.#attach(host)
      },
    }
  }

  #attach(host: TestHost): void {
    const captures = this.#open.filter(({ hosts }) => hosts === null || hosts.includes(host))
    host.stack.host.trace = combine([
      this.#own.get(host) ?? null,
      ...captures.map(capture => capture.file.sink),
    ])
  }

  /** Writes all files to their ends. */
  close(): void {
    for (const { file } of this.#open) file.close()
  }
}
