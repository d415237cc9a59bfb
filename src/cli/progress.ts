/** A line at the bottom of the terminal that says what a command is at. In a pipe, a file or CI there is none. */
import type { Spinner } from 'yocto-spinner'

export interface Progress {
  /** Tells what it is at now; as often as one likes. */
  say(text: string): void
  /** The line goes; it comes back with the next word. */
  done(): void
}

const SILENT: Progress = { say() {}, done() {} }

/** Between two renewals of the line, ms. */
const RENEWAL = 100
/** The time that has passed is shown from here on, s. */
const LONG = 2

/** The spinner hides the cursor and writes around what is printed meanwhile: it is loaded only where there is a terminal. */
export const openProgress = async (): Promise<Progress> => {
  const { CI, TERM } = process.env
  if (process.stderr.isTTY !== true || CI !== undefined || TERM === 'dumb') return SILENT
  const { default: spinner } = await import('yocto-spinner')
  return new TerminalProgress(spinner())
}

class TerminalProgress implements Progress {
  readonly #spinner: Spinner
  #text = ''
  #began = 0
  #renewed = 0
  #timer: NodeJS.Timeout | null = null

  constructor(spinner: Spinner) {
    this.#spinner = spinner
  }

  say(text: string): void {
    this.#text = text
    if (this.#timer === null) {
      this.#began = performance.now()
      this.#spinner.start(text)
      this.#timer = setInterval(() => this.#renew(), 1000)
      this.#timer.unref()
    }
    // In a long computation no timer fires.
    if (performance.now() - this.#renewed >= RENEWAL) this.#renew()
  }

  done(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
    this.#spinner.stop()
  }

  #renew(): void {
    this.#renewed = performance.now()
    const seconds = Math.floor((this.#renewed - this.#began) / 1000)
    this.#spinner.text = seconds >= LONG ? `${this.#text} (${seconds} s)` : this.#text
  }
}
