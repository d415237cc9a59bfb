import type { Clock } from '../../base/clock.ts'
import { batchOf, CHECKSUM_PARTIAL, type PacketBatch } from '../../wire/batch.ts'
import { Dissection } from '../../wire/dissect.ts'
import { setEcn } from '../../wire/ecn.ts'
import { PacketMemory } from '../packet-memory.ts'
import { Bottleneck, markCongestion } from './bottleneck.ts'
import { BurstLoss } from './burst-loss.ts'
import { ConnectionRate } from './connection-rate.ts'
import { LOST, type LossReason, PathCounters } from './counters.ts'
import { DelayLine } from './delay-line.ts'
import { clearFlags, stripOptions as stripped } from './ecn-mangling.ts'
import { flipUnseen, isWhole, textOf } from './edit.ts'
import { cutIntoFragments } from './fragmentation.ts'
import { type Luck, normal } from './luck.ts'
import { ManagedLine } from './managed-line.ts'
import type { Middlebox } from './middlebox.ts'
import { type Odds, type PathOptions, type Settings, settings } from './options.ts'
import { PacketLens } from './packet-view.ts'
import { createDiscipline } from './queue-disciplines.ts'
import { hasHeader, mayFragment, mtuFor, tooBigError } from './router.ts'
import { completeChecksum, cutIntoSegments, headersOf } from './segmentation.ts'
import { type PathObserver, type Ticket, Transit } from './transit.ts'

/** The surroundings of a path: its clock, its luck, its observer. */
export interface PathContext {
  /** As scripts and ladders call it. */
  readonly name: string
  readonly luck: Luck
  readonly clock: Clock
  /**
   * Takes what arrives, and when the last of it was due (ms): the batch is the path's again when it returns, the packets' memory is
   * not written again.
   */
  readonly deliver: (batch: PacketBatch, due: number) => void
  /** Takes what a router on the path sends back to a sender; null: it is lost. */
  readonly back?: ((batch: PacketBatch) => void) | null
  readonly observer?: PathObserver | null
  /** The defaults of the option of that name. */
  readonly router?: string | readonly string[]
}

const ROUTER = ['192.0.2.254', '2001:db8::fffe']

/**
 * One direction of an emulated path. A packet meets, in this order: a black hole, a middlebox, the script, a router's MTU,
 * random loss, burst loss, marks and mangling of ECN, tampering, corruption, the rate of its connection, duplication, the queue and the rate, and then the
 * delay with jitter and reordering.
 * Each sees what the ones before it have let pass. Super-segments are cut first, as the last device would, and
 * checksums completed: every packet can be found out to be corrupt.
 */
export class Path {
  readonly name: string
  readonly counters = new PathCounters()
  observer: PathObserver | null
  /** May be set at any time. */
  middlebox: Middlebox | null = null
  #options: PathOptions
  #settings: Settings
  readonly #router: string | readonly string[]
  readonly #packet = new Dissection()
  readonly #luck: Luck
  readonly #clock: Clock
  readonly #back: ((batch: PacketBatch) => void) | null
  readonly #lens: PacketLens
  readonly #memory = new PacketMemory()
  readonly #burst = new BurstLoss()
  readonly #connections = new ConnectionRate()
  readonly #bottleneck = new Bottleneck()
  /** The line and its queue, where that is a managed one. */
  #managed: ManagedLine | null = null
  readonly #line: DelayLine
  #order = 0
  #now = 0
  #closed = false

