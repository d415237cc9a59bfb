/** A running stack as the source of what the page shows. */

import { fromBase64 } from '../../base/base64.ts'
import { parseAddress } from '../../wire/address.ts'
import type { About, Order, Present, Settings } from '../live-messages.ts'
import { decodeEvents } from '../model/decode.ts'
import type { Viewer } from './viewer.ts'

export type LinkState = 'connecting' | 'live' | 'lost'

export class LiveSource {
  readonly #viewer: Viewer
  readonly #token: string
  about: About | null = null
  settings: Settings | null = null
  state: LinkState = 'connecting'
  /** The number of the event that comes next. */
  #next = 0

  constructor(viewer: Viewer, token: string) {
    this.#viewer = viewer
    this.#token = token
  }

  open(): void {
    const stream = new EventSource(`/events?token=${encodeURIComponent(this.#token)}`)
    const on = (name: string, hear: (data: string) => void) =>
      stream.addEventListener(name, event => {
        hear((event as MessageEvent<string>).data)
        this.#viewer.changed()
      })
    stream.onopen = () => this.#is('live')
    stream.onerror = () => this.#is('lost')
    on('about', data => this.#begin(JSON.parse(data) as About))
    on('settings', data => {
      this.settings = JSON.parse(data) as Settings
    })
    on('connections', data => this.#know(JSON.parse(data)))
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
  }

  #events(data: string): void {
    const [next = '', text = ''] = data.split(' ')
    const events = decodeEvents(fromBase64(text))
    this.#viewer.history.miss(Math.max(0, Number(next) - this.#next - events.length))
    this.#next = Number(next)
    this.#viewer.add(events)
  }

  #know({ time, connections }: { readonly time: number; readonly connections: readonly Present[] }): void {
    for (const {
      host,
      localAddress,
      localPort,
      remoteAddress,
      remotePort,
      active,
      state,
      stateAge,
    } of connections)
      this.#viewer.history.know(
        host,
        {
          localAddress: parseAddress(localAddress),
          localPort,
          remoteAddress: parseAddress(remoteAddress),
          remotePort,
          active,
        },
        { state, since: time - stateAge, last: time - stateAge },
      )
    this.#viewer.history.pass(time)
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
