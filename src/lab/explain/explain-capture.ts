/** Explains a capture: every TCP connection in it, whoever's stacks they were. */
import type { CaptureError } from '../../trace/capture-error.ts'
import { CaptureError as CaptureFault } from '../../trace/capture-error.ts'
import { ipPacket, isKnownLinkType, LINK_TYPES } from '../../trace/link-layer.ts'
import { observeSegment } from '../../trace/observed-segment.ts'
import { readCapture } from '../../trace/read-capture.ts'
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

/**
 * Explains the bytes of a pcap or pcapng file. Never throws: a broken file has an {@link ExplainedCapture.error}.
 * `progress` is told now and then how many packets have been read, and then how many connections explained.
 */
export const explainCapture = (
  file: Uint8Array,
  choice: Choice = {},
  progress: (what: 'read' | 'explained', count: number) => void = () => {},
): ExplainedCapture => {
  const conversations = new Conversations(choice)
  const others: Record<string, number> = {}
  const other = (what: string): void => {
    others[what] = (others[what] ?? 0) + 1
  }
  let packets = 0
  let first = 0
  let error: CaptureError | null = null
  try {
    for (const packet of readCapture(file)) {
      packets++
      if (packets % STRIDE === 0) progress('read', packets)
      if (packets === 1) first = packet.time
      if (!isKnownLinkType(packet.linkType))
        throw new CaptureFault(
          packet.offset,
          `link type ${packet.linkType} is not known (known are ${LINK_TYPES})`,
        )
      const ip = ipPacket(packet.linkType, packet.bytes)
      const segment = ip === null ? 'not IP' : observeSegment(ip, packet.time)
      if (typeof segment === 'string') other(segment)
      else conversations.add(segment, packet.time - first)
    }
  } catch (fault) {
    if (!(fault instanceof CaptureFault)) throw fault
    error = fault
  }
  const { count, chosen, all } = conversations
  const connections =
    chosen > (choice.most ?? Number.POSITIVE_INFINITY)
      ? []
      : all.map((conversation, i) => {
          progress('explained', i)
          return explain(conversation)
        })
  return { connections, count, chosen, packets, others, error }
}
