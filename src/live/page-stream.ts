/** The stream of server-sent events to one page. */
import type { ServerResponse } from 'node:http'
import type { EventRing } from '../view/model/event-ring.ts'

/** Events that are sent at a time, and bytes that may wait for a page; what comes then it does not see. */
const MOST_EVENTS = 5000
const MOST_WAITING = 1 << 20

export class PageStream {
  readonly #response: ServerResponse
  readonly #ring: EventRing
  readonly #epoch: string
  #next: number

  /** @param last the id of the last message that the page has; it gets what came after that, or all that there is */
  constructor(response: ServerResponse, ring: EventRing, epoch: string, last: string | undefined) {
    this.#response = response
    this.#ring = ring
    this.#epoch = epoch
    const [whose, number] = (last ?? '').split(' ')
    const known = whose === epoch ? Number(number) : 0
    this.#next = known >= 0 && known <= ring.end ? known : 0
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
    // A page that has lost us asks again soon.
    response.write('retry: 1000\n\n')
  }

  /** Tells something that has no number. */
  tell(event: string, about: unknown): void {
    this.#response.write(`event: ${event}\ndata: ${JSON.stringify(about)}\n\n`)
  }

  /** Sends what has happened since the last time, unless the page is behind with reading. */
  flush(): void {
    while (this.#next < this.#ring.end && this.#response.writableLength < MOST_WAITING) {
      const { first, next, bytes } = this.#ring.read(this.#next, MOST_EVENTS)
      this.#next = next
      const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
      this.#response.write(`event: events\nid: ${this.#epoch} ${next}\ndata: ${first} ${text}\n\n`)
    }
  }

  end(): void {
    this.#response.end()
  }
}
