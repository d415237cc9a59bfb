import type { Connection } from '../tcp/connection.ts'

/** The longest interval there is. */
const LONG = 2 ** 31 - 1
/** How often, and for how long at most, a connection that nobody holds is looked at. Milliseconds. */
const LOOK = 20
const LINGER = 10_000

/**
 * Keeps the process alive as a kernel's sockets would: while there are open ones with a ref. The stack's own
 * timers and devices never do.
 */
export class Keeper {
  #holds = 0
  #holder: NodeJS.Timeout | null = null
  readonly #lingering = new Map<Connection, number>()
  #lingerer: NodeJS.Timeout | null = null

  hold(): void {
    if (this.#holds++ === 0) this.#holder = setInterval(() => {}, LONG)
  }

  release(): void {
    if (--this.#holds > 0 || this.#holder === null) return
    clearInterval(this.#holder)
    this.#holder = null
  }

  /**
   * The application has let go of a connection. A kernel would deliver what is queued after the process has
   * gone; this stack goes with it, so the process has to stay until the peer has everything (10 s at most).
   */
  linger(connection: Connection): void {
    if (done(connection)) return
    this.#lingering.set(connection, performance.now() + LINGER)
    this.#lingerer ??= setInterval(() => this.#look(), LOOK)
  }

  #look(): void {
    const now = performance.now()
    for (const [connection, until] of this.#lingering)
      if (done(connection) || now > until) this.#lingering.delete(connection)
    if (this.#lingering.size > 0 || this.#lingerer === null) return
    clearInterval(this.#lingerer)
    this.#lingerer = null
  }
}

/** Whether the peer has all that there was to say. */
const done = (c: Connection): boolean => {
  switch (c.state) {
    case 'CLOSED':
    case 'TIME_WAIT':
    case 'FIN_WAIT_2':
      return true
    default:
      return false
  }
}
