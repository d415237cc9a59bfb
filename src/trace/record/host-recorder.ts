/**
 * Records all input of a host, so that the same host can be made to do the same again: the time, the randomness it draws,
 * packets, users' calls. A line of JSON for each, a list that begins with what it is; times in ms of the host's clock,
 * bytes in base64:
 *
 * - `["H", time, tcp options, IP options, ephemeral ports, memory options]` the host begins
 * - `["L", time, name, mtu, checksum, segmentation, addresses]` a link is attached
 * - `["P", time, link, [[bytes, checksum, segment size], …]]` packets arrive, and all that follows, up to `["."]`
 * - `["A", time, number]` an alarm rings, `["D", time, number]` what was deferred is called; both up to `["."]`.
 *   Numbers count from 0 in the order in which alarms were set and calls deferred
 * - `["C", time, call, whose, argument]` a call; connections and listeners are numbered in the order in which users got them
 * - `["T", "c" or "l", number]` a user is told something, up to `["/"]`: calls between are its own
 * - `["R", number]` a random number is drawn
 * - `["E", event]` an event of the stream: what the others have brought about
 */
import type { Alarm, Clock, Random } from '../../base/clock.ts'
import type { InputRecorder } from '../../host/input-recorder.ts'
import type { Listener } from '../../host/listener.ts'
import type { ConnectOptions, HostOptions, ListenOptions } from '../../host/options.ts'
import type { Link } from '../../ip/link.ts'
import type { CallName } from '../../tcp/block/call-recorder.ts'
import type { ConnectionView as Connection } from '../../tcp/block/connection-view.ts'
import type { TraceSink } from '../../tcp/block/events.ts'
import type { PacketBatch } from '../../wire/batch.ts'
import { eventLine } from './event-line.ts'

export const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')

interface RecordedAlarm extends Alarm {
  readonly real: Alarm
}

/** Writes down all that reaches a host from outside (time, randomness, packets, calls), and every event, as lines. */
export class HostRecorder implements InputRecorder {
  readonly #write: (line: string) => void
  #clock: Clock | null = null
  /** As the host sees it: it stands still until there is input. */
  #now = 0
  #depth = 0
  #alarms = 0
  #deferred = 0
  #links = 0
  readonly #connections = new WeakMap<Connection, number>()
  #nextConnection = 0
  readonly #listeners = new WeakMap<Listener, number>()
  #nextListener = 0

  /** @param write takes a line without its line feed */
  constructor(write: (line: string) => void) {
    this.#write = write
  }

  /** To be among those who read the host's events. */
  readonly sink: TraceSink = event => {
    this.#write(`["E",${eventLine('host', event)}]`)
  }

  #line(...fields: readonly unknown[]): void {
    this.#write(JSON.stringify(fields))
  }

  /** Time goes on only when something comes from outside. */
  #tick(): number {
    if (this.#depth === 0) this.#now = this.#clock!.now()
    return this.#now
  }

  #within(work: () => void, ...fields: readonly unknown[]): void {
    this.#line(...fields)
    this.#depth++
    try {
      work()
    } finally {
      this.#depth--
      this.#line('.')
    }
  }

  begin(given: HostOptions): { readonly clock: Clock; readonly random: Random } {
    const { clock, random } = given
    this.#clock = clock
    this.#line(
      'H',
      this.#tick(),
      given.tcp ?? {},
      given.ip ?? {},
      given.ephemeralPorts ?? null,
      given.memory ?? {},
    )
    return {
      clock: {
        now: () => this.#now,
        schedule: (at, callback): RecordedAlarm => {
          const number = this.#alarms++
          return {
            at,
            real: clock.schedule(at, () => this.#within(callback, 'A', this.#tick(), number)),
          }
        },
        cancel: alarm => clock.cancel((alarm as RecordedAlarm).real),
        defer: callback => {
          const number = this.#deferred++
          clock.defer(() => this.#within(callback, 'D', this.#tick(), number))
        },
      },
      random: {
        uint32: () => {
          const value = random.uint32()
          this.#line('R', value)
          return value
        },
      },
    }
  }

  attach(link: Link, addresses: readonly string[]): Link {
    const number = this.#links++
    const { name, mtu, offload } = link
    this.#line('L', this.#tick(), name, mtu, offload.checksum, offload.segmentation, addresses)
    return {
      name,
      mtu,
      offload,
      start: receive =>
        link.start(batch => this.#within(() => receive(batch), 'P', this.#tick(), number, packetsOf(batch))),
      transmit: batch => link.transmit(batch),
      close: () => link.close(),
    }
  }

  call(name: CallName, c: Connection, argument: Uint8Array | number | object | null): void {
    const number = this.#connections.get(c)
    if (number === undefined) return
    const value =
      argument instanceof Uint8Array
        ? base64(argument)
        : argument === Number.POSITIVE_INFINITY
          ? null
          : argument
    this.#line('C', this.#tick(), name, number, value)
  }

  connect(remoteAddress: number, remotePort: number, given: ConnectOptions): void {
    const { data, ...rest } = given
    const options = data === undefined ? rest : { ...rest, data: base64(data) }
    this.#line('C', this.#tick(), 'connect', [remoteAddress, remotePort], options)
  }

  connected(c: Connection): void {
    this.#connections.set(c, this.#nextConnection++)
  }

  listen(localAddress: number, port: number, given: ListenOptions): void {
    this.#line('C', this.#tick(), 'listen', [localAddress, port], given)
  }

  listening(listener: Listener): void {
    this.#listeners.set(listener, this.#nextListener++)
  }

  accepted(listener: Listener, c: Connection): void {
    this.#line('C', this.#tick(), 'accept', this.#listeners.get(listener) ?? -1, null)
    this.connected(c)
  }

  closing(what: Listener | 'host'): void {
    const whose = what === 'host' ? -1 : (this.#listeners.get(what) ?? -1)
    this.#line('C', this.#tick(), what === 'host' ? 'close host' : 'close listener', whose, null)
  }

  telling(what: unknown): void {
    const c = this.#connections.get(what as Connection)
    if (c !== undefined) this.#line('T', 'c', c)
    else this.#line('T', 'l', this.#listeners.get(what as Listener) ?? -1)
  }

  told(): void {
    this.#line('/')
  }
}

const packetsOf = (batch: PacketBatch): unknown[] =>
  Array.from({ length: batch.count }, (_, i) => {
    const bytes = new Uint8Array(batch.packetLength(i))
    batch.copy(i, bytes)
    return [base64(bytes), batch.checksums[i], batch.segmentSizes[i]]
  })
