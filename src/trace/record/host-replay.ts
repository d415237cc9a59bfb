/** Gives a host the input that was recorded, and holds what it does against what it did. */
import { fromBase64 } from '../../base/base64.ts'
import type { Clock, Random } from '../../base/clock.ts'
import { Host, type HostOptions } from '../../host/host.ts'
import type { InputRecorder } from '../../host/input-recorder.ts'
import type { Listener } from '../../host/listener.ts'
import type { Link } from '../../ip/link.ts'
import type { ConnectionUser } from '../../tcp/block/connection-user.ts'
import type { ConnectionView as Connection } from '../../tcp/block/connection-view.ts'
import type { TraceEvent } from '../../tcp/block/events.ts'
import {
  abort,
  close,
  configure,
  keepsForSending,
  putAside,
  receive,
  receiveInto,
  release,
  retain,
  send,
  sendRecord,
  sendUrgent,
  setUser,
} from '../../tcp/calls.ts'
import { PacketBatch } from '../../wire/batch.ts'
import type { ReplayDifference } from './difference.ts'
import { eventLine } from './event-line.ts'
import { Moments, type Replayed, type ReplayOptions } from './moments.ts'
import type { RecordedLines } from './recorded-lines.ts'
import { parsedLine, type RecordingFile } from './recording.ts'
import { RecordingError } from './recording-error.ts'
import { userOf } from './replayed-user.ts'

type Entry = readonly unknown[]

/** @throws RecordingError where a line is none that a recorder writes */
export const replayHost = (file: RecordingFile, options: ReplayOptions = {}): Replayed =>
  new HostReplay(file.lines, options).run()

class HostReplay implements InputRecorder {
  readonly #lines: RecordedLines
  readonly #moments: Moments
  /** The number of the entry that is being carried out. */
  #number = 0
  #now = 0
  #difference: ReplayDifference | null = null
  /** The fault of the recording: it may be found within a call of the host's, which lets nothing through. */
  #failure: RecordingError | null = null
  /** Everything that is due some time, by number. */
  readonly #alarms = new Map<number, () => void>()
  #nextAlarm = 0
  readonly #deferred = new Map<number, () => void>()
  #nextDeferred = 0
  readonly #links: ((batch: PacketBatch) => void)[] = []
  /** Those that are not closed. */
  readonly #connections = new Map<number, Connection>()
  #nextConnection = 0
  readonly #listeners: Listener[] = []
  readonly #numbers = new WeakMap<object, string>()
  #host: Host | null = null

  constructor(lines: RecordedLines, options: ReplayOptions) {
    this.#lines = lines
    this.#moments = new Moments(options)
  }

  run(): Replayed {
    while (!this.#over) this.#input()
    if (this.#failure !== null) throw this.#failure
    const { cut } = this.#lines
    return { events: this.#moments.count, difference: this.#difference, cut }
  }

  /** True when there is nothing more to hold against anything: the host may yet do what it was about to. */
  get #over(): boolean {
    return this.#difference !== null || this.#failure !== null || this.#lines.current === null
  }

  get #next(): string {
    return this.#lines.current ?? ''
  }

  #entry(): Entry {
    this.#number = this.#lines.number
    const entry = this.#read(() => parsedLine(this.#lines))
    if (!Array.isArray(entry)) throw this.#broken('no list')
    return entry
  }

