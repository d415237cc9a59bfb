/** A capture of tcpdump's that explains itself, as ours do: the transitions of its end are comments on their packets. */

import type { State } from '../../tcp/state.ts'
import type { CapturedPacket } from '../../trace/captured-packet.ts'
import { ipPacket } from '../../trace/link-layer.ts'
import {
  beginnings,
  type ObservedSegment,
  observeSegment,
  relativeAck,
  relativeSeq,
} from '../../trace/observed-segment.ts'
import { enhancedPacket, interfaceDescription, sectionHeader } from '../../trace/pcapng.ts'
import { readCapture } from '../../trace/read-capture.ts'
import { formatFlags } from '../../wire/tcp.ts'
import { Conversations } from '../explain/conversations.ts'
import { explain } from '../explain/replay.ts'

/** The states that one end of one connection went through, as its segments show them. */
export interface ExplainedPath {
  readonly local: string
  readonly remote: string
  readonly states: readonly State[]
}

export interface KernelCapture {
  readonly pcapng: Uint8Array
  readonly paths: readonly ExplainedPath[]
  /** Each segment as a text, by which it can be found elsewhere: what the end sent, and what reached it, in order. */
  readonly sent: readonly string[]
  readonly received: readonly string[]
}

/** Segments by their numbers, relative to their connection's. */
export const segmentTexts = (segments: readonly ObservedSegment[]): string[] => {
  const begin = beginnings(segments)
  return segments.map(
    s =>
      `${s.source} [${formatFlags(s.flags)}] ${relativeSeq(s, begin)} ${relativeAck(s, begin)} ${s.length}`,
  )
}

/** The beginning that all endpoints at an address have in common, as text. */
export const endpointOf = (address: string): string =>
  address.includes(':') ? `[${address}]:` : `${address}:`

/**
 * Reads the capture of one end.
 * @param address the end's
 * @throws CaptureError when tcpdump has left no capture
 */
export const annotate = (file: Uint8Array, address: string, device: string): KernelCapture => {
  const packets: {
    readonly packet: CapturedPacket
    readonly ip: Uint8Array
    readonly segment: ObservedSegment
  }[] = []
  const conversations = new Conversations()
  for (const packet of readCapture(file)) {
    const ip = ipPacket(packet.linkType, packet.bytes)
    const segment = ip === null ? 'not IP' : observeSegment(ip, packet.time)
    if (ip === null || typeof segment === 'string') continue
    packets.push({ packet, ip, segment })
    conversations.add(segment)
  }
  const isOwn = (endpoint: string): boolean => endpoint.startsWith(endpointOf(address))
  const comments = new Map<ObservedSegment, string[]>()
  const say = (segment: ObservedSegment, text: string): void => {
    comments.set(segment, [...(comments.get(segment) ?? []), text])
  }
  const paths: ExplainedPath[] = []
  for (const c of conversations.all) {
    const { ends, segments, transitions } = explain(c)
    const own = isOwn(ends[0]) ? 0 : 1
    const states: State[] = []
    for (const t of transitions) {
      if (t.end !== own || t.event === 'passive OPEN') continue
      if (states.length === 0) states.push(t.from)
      states.push(t.to)
      say(
        segments[t.segment]!.segment,
        `${ends[0]} → ${ends[1]}  ${t.from} → ${t.to}  ${t.event}  ${t.section}`,
      )
    }
    for (const { segment, what } of segments) if (what.length > 0) say(segment, what.join('; '))
    paths.push({ local: ends[own], remote: ends[own === 0 ? 1 : 0], states })
  }
  const texts = segmentTexts(packets.map(({ segment }) => segment))
  const of = (sent: boolean): string[] => texts.filter((_, i) => isOwn(packets[i]!.segment.source) === sent)
  return {
    pcapng: Buffer.concat([
      sectionHeader('tuntcp lab, of a capture by tcpdump'),
      interfaceDescription(device),
      ...packets.map(({ packet, ip, segment }) =>
        enhancedPacket(0, packet.time, isOwn(segment.source) ? 'out' : 'in', ip, comments.get(segment) ?? []),
      ),
    ]),
    paths,
    sent: of(true),
    received: of(false),
  }
}
