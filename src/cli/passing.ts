/** The connections that are passed on to a server by the kernel's TCP, each for a descriptor of this process. */

import { abort, type Spliced, splice } from '../proxy/splice.ts'
import type { Complaints } from './complaints.ts'

/** A connection gives its place to a new one when nothing has come from either side for so long, ms. */
const IDLE = 1000

interface Pair {
  readonly client: Spliced
  readonly server: Spliced
  /** The time at which something last came from either side, ms. */
  active: number
}

export interface PassingOptions {
  /** The server's name in messages. */
  readonly target: string
  /** Begins a connection to the server. */
  readonly connect: () => Spliced
  readonly now: () => number
  readonly complaints: Complaints
}

/** Out of descriptors: of this process, or of the machine. */
const isAtLimit = ({ code }: NodeJS.ErrnoException): boolean => code === 'EMFILE' || code === 'ENFILE'

export class Passing {
  readonly #options: PassingOptions
  /** The one that has been idle longest first. */
  readonly #pairs = new Set<Pair>()

  constructor(options: PassingOptions) {
    this.#options = options
  }

  /** Connections that are passed on. */
  get size(): number {
    return this.#pairs.size
  }

  /**
   * Passes a connection on. When there is no descriptor left, the connection that has been idle longest is reset to make
   * room; when none is idle, or the server cannot be reached, the new one is.
   */
  add(client: Spliced): void {
    client.on('error', () => {})
    this.#try(client, true)
  }

  #try(client: Spliced, mayEvict: boolean): void {
    const server = this.#options.connect()
    const abandon = () => server.destroy()
    client.once('close', abandon)
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.syscall !== 'connect' && error.syscall !== 'getaddrinfo') return
      client.off('close', abandon)
      if (client.destroyed) return
      if (mayEvict && isAtLimit(error) && this.#evict(() => this.#try(client, false))) return
      this.#refuse(client, error)
    })
    server.once('connect', () => {
      client.off('close', abandon)
      this.#join(client, server)
    })
  }

  #join(client: Spliced, server: Spliced): void {
    const pair: Pair = { client, server, active: this.#options.now() }
    this.#pairs.add(pair)
    const touch = (): void => {
      pair.active = this.#options.now()
      this.#pairs.delete(pair)
      this.#pairs.add(pair)
    }
    splice(client, server)
    for (const end of [client, server]) {
      end.on('data', touch)
      end.once('close', () => this.#pairs.delete(pair))
    }
  }

  #refuse(client: Spliced, error: Error): void {
    const { complaints, target } = this.#options
    complaints.tell(`${target} cannot be reached: ${error.message}`)
    abort(client)
  }

  /** @returns whether one is ended; its descriptor is there again when `then` is called */
  #evict(then: () => void): boolean {
    const [idlest] = this.#pairs
    const { now, complaints } = this.#options
    if (idlest === undefined || now() - idlest.active < IDLE) return false
    this.#pairs.delete(idlest)
    complaints.tell('no descriptor is left (ulimit -n): the connection that was idle longest has been reset')
    idlest.server.once('close', then)
    abort(idlest.client)
    abort(idlest.server)
    return true
  }
}
