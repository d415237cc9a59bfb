/** Explains a capture: every TCP connection in it, whoever's stacks they were. */
import { CaptureError } from '../../trace/capture-error.ts'
import type { CapturedPacket } from '../../trace/captured-packet.ts'
import { ipPacket, isKnownLinkType, LINK_TYPES } from '../../trace/link-layer.ts'
import { observeSegment } from '../../trace/observed-segment.ts'
import { CaptureReader } from '../../trace/read-capture.ts'
import { type Choice, Conversations } from './conversations.ts'
import { type Explanation, explain } from './replay.ts'

export interface ExplainedCapture {
  /** Those that were chosen; none when their segments are more than were to be kept. */
  readonly connections: readonly Explanation[]
  /** Connections of the file. */
  readonly count: number
  /** Segments that were chosen. */
  readonly chosen: number
  /** Packets of the file. */
  readonly packets: number
  /** Packets that are no TCP segments, by what they are instead. */
  readonly others: Readonly<Record<string, number>>
  /** The place where the file is broken; everything before it is explained. */
  readonly error: CaptureError | null
}

/** Packets between two words on how far it is. */
const STRIDE = 4096

/** Takes a capture, pcap or pcapng, piece by piece, and sorts its segments into connections. */
export class SortedCapture {
  readonly conversations: Conversations
  /** Packets so far. */
  packets = 0
  /** Those that are no TCP segments, by what they are instead. */
  readonly others: Record<string, number> = {}
  /** The place where the file is broken: nothing is taken from there on. */
  error: CaptureError | null = null
  readonly #reader = new CaptureReader()
  readonly #progress: (packets: number) => void
  /** ms since 1970, of the first packet. */
  #first = 0

  /** @param progress is told now and then how many packets have been read */
  constructor(choice: Choice, progress: (packets: number) => void = () => {}) {
    this.conversations = new Conversations(choice)
    this.#progress = progress
  }

  /** @param last whether the file ends with it; @returns whether more can be taken. Never throws */
  add(piece: Uint8Array, last: boolean): boolean {
    if (this.error !== null) return false
    try {
      for (const packet of this.#reader.read(piece, last)) this.#packet(packet)
    } catch (fault) {
      if (!(fault instanceof CaptureError)) throw fault
      this.error = fault
    }
    return this.error === null && !last
  }

  #packet({ time, linkType, bytes, offset, at }: CapturedPacket): void {
    this.packets++
    if (this.packets % STRIDE === 0) this.#progress(this.packets)
    if (this.packets === 1) this.#first = time
    if (!isKnownLinkType(linkType))
      throw new CaptureError(offset, `link type ${linkType} is not known (known are ${LINK_TYPES})`)
    const ip = ipPacket(linkType, bytes)
    const segment = ip === null ? 'not IP' : observeSegment(ip, time)
    if (typeof segment === 'string') this.others[segment] = (this.others[segment] ?? 0) + 1
    else this.conversations.add(segment, time - this.#first, at)
  }
}

/**
 * Explains the bytes of a pcap or pcapng file. Never throws: a broken file has an {@link ExplainedCapture.error}.
 * `progress` is told now and then how many packets have been read, and then how many connections explained.
 */
export const explainCapture = (
  file: Uint8Array,
  choice: Choice = {},
  progress: (what: 'read' | 'explained', count: number) => void = () => {},
): ExplainedCapture => {
  const sorted = new SortedCapture(choice, packets => progress('read', packets))
  sorted.add(file, true)
  const { conversations, packets, others, error } = sorted
  const { count, chosen } = conversations
  const connections = conversations.all.map((conversation, i) => {
    progress('explained', i)
    return explain(conversation)
  })
  return { connections, count, chosen, packets, others, error }
}
