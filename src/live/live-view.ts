/** A stack shown live: serves the page on the loopback, and the events of one host to it. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Clock } from '../base/clock.ts'
import type { Host } from '../host/host.ts'
import { hostStatusInParts } from '../host/status.ts'
import type { PathObserver } from '../link/path/transit.ts'
import type { TcpOptions } from '../tcp/block/options.ts'
import { congestionControls } from '../tcp/congestion/registry.ts'
import type { ConnectionStatus } from '../tcp/status.ts'
import {
  type About,
  type Order,
  type Present,
  type PresentPart,
  SETTABLE,
  type Settings,
} from '../view/live-messages.ts'
import { DEFAULT_EVENTS, EventRing } from '../view/model/event-ring.ts'
import { formatAddress } from '../wire/address.ts'
import { isOwnPage, Token } from './access.ts'
import { Capturing } from './capturing.ts'
import { PageStream } from './page-stream.ts'
import { ShownHosts } from './shown-hosts.ts'

/** The time between messages to a page, ms. */
const EVERY = 50
/** Rounds after which it is told the time, though nothing has happened. */
const TIME_EVERY = 10
/** Connections in a message at least, if there are so many. */
const PART = 100
/** Longer than any order is. */
const LONGEST_BODY = 65_536

/** The built page; compiled, this file is dist/src/live/live-view.js. */
const PAGE = new URL('../../view.html', import.meta.url)

export interface ViewSubject {
  /** Those that are there from the beginning, by their numbers. */
  readonly hosts: readonly Host[]
  /** The hosts'. */
  readonly clock: Clock
  readonly name: string
  readonly device: string
  readonly address: string
  readonly hostAddress: string
  /** Obeys an order about faults, and answers how they are set. @throws Error that says what is wrong with it */
  readonly faults?: ((order: unknown) => unknown) | undefined
  /** Resets the connections that have all of these, and says how many. */
  readonly reset: (match: Record<string, unknown>) => number
}

export interface ViewOptions {
  /** At 127.0.0.1; 0 for any that is free, and by default. */
  readonly port?: number
  /** A socket that listens already, in place of a port. */
  readonly fd?: number
  /** Events that are kept, by us and by a page. */
  readonly history?: number
}

export interface LiveView {
  /** The address of the page, with its token. */
  readonly url: string
  /** To be told of what a path to or from the host loses. */
  readonly observer: PathObserver
  close(): void
}

/** A view of hosts that come and go. */
export interface HostsView extends LiveView {
  /**
   * Shows a host too. The two ends of a connection are on hosts of different numbers, and no two hosts of one number have the
   * same address.
   * @param number from 0 to 3
   * @returns what takes it away again
   */
  join(host: Host, number: number): () => void
  /** The observer of a path from hosts of this number. */
  observerOf(number: number): PathObserver
}

const NO_STORE = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }

const PAGE_HEADERS = {
  ...NO_STORE,
  'content-type': 'text/html; charset=utf-8',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data: blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
}

/**
 * Serves the page from now on. What happens is kept before anybody looks, in memory of a fixed size.
 * @throws the error of listen(2), such as EADDRINUSE
 */
export const openView = (subject: ViewSubject, options: ViewOptions = {}): Promise<HostsView> =>
  new View(subject, options.history ?? DEFAULT_EVENTS).open(options)

class View {
  readonly #subject: ViewSubject
  readonly #ring: EventRing
  readonly #hosts = new ShownHosts()
  readonly #capturing: Capturing
  readonly #token = new Token()
  readonly #epoch = randomBytes(6).toString('hex')
  readonly #pages = new Set<PageStream>()
  readonly #leave: () => void
  /** Options that the page has changed: hosts that come later have them too. */
  #changed: Partial<TcpOptions> = {}
  #timer: NodeJS.Timeout | null = null
  #rounds = 0

