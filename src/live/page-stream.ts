/** The stream of server-sent events to one page. */
import type { ServerResponse } from 'node:http'
import { setImmediate, setTimeout } from 'node:timers/promises'
import type { EventRing, ReadEvents } from '../view/model/event-ring.ts'

/** The time for a page to read something, ms. */
const PAUSE = 50
/** Events in a message about what was before, and bytes that may wait for a page; what comes then it does not see. */
const MOST_EVENTS = 5000
const MOST_WAITING = 1 << 20
/**
 * Events of one round that a page is told in full: 5000 a second. Nobody reads as many, and a page that was told of each
 * segment of a bulk transfer would take a processor's time from those who carry it.
 */
const FULL_ROUND = 250

export class PageStream {
  readonly #response: ServerResponse
  readonly #ring: EventRing
  readonly #epoch: string
  #next: number
  /** By kind, what it could not be told. */
  readonly #untold = new Map<string, unknown>()
  /** True once it has been sent what was before it came. */
  #caughtUp = false

  /** @param last the id of the last message that the page has; it gets what came after that, or all that there is */
  constructor(response: ServerResponse, ring: EventRing, epoch: string, last: string | null) {
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

  /** Tells something that has no number; a page that is behind with reading gets the last of each kind once it has caught up. */
  tell(event: string, about: unknown): void {
    if (this.#isBehind) this.#untold.set(event, about)
    else this.#response.write(`event: ${event}\ndata: ${JSON.stringify(about)}\n\n`)
  }

  get #isBehind(): boolean {
    return this.#response.writableLength >= MOST_WAITING
  }

  /**
   * Tells something in parts, each of which is a message that comes after what has happened before: packets have their turns
   * in between, and the page has time to read.
   */
  async tellParts(event: string, parts: Iterable<unknown>): Promise<void> {
    for (const part of parts) {
      while (this.#isBehind && !this.#response.destroyed) await setTimeout(PAUSE)
      if (this.#response.destroyed) return
      this.flush()
      this.tell(event, part)
      await setImmediate()
    }
  }

  /** Sends what has happened since the last time, unless the page is behind with reading. */
  flush(): void {
    const ring = this.#ring
    if (!this.#isBehind) {
      const untold = [...this.#untold]
      this.#untold.clear()
      for (const [event, about] of untold) this.tell(event, about)
    }
    while (this.#next < ring.end && !this.#isBehind)
      this.#send(
        this.#caughtUp ? ring.readThinned(this.#next, FULL_ROUND) : ring.read(this.#next, MOST_EVENTS),
      )
    this.#caughtUp ||= this.#next >= ring.end
  }

  /** The page tells how many events it was not sent by the number of the next one. */
  #send({ next, bytes }: ReadEvents): void {
    this.#next = next
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
    this.#response.write(`event: events\nid: ${this.#epoch} ${next}\ndata: ${next} ${text}\n\n`)
  }

  end(): void {
    this.#response.end()
  }
}
