/** Users of the connections in a {@link HostileScene}: fickle ones, and decent ones who check every byte. */
import type { Host } from '../../src/host/host.ts'
import type { SeededRandom } from '../../src/sim/seeded-random.ts'
import type { ConnectionUser } from '../../src/tcp/block/connection-user.ts'
import type { ConnectionView } from '../../src/tcp/block/connection-view.ts'
import {
  abort,
  close,
  configure,
  maySend,
  receive,
  release,
  send,
  sendRoom,
  sendUrgent,
  setUser,
} from '../../src/tcp/calls.ts'
import { type Address, parseAddress } from '../../src/wire/address.ts'

const ANY = parseAddress('::')

/** Has habits that the random numbers give it. */
export class Fickle implements ConnectionUser {
  readonly connection: ConnectionView
  over = false
  reading: boolean

  constructor(connection: ConnectionView, reading: boolean) {
    this.connection = connection
    this.reading = reading
  }
  established(): void {}
  readable(): void {
    while (this.reading && receive(this.connection) !== null);
  }
  writable(): void {}
  closed(): void {
    this.over = true
  }
  softError(): void {}
  urgent(): void {}

  act(random: SeededRandom): void {
    const c = this.connection
    // It may have ended before we accepted it.
    if (c.state === 'CLOSED' || c.state === 'TIME_WAIT') this.over = true
    if (this.over) return
    const choice = random.below(100)
    if (choice < 30) {
      if (!c.finQueued && sendRoom(c) > 0) send(c, new Uint8Array(random.below(3000)))
    } else if (choice < 35) {
      if (!c.finQueued && sendRoom(c) > 0) sendUrgent(c, new Uint8Array(random.below(300)))
    } else if (choice < 60) {
      this.reading = !this.reading
      this.readable()
    } else if (choice < 70) {
      configure(c, { noDelay: random.chance(0.5), keepAlive: random.chance(0.5), keepAliveIdle: 500 })
    } else if (choice < 85) close(c)
    else if (choice < 96) release(c)
    else abort(c)
  }
}

/** Says its part of a stream, a little at a time, closes, and checks what the other says. */
export class Half implements ConnectionUser {
  connection: ConnectionView | null = null
  received = 0
  fault = ''
  /** Why it is over, null in order; undefined until then. */
  over: string | null | undefined
  readonly #says: Uint8Array
  readonly #hears: Buffer
  #sent = 0
  /** It may say so much by now. */
  #due = 0

  constructor(says: Uint8Array, hears: Buffer) {
    this.#says = says
    this.#hears = hears
  }

  /** It is `name` and says something of what it has seen when it was not as it should be, else ''. */
  trouble(name: string): string {
    const { over, received, fault } = this
    if (over === null && fault === '' && received === this.#hears.length) return ''
    const end = over === undefined ? 'not over' : over === null ? 'over' : over
    return `${name}: ${fault === '' ? '' : `${fault}, `}${end}, ${received} of ${this.#hears.length} bytes`
  }

  /** So many bytes more are to be said. */
  say(bytes: number): void {
    this.#due = Math.min(this.#says.length, this.#due + bytes)
    this.writable()
  }

  established(): void {
    this.writable()
  }

  writable(): void {
    const c = this.connection
    // CLOSE in SYN-SENT would give it up.
    if (c === null || c.state === 'SYN_SENT' || !maySend(c)) return
    while (this.#sent < this.#due) {
      const room = Math.min(sendRoom(c), this.#due - this.#sent)
      if (room <= 0) return
      send(c, this.#says.subarray(this.#sent, this.#sent + room))
      this.#sent += room
    }
    if (this.#sent === this.#says.length) close(c)
  }

  readable(): void {
    for (let chunk = receive(this.connection!); chunk !== null; chunk = receive(this.connection!)) {
      const end = this.received + chunk.length
      if (end > this.#hears.length || this.#hears.compare(chunk, 0, chunk.length, this.received, end) !== 0)
        this.fault ||= `wrong bytes at ${this.received}`
      this.received = end
    }
  }

  closed(error: string | null): void {
    this.over = error
  }
}

/** Echoes to everybody on a port, and closes when they do. @returns what lets go of all that is left */
export const echoes = (host: Host, port: number, urgent: boolean): (() => void) => {
  const open = new Set<ConnectionView>()
  const listener = host.listen(ANY, port, {
    acceptable() {
      for (let c = listener.accept(); c !== null; c = listener.accept()) serve(c)
    },
  })
  const serve = (c: ConnectionView) => {
    open.add(c)
    const echo = () => {
      while (!c.finQueued && maySend(c) && sendRoom(c) > 0) {
        const chunk = receive(c)
        if (chunk === null) break
        send(c, chunk)
      }
      if (c.finReceived && c.receiveQueue.length === 0 && !c.finQueued) close(c)
    }
    setUser(c, {
      established() {},
      readable: echo,
      writable: echo,
      closed: () => void open.delete(c),
      ...(urgent ? { urgent() {} } : {}),
    })
    echo()
  }
  return () => {
    for (const c of open) release(c)
  }
}

/** A short decent conversation with an echo. */
export const visit = (host: Host, to: Address, port: number, said: Buffer): Half => {
  const half = new Half(said, said)
  half.connection = host.connect(to, port, half)
  half.say(said.length)
  return half
}
