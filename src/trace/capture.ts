/**
 * A capture that explains itself: every state transition is a comment on its packet, every segment of ours says why
 * it was sent, every packet dropped why.
 */

import { completeChecksum } from '../link/path/segmentation.ts'
import type {
  ConnectionId,
  PacketEvent,
  TraceEvent,
  TraceSink,
  TransitionEvent,
} from '../tcp/block/events.ts'
import { CHECKSUM_PARTIAL } from '../wire/batch.ts'
import { checkOptions, type KindsOf, LIST, NUMBER, required, TEXT } from '../wire/option-kinds.ts'
import { RST } from '../wire/tcp.ts'
import { pushAll } from './extremes.ts'
import { enhancedPacket, interfaceDescription, interfaceStatistics, sectionHeader } from './pcapng.ts'
import { transitionText } from './transition-text.ts'

interface Held {
  readonly event: 'in' | 'out'
  readonly link: string
  readonly time: number
  readonly bytes: Uint8Array
  readonly comments: string[]
  /** The connection whose reset this is, or null. */
  readonly resets: ConnectionId | null
}

/** Options of a {@link Capture}. */
export interface CaptureOptions {
  /** The offset from the host's clock to milliseconds since 1970. */
  readonly wallClockOffset: number
  readonly application?: string
  /** The section has been begun elsewhere, with these interfaces in order: packets of no others, and no header, are written. */
  readonly interfaces?: readonly string[]
}

/** Writes what happens in a host as blocks of a pcapng file: hand `sink` to the host's trace. */
export class Capture {
  readonly sink: TraceSink = event => this.#event(event)
  readonly #write: (bytes: Uint8Array, time: number) => void
  readonly #offset: number
  readonly #interfaces = new Map<string, number>()
  /** The last packet, until it is sure that nothing more belongs to it. */
  #held: Held | null = null
  /** Transitions by calls of the user, until the connection's next segment leaves. */
  readonly #called = new Map<ConnectionId, string[]>()
  /** Transitions without a packet of their own, until the next packet. */
  #loose: string[] = []
  #out: { readonly connection: ConnectionId; readonly comments: string[]; readonly reset: boolean } | null =
    null
  #lastTime = 0

  /** @param write takes whole blocks, in order, each with the time (ms, on the host's clock) that it is about */
  constructor(write: (bytes: Uint8Array, time: number) => void, options: CaptureOptions) {
    checkOptions('options', options, {
      wallClockOffset: required(NUMBER),
      application: TEXT,
      interfaces: LIST,
    } satisfies KindsOf<CaptureOptions>)
    this.#write = write
    this.#offset = options.wallClockOffset
    if (options.interfaces === undefined) write(sectionHeader(options.application ?? 'tuntcp'), 0)
    for (const [id, name] of options.interfaces?.entries() ?? []) this.#interfaces.set(name, id)
  }

  #event(e: TraceEvent): void {
    this.#lastTime = e.time
    switch (e.type) {
      case 'packet':
        this.#packet(e)
        break
      case 'transition':
        this.#transition(e)
        break
      case 'segment-out': {
        const comments = [...(this.#called.get(e.connection) ?? []), `sent: ${e.reason}`]
        this.#called.delete(e.connection)
        this.#out = { connection: e.connection, comments, reset: (e.flags & RST) !== 0 }
        break
      }
      case 'drop':
        if (this.#held?.event === 'in') this.#held.comments.push(`dropped: ${e.reason}`)
        break
      case 'syn-cookie':
        if (e.action !== 'sent' && this.#held?.event === 'in')
          this.#held.comments.push(`SYN cookie ${e.action}`)
        break
      case 'soft-error':
        this.#loose.push(`${e.code}: ${e.text}`)
        break
    }
  }

  #packet(e: PacketEvent): void {
    this.flush()
    const out = e.direction === 'out' ? this.#out : null
    this.#out = null
    this.#held = {
      event: e.direction,
      link: e.link,
      time: e.time,
      bytes: completePacket(e),
      comments: [...this.#loose, ...(out?.comments ?? [])],
      resets: out?.reset ? out.connection : null,
    }
    this.#loose = []
  }

  #transition(e: TransitionEvent): void {
    const text = transitionText(e)
    const held = this.#held
    // A reset leaves before the transition that it brings about.
    if (held !== null && held.resets === e.connection) held.comments.push(text)
    else if (e.cause === 'segment' && held !== null) held.comments.push(text)
    else if (e.cause === 'call' && e.connection.remotePort !== 0 && e.to !== 'CLOSED')
      this.#called.set(e.connection, [...(this.#called.get(e.connection) ?? []), text])
    else this.#loose.push(`${text}  at ${new Date(e.time + this.#offset).toISOString()}`)
  }

  /** Writes the packet that is held back. To be called now and then when nothing happens. */
  flush(): void {
    const held = this.#held
    if (held === null) return
    this.#held = null
    this.#write(
      enhancedPacket(
        this.#interface(held.link),
        held.time + this.#offset,
        held.event,
        held.bytes,
        held.comments,
      ),
      held.time,
    )
  }

  /** Ends the capture: what has found no packet stands at its end. */
  end(): void {
    this.flush()
    for (const texts of this.#called.values()) pushAll(this.#loose, texts)
    if (this.#loose.length === 0) return
    this.#write(
      interfaceStatistics(this.#interface('tuntcp'), this.#lastTime + this.#offset, this.#loose),
      this.#lastTime,
    )
    this.#loose = []
  }

  #interface(name: string): number {
    let id = this.#interfaces.get(name)
    if (id === undefined) {
      id = this.#interfaces.size
      this.#interfaces.set(name, id)
      this.#write(interfaceDescription(name), this.#lastTime)
    }
    return id
  }
}

/** The beginning of a section, with the descriptions of its interfaces. */
export const beginSection = (interfaces: readonly string[], application = 'tuntcp'): Uint8Array[] => [
  sectionHeader(application),
  ...interfaces.map(interfaceDescription),
]

/** A packet as it would be on a wire: whole, with the checksum that was left to a device (or to nobody). */
const completePacket = (e: PacketEvent): Uint8Array => {
  const { batch, index } = e
  const packet = new Uint8Array(batch.packetLength(index))
  batch.copy(index, packet)
  if (batch.checksums[index] === CHECKSUM_PARTIAL) completeChecksum(packet, 0, packet.length)
  return packet
}