  constructor(subject: ViewSubject, events: number) {
    this.#subject = subject
    this.#ring = new EventRing(events)
    for (const [number, host] of subject.hosts.entries()) this.#hosts.join(host, number)
    this.#leave = this.#hosts.add(number => this.#ring.sink(number))
    this.#capturing = new Capturing(subject.clock, this.#hosts, () => this.#tellSettings())
  }

  async open({ port = 0, fd }: ViewOptions): Promise<HostsView> {
    const server = createServer((request, response) => {
      // The page may go away at any time.
      response.on('error', () => {})
      this.#answer(request, response).catch(() => request.destroy())
    })
    if (fd === undefined) server.listen(port, '127.0.0.1')
    else server.listen({ fd })
    await once(server, 'listening')
    server.unref()
    const at = (server.address() as AddressInfo).port
    return {
      url: `http://127.0.0.1:${at}/?token=${this.#token.text}`,
      observer: this.#ring.observer(),
      observerOf: number => this.#ring.observer(number),
      join: (host, number) => this.#join(host, number),
      close: () => this.#close(server),
    }
  }

  #join(host: Host, number: number): () => void {
    if (Object.keys(this.#changed).length > 0) host.configure(this.#changed)
    return this.#hosts.join(host, number)
  }

  #close(server: Server): void {
    this.#leave()
    for (const page of this.#pages) page.end()
    this.#capturing.close()
    server.close()
    server.closeAllConnections()
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', headers } = request
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    const refuse = (status: number, error: string) => {
      response.writeHead(status, { ...NO_STORE, 'content-type': 'text/plain; charset=utf-8' })
      response.end(`${error}\n`)
    }
    if (!isOwnPage(headers)) return refuse(403, 'only for this page and for programs of this machine')
    if (!this.#token.isIn(headers.authorization) && !this.#token.is(url.searchParams.get('token')))
      return refuse(401, 'the address of the page has a token in it, and this one has not, or an old one')
    const route = `${method} ${url.pathname}`
    if (route === 'GET /') {
      response.writeHead(200, PAGE_HEADERS)
      response.end(readFileSync(PAGE))
    } else if (route === 'GET /events') this.#stream(request, response, url.searchParams.get('after'))
    else if (route === 'POST /orders') await this.#obey(request, response)
    else if (route === 'GET /capture') {
      const bytes = this.#capturing.read()
      if (bytes === null) return refuse(404, 'no capture has been ended yet')
      response.writeHead(200, { ...NO_STORE, 'content-type': 'application/octet-stream' })
      bytes.pipe(response)
    } else refuse(404, `there is no ${route}`)
  }

  /** @param after the id of the last message that a page has which comes back by itself: a browser has a header for it */
  #stream(request: IncomingMessage, response: ServerResponse, after: string | null): void {
    const last = request.headers['last-event-id'] ?? after
    const page = new PageStream(response, this.#ring, this.#epoch, typeof last === 'string' ? last : null)
    page.tell('about', this.#about())
    page.tell('settings', this.#settings())
    page.flush()
    void page.tellParts('connections', this.#present())
    this.#pages.add(page)
    this.#timer ??= setInterval(() => this.#round(), EVERY).unref()
    response.on('close', () => {
      this.#pages.delete(page)
      if (this.#pages.size > 0 || this.#timer === null) return
      clearInterval(this.#timer)
      this.#timer = null
    })
  }

  #round(): void {
    this.#rounds++
    for (const page of this.#pages) {
      page.flush()
      if (this.#rounds % TIME_EVERY === 0) page.tell('time', this.#now())
    }
  }

  #now(): number {
    return this.#subject.clock.now()
  }

  #about(): About {
    const { name, device, address, hostAddress, faults } = this.#subject
    return {
      epoch: this.#epoch,
      name,
      device,
      address,
      hostAddress,
      events: this.#ring.slots,
      wallClockOffset: Date.now() - this.#now(),
      can: {
        faults: faults !== undefined,
        // A replay would not know of the change: it is no part of the recorded input.
        options: !this.#isRecorded,
        capture: true,
        reset: true,
      },
    }
  }

  /** The connections that there are, in parts as a page is told of them. */
  *#present(): Generator<PresentPart, void, undefined> {
    let connections: Present[] = []
    for (const { host, number } of this.#hosts.all)
      for (const rows of hostStatusInParts(host)) {
        for (const row of rows) connections.push(presentOf(row, number))
        if (connections.length < PART) continue
        yield { time: this.#now(), connections, last: false }
        connections = []
      }
    yield { time: this.#now(), connections, last: true }
  }

  get #isRecorded(): boolean {
    return this.#hosts.all.some(({ host }) => host.recorder !== null)
  }

  #settings(): Settings {
    const { faults } = this.#subject
    const options = this.#hosts.all[0]?.host.options ?? this.#changed
    return {
      faults: faults?.({ do: 'show' }) ?? null,
      options: Object.fromEntries(SETTABLE.map(name => [name, options[name]])),
      controllers: congestionControls(),
      capture: this.#capturing.path,
      captured: this.#capturing.last,
    }
  }

  #tellSettings(): void {
    for (const page of this.#pages) page.tell('settings', this.#settings())
  }

  async #obey(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const say = (status: number, body: unknown) => {
      response.writeHead(status, { ...NO_STORE, 'content-type': 'application/json' })
      response.end(`${JSON.stringify(body)}\n`)
    }
    try {
      say(200, this.#order(await orderOf(request)))
      this.#tellSettings()
    } catch (error) {
      say(400, { error: (error as Error).message })
    }
  }

  /** @throws Error that says what is wrong */
  #order(order: Order): unknown {
    const { faults, reset } = this.#subject
    switch (order.do) {
      case 'options':
        return this.#setOptions(order.tcp)
      case 'capture':
        if (order.on) this.#capturing.start()
        else this.#capturing.stop()
        return { capture: this.#capturing.path, captured: this.#capturing.last }
      case 'reset': {
        const { do: _, ...match } = order
        return { reset: reset(match) }
      }
      default:
        if (faults === undefined) throw new Error('no faults can be set on the link of this stack')
        return faults(order)
    }
  }

  #setOptions(tcp: unknown): unknown {
    const hosts = this.#hosts.all
    if (typeof tcp !== 'object' || tcp === null)
      throw new Error('tcp must be an object, such as { "msl": 500 }')
    for (const name of Object.keys(tcp))
      if (!(SETTABLE as readonly string[]).includes(name))
        throw new Error(`the page sets ${SETTABLE.join(', ')}, not '${name}'`)
    if (this.#isRecorded) throw new Error('a stack that is being recorded keeps its options')
    if (hosts.length === 0) throw new Error('there is no stack yet that has options')
    for (const { host } of hosts) host.configure(tcp)
    this.#changed = { ...this.#changed, ...tcp }
    return { options: this.#settings().options }
  }
}

const presentOf = (
  { localAddress, localPort, remoteAddress, remotePort, active, state, stateAge }: ConnectionStatus,
  host: number,
): Present => ({
  host,
  localAddress: formatAddress(localAddress),
  localPort,
  remoteAddress: formatAddress(remoteAddress),
  remotePort,
  active,
  state,
  stateAge,
})

const orderOf = async (request: IncomingMessage): Promise<Order> => {
  let text = ''
  request.setEncoding('utf8')
  for await (const chunk of request) {
    text += chunk
    if (text.length > LONGEST_BODY) throw new Error('the order is too long')
  }
  const order: unknown = JSON.parse(text)
  if (typeof order !== 'object' || order === null || typeof (order as { do?: unknown }).do !== 'string')
    throw new Error('an order is an object, such as { "do": "set", "faults": { "loss": "5%" } }')
  return order as Order
}
