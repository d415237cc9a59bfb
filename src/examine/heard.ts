/** Segments of the examined, as a check sees them. */
import type { TcpOption } from '../packetdrill/ast.ts'
import { formatOption, type UnknownOption } from '../packetdrill/options-on-wire.ts'
import { largest } from '../trace/extremes.ts'
import { ACK, FIN, PSH, RST, SYN } from '../wire/tcp.ts'
import type { Arrived } from './packets.ts'
import { flagsText, type SegmentText } from './segment-text.ts'

/** A segment of the examined, with numbers that count from the SYNs. */
export interface Heard {
  readonly time: number
  readonly seq: number
  /** The sequence number after the text. */
  readonly end: number
  readonly ack: number
  readonly flags: number
  readonly window: number
  readonly urgent: number
  readonly length: number
  readonly options: readonly (TcpOption | UnknownOption)[]
  readonly text: Uint8Array
  /** The ECN field of the packet. */
  readonly ecn: number
  readonly mayFragment: boolean
  readonly checksumRight: boolean
  /** The packet. */
  readonly bytes: Uint8Array
  /** The sequence number on the wire, unsigned. */
  readonly wireSeq: number
}

/** A segment that arrived, by numbers that count from our SYN (`iss`) and from that of the examined (`irs`). */
export const heardOf = (s: Arrived, iss: number, irs: number): Heard => {
  const seq = (s.seq - irs) | 0
  const options = s.options.map(option =>
    option.kind === 'sack'
      ? {
          ...option,
          blocks: option.blocks.map(([l, r]) => [(l - iss) | 0, (r - iss) | 0] as [number, number]),
        }
      : option,
  )
  return {
    time: s.time,
    seq,
    end: seq + s.text.length,
    ack: s.flags & ACK ? (s.ack - iss) | 0 : 0,
    flags: s.flags,
    window: s.window,
    urgent: s.urgent,
    length: s.text.length,
    options,
    text: s.text,
    ecn: s.ecn,
    mayFragment: s.mayFragment,
    checksumRight: s.checksumRight,
    bytes: s.bytes,
    wireSeq: s.seq >>> 0,
  }
}

/** Those that carry text. */
export const withText = (all: readonly Heard[]): Heard[] => all.filter(heard => heard.length > 0)

/** Returns the end of the text of these segments; 1 when there is none. */
export const endOf = (all: readonly Heard[]): number =>
  largest(
    all.map(heard => heard.end),
    1,
  )

/** The sender may have had no more to send: its last text is pushed (RFC 9293 §3.9.1.2 MUST-61). */
export const isSpent = (all: readonly Heard[]): boolean => ((withText(all).at(-1)?.flags ?? 0) & PSH) !== 0

/** The bytes of the longest text; 0 when there is none. */
export const longest = (all: readonly Heard[]): number =>
  largest(
    all.map(heard => heard.length),
    0,
  )

type OptionKind = TcpOption['kind']

/** An option of a segment, or undefined. */
export const optionOf = <K extends OptionKind>(
  heard: Heard,
  kind: K,
): (TcpOption & { readonly kind: K }) | undefined =>
  heard.options.find((option): option is TcpOption & { readonly kind: K } => option.kind === kind)

/** The SACK blocks of a segment. */
export const sackOf = (heard: Heard): readonly (readonly [number, number])[] =>
  optionOf(heard, 'sack')?.blocks ?? []

/** Flags that matter even where a pattern does not name them. */
const ESSENTIAL = SYN | FIN | RST | ACK

/** Returns whether a segment is one that a check expects: what it leaves out may be anything. */
export const matches = (heard: Heard, want: SegmentText): boolean =>
  (heard.flags & ESSENTIAL) === (want.flags & ESSENTIAL) &&
  (heard.flags & want.flags) === want.flags &&
  (want.seq === null || (heard.seq === want.seq && heard.length === want.length)) &&
  (want.ack === null || heard.ack === want.ack) &&
  (want.window === null || heard.window === want.window) &&
  (want.urgent === null || heard.urgent === want.urgent) &&
  (want.ecn === null || heard.ecn === want.ecn)

/** A segment as a check would write it. */
export const describe = (h: Heard): string =>
  `${flagsText(h.flags)} ${h.seq}:${h.end}(${h.length})${h.flags & ACK ? ` ack ${h.ack}` : ''} win ${h.window}` +
  `${h.urgent > 0 ? ` urg ${h.urgent}` : ''}${h.options.length > 0 ? ` <${h.options.map(formatOption).join(',')}>` : ''}`

/** A segment of ours, in the same words. */
export const describeSent = (s: SegmentText, seq: number, ack: number, options: string): string =>
  `${flagsText(s.flags)} ${seq}:${seq + s.length}(${s.length})${s.flags & ACK ? ` ack ${ack}` : ''}` +
  `${s.window === null ? '' : ` win ${s.window}`}${s.urgent === null ? '' : ` urg ${s.urgent}`}${options === '' ? '' : ` <${options}>`}`