  /** @throws RangeError for what is no probability, delay, rate, size or address, naming the option */
  constructor(options: PathOptions, context: PathContext) {
    this.name = context.name
    this.#options = options
    this.#router = context.router ?? ROUTER
    this.#settings = settings(options, this.#router)
    this.#luck = context.luck
    this.#clock = context.clock
    this.#back = context.back ?? null
    this.observer = context.observer ?? null
    this.#lens = new PacketLens(context.name)
    this.#line = new DelayLine(context.clock, (batch, due) => {
      this.counters.delivered += batch.count
      for (let i = 0; i < batch.count; i++) this.counters.bytes += batch.lengths[i]!
      context.deliver(batch, due)
    })
    if (this.#settings.queueDiscipline !== 'droptail') this.#manage()
  }

  /**
   * May be replaced while packets flow: what enters from then on meets the new ones; a new rate applies to what waits
   * too. @throws RangeError as the constructor
   */
  get options(): PathOptions {
    return this.#options
  }
  set options(options: PathOptions) {
    const before = this.#settings
    this.#settings = settings(options, this.#router)
    this.#options = options
    const { rate, queueDiscipline } = this.#settings
    if (before.rate !== rate) {
      const now = this.#clock.now()
      if (this.#managed === null) this.#bottleneck.changeRate(before.rate, rate, now)
      else this.#managed.changeRate(rate, now)
      this.#line.rearrange()
    }
    if (before.queueDiscipline !== queueDiscipline) this.#manage()
  }

  /** Changes some of the options; the others stay, scripts with what they have counted. */
  change(some: PathOptions): void {
    this.options = { ...this.#options, ...some }
  }

  /** Packets under way, those that wait included. */
  get underWay(): number {
    return this.#line.size + (this.#managed?.packets ?? 0)
  }

  /** Bytes that wait in the queue, without the packet that is being sent. */
  get queued(): number {
    return (this.#managed ?? this.#bottleneck).waiting(this.#clock.now())
  }

  /** Lost, for whatever reason. */
  get lost(): number {
    return Object.values(this.counters.lost).reduce((sum, n) => sum + n, 0)
  }

  /** All packets of the batch enter; done with its memory when it returns. */
  enter(batch: PacketBatch, at?: number): void {
    for (let i = 0; i < batch.count; i++) this.enterPacket(batch, i, at)
  }

  /**
   * Packet `i` of the batch enters.
   * @param at when it does (ms), if that is not now: what answers a packet that came late may go by when that was due
   */
  enterPacket(batch: PacketBatch, i: number, at?: number): void {
    if (this.#closed) return
    this.#now = at ?? this.#clock.now()
    const length = batch.packetLength(i)
    this.#memory.reserve(length)
    const { buffer, start } = this.#memory
    batch.copy(i, buffer, start)
    if (batch.segmentSizes[i]! > 0)
      cutIntoSegments(buffer, start, length, batch.segmentSizes[i]!, this.#memory, this.#arrive)
    else {
      if (batch.checksums[i] === CHECKSUM_PARTIAL) completeChecksum(buffer, start, length)
      this.#arrive(buffer, start, length)
    }
  }

  /** Packet `i` of the batch goes past the path, which would do nothing to it: it counts as one that has crossed. */
  passed(batch: PacketBatch, i: number): void {
    const { counters } = this
    const length = batch.packetLength(i)
    const size = batch.segmentSizes[i]!
    const header = size > 0 ? headersOf(batch.buffers[i]!, batch.starts[i]!, length) : 0
    const segments = header > 0 && header < length ? Math.ceil((length - header) / size) : 1
    counters.entered += segments
    counters.delivered += segments
    counters.bytes += length + (segments - 1) * header
  }

  /** Nothing is delivered any more. */
  close(): void {
    this.#closed = true
    this.#managed?.clear()
    this.#line.clear()
  }

  readonly #arrive = (b: Uint8Array, start: number, given: number): void => {
    const s = this.#settings
    const middlebox = s.blackhole ? null : this.middlebox
    const length = middlebox?.alter(b, start, given) ?? given
    const index = this.counters.entered++
    this.#lens.look(b, start, length, this.#now, index)
    const ticket = this.observer?.entered(this.name, this.#now, b, start, length) ?? null
    if (s.blackhole) this.#lose('blackhole', ticket)
    else if (middlebox?.takes(this.#lens) || s.drop?.(this.#lens)) this.#lose('script', ticket)
    else if (length > s.mtu && length > mtuFor(b, start, s.mtu)) this.#tooLarge(b, start, length, ticket)
    else this.#cross(b, start, length, ticket)
  }

  #lose(reason: LossReason, ticket: Ticket | null): void {
    this.counters.lost[reason]++
    ticket?.note(`lost: ${LOST[reason]}`)
  }

  #tooLarge(b: Uint8Array, start: number, length: number, ticket: Ticket | null): void {
    const { fragment, icmp, routers } = this.#settings
    const { index, time } = this.#lens
    const mtu = mtuFor(b, start, this.#settings.mtu)
    const packet = this.#packet.read(b, start, length)
    if (!hasHeader(packet, length)) {
      this.#lose('mtu', ticket)
    } else if (!mayFragment(b, packet)) {
      this.#lose('mtu', ticket)
      if (icmp) this.#sendBack(tooBigError(b, packet, routers, mtu), ticket)
    } else if (fragment) {
      this.counters.fragmented++
      ticket?.note('fragmented')
      cutIntoFragments(b, start, mtu, this.#memory, (piece, at, size) => {
        this.counters.fragments++
        this.#lens.look(piece, at, size, time, index)
        this.#cross(piece, at, size, ticket)
      })
    } else {
      this.#lose('mtu', ticket)
    }
  }

  #sendBack(packet: Uint8Array | null, ticket: Ticket | null): void {
    if (packet === null || this.#back === null) return
    this.counters.icmp++
    ticket?.note('ICMP sent')
    this.#back(batchOf(packet))
  }

  #cross(b: Uint8Array, start: number, length: number, ticket: Ticket | null): void {
    const s = this.#settings
    const luck = this.#luck
    if (luck.chance(s.loss)) {
      this.#lose('random', ticket)
      return
    }
    if (s.burst !== null && this.#burst.loses(s.burst, luck)) {
      this.#lose('burst', ticket)
      return
    }
    this.#mangle(b, start, length, ticket)
    if (this.#befalls(s.tamper)) this.#tamper(b, start, length, ticket)
    if (this.#befalls(s.corrupt)) {
      this.counters.corrupted++
      ticket?.note('corrupted')
      const bit = luck.below(length * 8)
      b[start + (bit >> 3)]! ^= 1 << (bit & 7)
    }
    if (s.connectionRate === Number.POSITIVE_INFINITY) this.#double(b, start, length, ticket)
    else this.#queueByConnection(b, start, length, ticket)
  }

  /** Marks the packet, and mangles what says that it is ECN-capable, or tells of marks. */
  #mangle(b: Uint8Array, start: number, length: number, ticket: Ticket | null): void {
    const { mark, ecnField, ecnFlags, stripOptions } = this.#settings
    if (this.#befalls(mark)) this.#mark(b, start, ticket)
    let mangled = ecnField >= 0 && setEcn(b, start, ecnField)
    if (ecnFlags !== 0 || stripOptions.length > 0) {
      const packet = this.#packet.read(b, start, length)
      if (clearFlags(b, packet, length, ecnFlags)) mangled = true
      if (stripped(b, packet, length, stripOptions)) mangled = true
    }
    if (!mangled) return
    this.counters.mangled++
    ticket?.note('mangled')
  }

  /** Changes the text of a segment, if it has any, so that its checksum does not tell. */
  #tamper(b: Uint8Array, start: number, length: number, ticket: Ticket | null): void {
    const packet = this.#packet.read(b, start, length)
    const bits = isWhole(packet, length) ? textOf(b, packet).length * 8 : 0
    if (bits === 0) return
    this.counters.tampered++
    ticket?.note('tampered with')
    flipUnseen(b, packet, this.#luck.below(bits))
  }

  /** A packet waits for those of its own connection, and for no others. */
  #queueByConnection(b: Uint8Array, start: number, length: number, ticket: Ticket | null): void {
    const { connectionRate, queue } = this.#settings
    const wait = this.#connections.wait(this.#lens, connectionRate, queue)
    const { index } = this.#lens
    if (wait === null) this.#lose('queue', ticket)
    else if (wait === 0) this.#double(b, start, length, ticket)
    else
      this.#clock.schedule(this.#now + wait, () => {
        if (this.#closed) return
        this.#now = this.#clock.now()
        this.#lens.look(b, start, length, this.#now, index)
        this.#double(b, start, length, ticket)
      })
  }

  #double(b: Uint8Array, start: number, length: number, ticket: Ticket | null): void {
    const s = this.#settings
    if (this.#befalls(s.duplicate)) {
      this.counters.duplicated++
      ticket?.note('duplicated')
      this.#memory.reserve(length)
      const { buffer, start: to } = this.#memory
      buffer.set(b.subarray(start, start + length), to)
      this.#travel(buffer, to, length, ticket)
    }
    this.#travel(b, start, length, ticket)
  }

  #travel(b: Uint8Array, start: number, length: number, ticket: Ticket | null): void {
    const s = this.#settings
    const packet = new Transit(b, start, length, this.#order, ticket)
    const managed = s.rate === Number.POSITIVE_INFINITY ? null : this.#managed
    if (managed === null && !this.#depart(packet)) return
    this.#order++
    packet.travel = s.delay
    if (s.jitter > 0) packet.travel += s.jitter * (s.normal ? normal(this.#luck) : 2 * this.#luck.real() - 1)
    if (packet.travel < 0) packet.travel = 0
    const held = this.#befalls(s.reorder)
    if (held) {
      this.counters.reordered++
      ticket?.note('held back')
      packet.travel += s.reorderDelay
    }
    packet.ordered = s.keepOrder && !held
    if (managed === null) this.#line.add(packet)
    else this.#wait(managed, packet)
  }

  /** The packet gets the time of its departure; false when there is no room for it. */
  #depart(packet: Transit): boolean {
    const s = this.#settings
    if (s.rate === Number.POSITIVE_INFINITY) {
      packet.startAt = packet.departAt = this.#now
      return true
    }
    if (!this.#bottleneck.admit(packet, s, this.#now)) {
      this.#lose('queue', packet.ticket)
      return false
    }
    if (this.#bottleneck.exceeds(s.ecnThreshold)) this.#mark(packet.buffer, packet.start, packet.ticket)
    return true
  }

  /** The packet waits for its turn in a managed queue, if there is room. */
  #wait(line: ManagedLine, packet: Transit): void {
    if (!line.admit(packet, this.#settings.queue, this.#now)) this.#lose('queue', packet.ticket)
  }

  /** Marks a packet CE; false where it is not ECN-capable, or marked already. */
  #mark(b: Uint8Array, start: number, ticket: Ticket | null): boolean {
    if (!markCongestion(b, start)) return false
    this.counters.marked++
    ticket?.note('marked CE')
    return true
  }

  /** Another discipline manages the queue from now on: what waits comes into it anew. */
  #manage(): void {
    const { rate, queueDiscipline } = this.#settings
    const before = this.#managed
    const rest = before?.end() ?? []
    const busyUntil = (before ?? this.#bottleneck).busyUntil
    const discipline = createDiscipline(queueDiscipline, {
      drop: packet => this.#lose('aqm', packet.ticket),
      mark: ({ buffer, start, ticket }) => this.#mark(buffer, start, ticket),
    })
    this.#managed =
      discipline === null
        ? null
        : new ManagedLine(this.#clock, rate, busyUntil, discipline, packet => this.#line.add(packet))
    if (this.#managed === null) this.#bottleneck.busyUntil = busyUntil
    this.#now = this.#clock.now()
    for (const packet of rest)
      if (this.#managed !== null && rate !== Number.POSITIVE_INFINITY) this.#wait(this.#managed, packet)
      else if (this.#depart(packet)) this.#line.add(packet)
  }

  #befalls(odds: Odds): boolean {
    return typeof odds === 'number' ? this.#luck.chance(odds) : odds(this.#lens)
  }
}
