/** A proxy: a place where clients connect, a target, and the passage between. */

import { once } from 'node:events'
import net from 'node:net'
import { refuseCircle } from './circle.ts'
import { Passage, type PassageOptions } from './passage.ts'
import type { Session, Target } from './session.ts'
import type { Spliced } from './splice.ts'
import { type Crowd, dial, listenAt, type Place, placeText, portWithin } from './target.ts'

export interface ProxyOptions extends PassageOptions, Crowd {
  readonly name: string
  readonly listen: Place
  readonly target: Place
  /** The proxies of its program, which must not lead to each other. */
  readonly peers?: () => readonly TcpProxy[]
}

export class TcpProxy {
  readonly name: string
  readonly passage: Passage
  #listen: Place
  #target: Place
  readonly #crowd: Crowd
  readonly #peers: () => readonly TcpProxy[]
  #server: net.Server | null = null
  #close: () => void = () => {}

  constructor(options: ProxyOptions) {
    this.name = options.name
    this.#listen = options.listen
    this.#target = options.target
    this.#crowd = options
    this.#peers = options.peers ?? (() => [])
    this.passage = new Passage(options.name, options)
  }

  /** The place at which clients connect: with the port that it has, when it was to choose one. */
  get listen(): Place {
    return this.#listen
  }

  get target(): Place {
    return this.#target
  }

  /** True when it takes connections. */
  get enabled(): boolean {
    return this.#server !== null
  }

  /** Takes connections from now on. @throws the error of listen(2); CircleError when it would lead back to itself */
  async start(): Promise<void> {
    if (this.#server !== null) return
    const server = net.createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, socket =>
      this.pass(socket as unknown as Spliced),
    )
    this.#server = server
    this.#close = () => void server.close()
    try {
      refuseCircle(this, this.#peers())
      const { place, close } = await listenAt(server, this.#listen, this.#crowd)
      this.#close = close
      this.#listen = place
      // A port that the kernel has chosen may close the circle, too.
      refuseCircle(this, this.#peers())
    } catch (error) {
      this.#server = null
      this.#close()
      throw error
    }
  }

  /** Passes on a connection that has come some other way. */
  pass(client: Spliced): Session {
    const session = this.passage.pass(client, this.#goal)
    client.resume()
    return session
  }

  get #goal(): Target {
    const place = this.#target
    return { name: placeText(place), port: portWithin(place), dial: () => dial(place) }
  }

  /** Takes no more connections, and ends those that there are. */
  async stop(): Promise<void> {
    const server = this.#server
    this.#server = null
    for (const session of [...this.passage.sessions]) session.cut()
    if (server === null) return
    this.#close()
    await once(server, 'close')
  }

  /**
   * Listens elsewhere, or leads elsewhere; connections end when that is so.
   * @throws the error of listen(2): then it is stopped
   */
  async change(listen: Place, target: Place): Promise<void> {
    const running = this.enabled
    await this.stop()
    this.#listen = listen
    this.#target = target
    if (running) await this.start()
  }

  /** Ends it for good. */
  async close(): Promise<void> {
    await this.stop()
    await this.passage.close()
  }
}
