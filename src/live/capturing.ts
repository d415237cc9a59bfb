/** A capture that a page begins and ends: whole packets, in a file that only its owner can read. */
import { createReadStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { type CaptureFile, captureToFile } from '../trace/capture-file.ts'
import type { ShownHosts } from './shown-hosts.ts'

export class Capturing {
  readonly #clock: Clock
  readonly #hosts: ShownHosts
  readonly #changed: () => void
  #count = 0
  #open: { readonly path: string; readonly file: CaptureFile; readonly leave: () => void } | null = null
  /** The directory of the files, and the file that was ended last. */
  #directory: string | null = null
  #last: string | null = null

  /** @param changed is told when a capture has ended by itself: a full disk */
  constructor(clock: Clock, hosts: ShownHosts, changed: () => void) {
    this.#clock = clock
    this.#hosts = hosts
    this.#changed = changed
  }

  /** The file that is being written, or null. */
  get path(): string | null {
    return this.#open?.path ?? null
  }

  /** The file that was ended last, or null. */
  get last(): string | null {
    return this.#last
  }

  /** @throws Error when there is one already, or the file cannot be made */
  start(): void {
    if (this.#open !== null) throw new Error(`a capture is being written to ${this.#open.path} already`)
    this.#directory ??= mkdtempSync(join(tmpdir(), 'tuntcp-capture-'))
    const path = join(this.#directory, `${++this.#count}.pcapng`)
    const file = captureToFile(
      path,
      () => this.#clock.now(),
      () => this.stop(),
    )
    this.#open = { path, file, leave: this.#hosts.add(() => file.sink) }
  }

  stop(): void {
    if (this.#open === null) return
    const { path, file, leave } = this.#open
    this.#open = null
    leave()
    file.close()
    this.#last = path
    this.#changed()
  }

  /** The bytes of the file that was ended last; null when there is none. */
  read(): NodeJS.ReadableStream | null {
    return this.#last === null ? null : createReadStream(this.#last)
  }

  /** Ends it, and removes what nobody has asked to keep: the files are the page's. */
  close(): void {
    this.stop()
    if (this.#directory !== null) rmSync(this.#directory, { recursive: true, force: true })
  }
}
