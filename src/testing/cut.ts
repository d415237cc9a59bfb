import { bytes, type Size } from '../faults/units.ts'
import { isWhole, portsOf, shorten, textOf } from '../link/path/edit.ts'
import type { PacketView } from '../link/path/packet-view.ts'
import { badType, badValue } from '../net/errors.ts'
import type { ConnectionView as Connection } from '../tcp/block/connection-view.ts'
import type { Address } from '../wire/address.ts'
import { read32 } from '../wire/bytes.ts'
import { Dissection } from '../wire/dissect.ts'
import { checkNames, instead, type NamesOf } from '../wire/names.ts'
import { type Seq, seqAdd, seqDiff } from '../wire/sequence.ts'
import { SYN } from '../wire/tcp.ts'
import { flowBetween, flowOf, oneWay } from './flow.ts'
import type { Ground, Order } from './ground.ts'
import { checkPort } from './port.ts'
import { forgedReset, live, resetPacket } from './reset.ts'

/** The way to cut a connection off. */
export interface CutSocketOptions {
  /** Bytes of text that arrive yet. */
  readonly after: Size
  /** 'silence': nothing passes any more (default); 'reset': both ends get a RST that seems to be the other's. */
  readonly by?: 'silence' | 'reset'
}

/** The connections to cut off, and how. A part that is left out is any. An end is a host of a network. */
export interface CutOptions<End = unknown> extends CutSocketOptions {
  /** The text that this one sends is counted. */
  readonly from?: End
  /** The text that this one receives. */
  readonly to?: End
  /** The text that this port sends. */
  readonly port?: number
}

const SOCKET_OPTIONS: NamesOf<CutSocketOptions> = { after: true, by: true }
const OPTIONS: NamesOf<CutOptions> = { ...SOCKET_OPTIONS, from: true, to: true, port: true }
/** Between the last byte and the reset, which takes what has not been read (RFC 9293 §3.10.7.4), ms. */
const PAUSE = 1
const WAYS: readonly string[] = ['silence', 'reset']

/** One direction of a connection, and how much of it has passed. */
interface Stream {
  /** The first byte that is counted. */
  readonly base: Seq
  done: boolean
  /** Packets that pass though it is done: the last one, and the reset. */
  passes: number
}

/** Connections end in the middle of what one end says: after so many bytes, to the byte. */
export class Cut<End = unknown> implements Order<End> {
  /** Connections that were cut off so far. */
  cut = 0
  readonly #ground: Ground
  readonly #options: CutOptions<End>
  readonly #after: number
  readonly #remove: (cut: Cut<End>) => void
  /** Those that are counted, by the direction of the text. */
  readonly #streams = new Map<string, Stream>()
  /** Those that are cut off, by their flows. */
  readonly #lost = new Map<string, Stream>()
  readonly #packet = new Dissection()
  /** Only this connection's. */
  readonly #one: boolean
  #cancelled = false

  /** @throws TypeError ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE; RangeError ERR_OUT_OF_RANGE */
  constructor(
    ground: Ground,
    receiver: Connection | null,
    options: CutOptions<End>,
    remove: (cut: Cut<End>) => void,
  ) {
    if (typeof options !== 'object' || options === null)
      throw badType('options', "an object, such as { after: '64KiB' }", options)
    checkNames('options', options, receiver === null ? OPTIONS : SOCKET_OPTIONS)
    const { by = 'silence', port } = options
    if (!WAYS.includes(by))
      throw badValue(
        `The property 'options.by' is not one that there is: '${String(by)}'${instead(String(by), WAYS)}`,
      )
    checkPort('options.port', port)
    this.#after = bytes('options.after', options.after)
    this.#ground = ground
    this.#options = options
    this.#remove = remove
    this.#one = receiver !== null
    if (receiver === null) return
    const { remoteAddress, remotePort, localAddress, localPort } = receiver
    this.#streams.set(oneWay(remoteAddress, remotePort, localAddress, localPort), {
      base: receiver.rcv.nxt,
      done: false,
      passes: 0,
    })
  }

  /** Cuts no more connections off; those that are stay so. */
  cancel(): void {
    this.#cancelled = true
    this.#streams.clear()
    if (this.#lost.size === 0) this.#remove(this)
  }

  /** @internal */
  alter(b: Uint8Array, start: number, length: number, from: End, to: End): number {
    const packet = this.#packet.read(b, start, length)
    if (!isWhole(packet, length)) return length
    const [sourcePort, destinationPort] = portsOf(b, packet)
    const { source, destination } = packet
    const way = oneWay(source, sourcePort, destination, destinationPort)
    const syn = (b[packet.tcp + 13]! & SYN) !== 0
    const seq = read32(b, packet.tcp + 4)
    const stream = this.#streamOf(way, from, to, sourcePort, syn ? seqAdd(seq, 1) : seq, syn)
    const text = textOf(b, packet).length
    if (stream === null || stream.done || text === 0) return length
    const offset = seqDiff(seq, stream.base)
    if (offset + text < this.#after) return length
    stream.done = true
    stream.passes = 1
    this.cut++
    this.#streams.delete(way)
    this.#lost.set(flowBetween(source, sourcePort, destination, destinationPort), stream)
    const left = Math.max(0, this.#after - offset)
    if (this.#options.by === 'reset') {
      const ack = read32(b, packet.tcp + 8)
      const last = seqAdd(seq, left)
      this.#ground.later(PAUSE, () =>
        this.#reset(stream, [source, sourcePort], [destination, destinationPort], last, ack),
      )
    }
    return shorten(b, packet, left)
  }

  #streamOf(way: string, from: End, to: End, port: number, base: Seq, begins: boolean): Stream | null {
    const known = this.#streams.get(way)
    if (this.#one || this.#cancelled) return known ?? null
    const options = this.#options
    if ((options.from ?? from) !== from || (options.to ?? to) !== to) return null
    if (options.port !== undefined && options.port !== port) return null
    if (known !== undefined && !begins) return known
    const stream = { base, done: false, passes: 0 }
    this.#streams.set(way, stream)
    return stream
  }

  #reset(
    stream: Stream,
    source: readonly [Address, number],
    destination: readonly [Address, number],
    seq: Seq,
    ack: Seq,
  ): void {
    stream.passes = 1
    this.#ground.follow(resetPacket(source, destination, seq, ack))
    const sender = live(this.#ground.hostAt(source[0])?.connections.get(...source, ...destination) ?? null)
    if (sender !== null) this.#ground.inject(forgedReset(sender))
  }

  /** @internal */
  takes(p: PacketView): boolean {
    const flow = this.#lost.size === 0 ? null : flowOf(p)
    const stream = flow === null ? undefined : this.#lost.get(flow)
    if (stream === undefined) return false
    // The same four numbers again, in a connection of their own.
    if ((p.flags & SYN) !== 0) {
      this.#lost.delete(flow!)
      return false
    }
    if (stream.passes === 0) return true
    stream.passes--
    return false
  }
}