  #advance(): void {
    this.#read(() => this.#lines.advance())
  }

  #broken(what: string): RecordingError {
    this.#failure ??= new RecordingError(this.#number, what)
    return this.#failure
  }

  /** Makes something of what is written; an error says why there is no sense in it. */
  #read<T>(make: () => T): T {
    try {
      return make()
    } catch (error) {
      if (!(error instanceof RecordingError)) throw this.#broken((error as Error).message)
      this.#failure ??= error
      throw error
    }
  }

  /** The host's next act must be the entry that comes next. */
  #expect(line: string): void {
    if (this.#difference !== null || this.#failure !== null) return
    if (this.#next === line) {
      this.#advance()
      return
    }
    this.#differ(line)
  }

  /** The rest of a recording that was cut off is not known. */
  #differ(replayed: string | null): void {
    const recorded = this.#lines.current
    if (recorded === null && this.#lines.cut) return
    // Differences are shown field by field.
    if (recorded !== null) this.#read(() => parsedLine(this.#lines))
    this.#difference ??= { number: this.#moments.count + 1, recorded, replayed }
  }

  /** Carries out the input that is written next. */
  #input(): void {
    const entry = this.#entry()
    const [kind, time, number] = entry
    switch (kind) {
      case 'H':
      case 'L':
      case 'C':
        this.#now = this.#time(time)
        this.#advance()
        if (kind === 'H') this.#begin(entry)
        else if (kind === 'L') this.#attach(entry)
        else this.#carryOut(entry)
        return
      case 'P':
      case 'A':
      case 'D': {
        this.#now = this.#time(time)
        const work = this.#workOf(kind, number, entry)
        if (work === undefined) {
          // It was not brought about this time.
          this.#differ(null)
          return
        }
        this.#advance()
        work()
        this.#expect('["."]')
        return
      }
      case 'E':
      case 'R':
      case 'T':
      case '/':
      case '.':
        // The host should have done it by itself.
        this.#differ(null)
        return
      default:
        throw this.#broken('an entry that is not known')
    }
  }

  #time(value: unknown): number {
    if (typeof value !== 'number' || !(value >= this.#now))
      throw this.#broken('no time, or one that has passed')
    return value
  }

  #workOf(kind: 'P' | 'A' | 'D', number: unknown, entry: Entry): (() => void) | undefined {
    const n = Number(number)
    if (kind !== 'P') return taken(kind === 'D' ? this.#deferred : this.#alarms, n)
    const receive = this.#links[n]
    if (receive === undefined) return undefined
    const batch = this.#read(() => this.#batch(entry[3]))
    return () => receive(batch)
  }

  #batch(packets: unknown): PacketBatch {
    if (!Array.isArray(packets)) throw this.#broken('no packets')
    const batch = new PacketBatch(Math.max(1, packets.length), false)
    for (const [text, checksum, size] of packets as [unknown, unknown, unknown][]) {
      const bytes = this.#bytes(text)
      batch.push(bytes, 0, bytes.length, Number(checksum), Number(size))
    }
    return batch
  }

  #bytes(text: unknown): Uint8Array {
    if (typeof text !== 'string') throw this.#broken('no bytes')
    return fromBase64(text)
  }

  #begin([, , tcp, ip, ephemeralPorts, memory]: Entry): void {
    if (this.#host !== null) throw this.#broken('a second host')
    const never = (): never => {
      throw new Error('the clock of a replay is its own')
    }
    const options: HostOptions = {
      // The recorder gives it others.
      clock: { now: never, schedule: never, cancel: never, defer: never },
      random: { uint32: never },
      trace: event => this.#event(event),
      recorder: this,
      report: () => {},
      tcp: tcp as NonNullable<HostOptions['tcp']>,
      ip: ip as NonNullable<HostOptions['ip']>,
      memory: (memory ?? {}) as NonNullable<HostOptions['memory']>,
      ...(ephemeralPorts === null ? {} : { ephemeralPorts: ephemeralPorts as never }),
    }
    this.#host = this.#read(() => new Host(options))
  }

  #event(event: TraceEvent): void {
    const line = eventLine('host', event)
    this.#expect(`["E",${line}]`)
    this.#moments.see('host', event, line)
  }

  #attach([, , name, mtu, checksum, segmentation, addresses]: Entry): void {
    const host = this.#host
    if (host === null) throw this.#broken('a link before there is a host')
    if (!Number.isInteger(mtu) || Number(mtu) < 68 || Number(mtu) > 65_535)
      throw this.#broken(`no MTU: ${JSON.stringify(mtu)}`)
    if (!Array.isArray(addresses) || !addresses.every(address => typeof address === 'string'))
      throw this.#broken('no addresses')
    const link: Link = {
      name: String(name),
      mtu: Number(mtu),
      offload: { checksum: checksum === true, segmentation: segmentation === true },
      start: receive => {
        this.#links.push(receive)
      },
      transmit: () => {
        // A link that answers at once does so while it is given something.
        while (!this.#over && this.#next.startsWith('["P"')) this.#input()
      },
      close() {},
    }
    this.#read(() => host.attach(link, addresses))
  }

  #carryOut([, , name, whose, argument]: Entry): void {
    try {
      this.#call(String(name), whose, argument)
    } catch (error) {
      // It failed then too, or its difference shows in what follows.
      if (error instanceof RecordingError) throw error
    }
  }

  #call(name: string, whose: unknown, argument: unknown): void {
    const host = this.#host
    if (host === null) throw this.#broken('a call before there is a host')
    if (name === 'connect' || name === 'listen') {
      const [address, port] = whose as [number, number]
      const { data, ...options } = (argument ?? {}) as { data?: string }
      if (name === 'listen') host.listen(address, port, { acceptable() {} }, options)
      else
        host.connect(
          address,
          port,
          this.#newUser(),
          data === undefined ? options : { ...options, data: this.#bytes(data) },
        )
      return
    }
    if (name === 'close host') host.close()
    else if (name === 'accept' || name === 'close listener') this.#listenerCall(name, whose)
    else {
      const number = Number(whose)
      const c = this.#connections.get(number)
      if (c !== undefined) this.#connectionCall(name, c, argument)
      // On one that is closed nothing comes of a call.
      else if (!(number < this.#nextConnection)) throw this.#broken('a connection that there is not')
    }
  }

  #listenerCall(name: 'accept' | 'close listener', whose: unknown): void {
    const listener = this.#listeners[Number(whose)]
    if (listener === undefined) throw this.#broken('a listener that there is not')
    if (name === 'close listener') {
      listener.close()
      return
    }
    const user = this.#newUser()
    const c = listener.accept()
    if (c === null) this.#differ(null)
    else setUser(c, user)
  }

  /** The user of the connection that is there next. */
  #newUser(): ConnectionUser {
    const number = this.#nextConnection
    return userOf(() => this.#connections.delete(number))
  }

  #connectionCall(name: string, c: Connection, argument: unknown): void {
    if (name === 'send') send(c, this.#bytes(argument))
    else if (name === 'sendMore') send(c, this.#bytes(argument), true)
    else if (name === 'sendRecord') sendRecord(c, this.#bytes(argument))
    else if (name === 'sendUrgent') sendUrgent(c, this.#bytes(argument))
    else if (name === 'retain') retain(c, bytes => new Uint8Array(bytes))
    else if (name === 'putAside') putAside(c)
    else if (name === 'keepsForSending') keepsForSending(c, Number(argument))
    else if (name === 'receive') receive(c, argument === null ? Number.POSITIVE_INFINITY : Number(argument))
    else if (name === 'receiveInto') receiveInto(c, new Uint8Array(Math.min(Number(argument), 2 ** 24)))
    else if (name === 'close') close(c)
    else if (name === 'release') release(c)
    else if (name === 'abort') abort(c)
    else if (name === 'configure') configure(c, argument as object)
    else throw this.#broken(`a call '${name}' that is not known`)
  }

  // InputRecorder: the host has its time and its randomness from here.

  begin(): { readonly clock: Clock; readonly random: Random } {
    return {
      clock: {
        now: () => this.#now,
        schedule: (at, callback) => {
          const number = this.#nextAlarm++
          this.#alarms.set(number, callback)
          return { at, number }
        },
        cancel: alarm => {
          this.#alarms.delete((alarm as unknown as { number: number }).number)
        },
        defer: callback => {
          this.#deferred.set(this.#nextDeferred++, callback)
        },
      },
      random: {
        uint32: () => {
          const drawn = /^\["R",(\d+)\]$/.exec(this.#next)
          if (drawn === null) {
            this.#differ('["R"]')
            return 0
          }
          this.#advance()
          return Number(drawn[1])
        },
      },
    }
  }

  attach(link: Link): Link {
    return link
  }

  call(): void {}
  connect(): void {}
  listen(): void {}
  closing(): void {}

  connected(c: Connection): void {
    const number = this.#nextConnection++
    this.#numbers.set(c, `["T","c",${number}]`)
    this.#connections.set(number, c)
  }

  listening(listener: Listener): void {
    this.#numbers.set(listener, `["T","l",${this.#listeners.length}]`)
    this.#listeners.push(listener)
  }

  accepted(_: Listener, c: Connection): void {
    this.connected(c)
  }

  /** The user that is told makes the calls that it made then. */
  telling(what: object): void {
    this.#expect(this.#numbers.get(what) ?? '["T","l",-1]')
    while (!this.#over && this.#next.startsWith('["C"')) this.#input()
  }

  told(): void {
    this.#expect('["/"]')
  }
}

/** A thing that is due happens once. */
const taken = (due: Map<number, () => void>, number: number): (() => void) | undefined => {
  const callback = due.get(number)
  due.delete(number)
  return callback
}
