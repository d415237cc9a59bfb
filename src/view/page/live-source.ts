/** A running stack as the source of what the page shows. */

import { fromBase64 } from '../../base/base64.ts'
import type { State } from '../../tcp/state.ts'
import { parseAddress } from '../../wire/address.ts'
import type { About, Order, Present, PresentPart, Settings } from '../live-messages.ts'
import { decodeEvents } from '../model/decode.ts'
import type { Ends } from '../model/view-event.ts'
import type { Viewer } from './viewer.ts'

export type LinkState = 'connecting' | 'live' | 'lost' | 'resting'

/** A page that nobody has seen for so long is told nothing until it is seen again, ms. */
const UNSEEN = 5000

/** A connection that its host has. */
interface Known {
  readonly host: number
  readonly ends: Ends
  readonly state: State
  readonly since: number
}

const knownOf = ({ host, active, state, stateAge, ...ends }: Present, time: number): Known => ({
  host,
  ends: {
    localAddress: parseAddress(ends.localAddress),
    localPort: ends.localPort,
    remoteAddress: parseAddress(ends.remoteAddress),
    remotePort: ends.remotePort,
    active,
  },
  state,
  since: time - stateAge,
})

export class LiveSource {
  readonly #viewer: Viewer
  readonly #token: string
  about: About | null = null
  settings: Settings | null = null
  state: LinkState = 'connecting'
  /** The number of the event that comes next. */
  #next = 0
  #stream: EventSource | null = null
  #unseen: ReturnType<typeof setTimeout> | undefined
  /** True when events were missed between those that the page has and the stream that was begun. */
  #hasGap = false
  /** The list of all connections, as far as it has come; and when it was begun. */
  #present: Known[] = []
  #listBegan = 0

  constructor(viewer: Viewer, token: string) {
    this.#viewer = viewer
    this.#token = token
  }

  /** Follows the stack for as long as somebody may see it. */
  open(): void {
    this.#follow()
    document.addEventListener('visibilitychange', () => this.#look())
    this.#look()
  }

  /** Drawing what nobody sees would take a processor's time from the stack; what happens meanwhile is kept there. */
  #look(): void {
    clearTimeout(this.#unseen)
    if (document.hidden) this.#unseen = setTimeout(() => this.#rest(), UNSEEN)
    else if (this.#stream === null) this.#follow()
  }

  #rest(): void {
    this.#stream?.close()
    this.#stream = null
    this.#is('resting')
  }

  #follow(): void {
    const query = new URLSearchParams({ token: this.#token })
    if (this.about !== null) query.set('after', `${this.about.epoch} ${this.#next}`)
    const stream = new EventSource(`/events?${query}`)
    this.#stream = stream
    const on = (name: string, hear: (data: string) => void) =>
      stream.addEventListener(name, event => {
        hear((event as MessageEvent<string>).data)
        this.#viewer.changed()
      })
    this.#is('connecting')
    stream.onopen = () => this.#is('live')
    stream.onerror = () => this.#is('lost')
    on('about', data => this.#begin(JSON.parse(data) as About))
    on('settings', data => {
      this.settings = JSON.parse(data) as Settings
    })
    on('connections', data => this.#know(JSON.parse(data) as PresentPart))
    on('time', data => this.#viewer.history.pass(Number(data)))
    on('events', data => this.#events(data))
  }

  #is(state: LinkState): void {
    this.state = state
    this.#viewer.changed()
  }

  #begin(about: About): void {
    if (about.epoch !== this.about?.epoch) {
      this.#viewer.reset(about.events)
      this.#next = 0
    }
    this.about = about
    this.#hasGap = false
    this.#present = []
  }

  #events(data: string): void {
    const [next = '', text = ''] = data.split(' ')
    const events = decodeEvents(fromBase64(text))
    const missed = Math.max(0, Number(next) - this.#next - events.length)
    this.#hasGap ||= missed > 0 && this.#next > 0
    this.#viewer.history.miss(missed)
    this.#next = Number(next)
    this.#viewer.add(events)
  }

  #know({ time, connections, last }: PresentPart): void {
    const { history } = this.#viewer
    if (this.#present.length === 0) this.#listBegan = time
    for (const each of connections) {
      const known = knownOf(each, time)
      const { host, ends, state, since } = known
      this.#present.push(known)
      history.know(host, ends, { state, since, last: since })
    }
    if (last && this.#hasGap) history.settle(this.#present, this.#listBegan)
    if (last) this.#present = []
    history.pass(time)
  }

  /** @throws Error with what the stack says about it */
  async order(order: Order): Promise<unknown> {
    const response = await fetch('/orders', {
      method: 'POST',
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
      body: JSON.stringify(order),
    })
    const answer = (await response.json()) as { readonly error?: string }
    if (!response.ok) throw new Error(answer.error ?? response.statusText)
    return answer
  }

  /** The bytes of the capture that was ended last. */
  async capture(): Promise<Blob> {
    const response = await fetch('/capture', { headers: { authorization: `Bearer ${this.#token}` } })
    if (!response.ok) throw new Error(await response.text())
    return response.blob()
  }
}
