/**
 * Segments as the checks write them, much as packetdrill does:
 *
 *   [ect0] P. 1:5(4) ack 1 win 65535 urg 2 <mss 1460,nop,wscale 7>
 *
 * All but the flags may be left out. Flags: S F R P U E W A (A is AE, the ninth flag) and `.` for ACK; `-` for none.
 * Sequence numbers count from the SYN of who sends them, acknowledgments and SACK edges from the SYN of the other side.
 * Options: those of packetdrill, and `raw HEX` for what no stack would send. A list that is no whole number of words is
 * filled up with zeros (end of options).
 */

import type { TcpOption } from '../packetdrill/ast.ts'
import { encodeOptions } from '../packetdrill/options-on-wire.ts'
import { FLAG_LETTERS } from '../packetdrill/parse-packet.ts'
import { pushAll } from '../trace/extremes.ts'
import { ACK } from '../wire/tcp.ts'

/** Letters of flags: those of packetdrill, and what stands for no flag but ACK, and for none at all. */
const FLAGS: Readonly<Record<string, number>> = { ...FLAG_LETTERS, '.': ACK, '-': 0 }

/** The order in which they are written. */
const LETTERS = ['S', 'F', 'R', 'P', 'E', 'W', 'A', 'U', '.'] as const

/** Codepoints of the ECN field (RFC 3168 §5). */
export const ECN = { noecn: 0, ect1: 1, ect0: 2, ce: 3 } as const

/** A segment as it was written; null is what was left out. */
export interface SegmentText {
  readonly ecn: number | null
  readonly flags: number
  readonly seq: number | null
  readonly length: number
  readonly ack: number | null
  readonly window: number | null
  readonly urgent: number | null
  readonly options: string | null
}

const SYNTAX =
  /^(?:\[(noecn|ect0|ect1|ce)\] )?([SFRPUEWA]*\.?|-)(?: (-?\d+):(-?\d+)\((\d+)\))?(?: ack (-?\d+))?(?: win (\d+))?(?: urg (\d+))?(?: <(.*)>)?$/

const parsed = new Map<string, SegmentText>()

/** @throws Error when it is no segment: a check is written wrongly */
export const parseSegment = (line: string): SegmentText => {
  let text = parsed.get(line)
  if (text === undefined) {
    text = parse(line)
    parsed.set(line, text)
  }
  return text
}

const parse = (line: string): SegmentText => {
  const m = SYNTAX.exec(line)
  if (m === null || m[2] === '') throw new Error(`not a segment: '${line}'`)
  const [, ecn, flags, seq, end, length, ack, window, urgent, options] = m
  if (seq !== undefined && Number(end) - Number(seq) !== Number(length))
    throw new Error(`the length is not end - seq: '${line}'`)
  const number = (text: string | undefined): number | null => (text === undefined ? null : Number(text))
  return {
    ecn: ecn === undefined ? null : ECN[ecn as keyof typeof ECN],
    flags: [...flags!].reduce((bits, letter) => bits | FLAGS[letter]!, 0),
    seq: number(seq),
    length: Number(length ?? 0),
    ack: number(ack),
    window: number(window),
    urgent: number(urgent),
    options: options ?? null,
  }
}

/** `S.`, `P.`, `R`, `-` … */
export const flagsText = (flags: number): string =>
  LETTERS.map(letter => (flags & FLAGS[letter]! ? letter : '')).join('') || '-'

/** The letter (ASCII) that stands at this sequence number wherever text is not given. */
export const letterAt = (seq: number): number => 97 + ((((seq - 1) % 26) + 26) % 26)

/** So many bytes of text from this sequence number on. @param text instead of letters */
export const textBytes = (seq: number, length: number, text?: string): Uint8Array => {
  const bytes = new Uint8Array(length)
  for (let i = 0; i < length; i++) bytes[i] = text?.charCodeAt(i) ?? letterAt(seq + i)
  return bytes
}

const NUMBER = '(\\d+)'
const OPTION_FORMS: readonly [RegExp, (m: readonly string[]) => TcpOption][] = [
  [/^nop$/, () => ({ kind: 'nop' })],
  [/^eol$/, () => ({ kind: 'eol' })],
  [/^sackOK$/, () => ({ kind: 'sackOK' })],
  [new RegExp(`^mss ${NUMBER}$`), m => ({ kind: 'mss', value: Number(m[1]) })],
  [new RegExp(`^wscale ${NUMBER}$`), m => ({ kind: 'wscale', value: Number(m[1]) })],
  [
    new RegExp(`^TS val ${NUMBER} ecr ${NUMBER}$`),
    m => ({ kind: 'TS', val: Number(m[1]) | 0, ecr: Number(m[2]) | 0 }),
  ],
  [
    /^sack((?: -?\d+:-?\d+)+)$/,
    m => ({
      kind: 'sack',
      blocks: m[1]!
        .trim()
        .split(' ')
        .map(block => block.split(':').map(Number) as [number, number]),
    }),
  ],
  [/^FO(?: ([0-9a-f]*))?$/, m => ({ kind: 'FO', data: hexBytes(m[1] ?? '') })],
]

const hexBytes = (text: string): Uint8Array =>
  Uint8Array.from(text.match(/../g) ?? [], pair => Number.parseInt(pair, 16))

/**
 * The bytes of a list of options, a whole number of words.
 * @param base what SACK edges count from
 * @throws Error for an option that is none: a check is written wrongly
 */
export const optionBytes = (text: string, base: number): Uint8Array => {
  const bytes: number[] = []
  for (const item of text.split(',').filter(part => part !== '')) {
    const raw = /^raw ((?:[0-9a-f]{2})+)$/.exec(item)
    if (raw !== null) {
      pushAll(bytes, hexBytes(raw[1]!))
      continue
    }
    const form = OPTION_FORMS.find(([syntax]) => syntax.test(item))
    if (form === undefined) throw new Error(`not a TCP option: '${item}'`)
    const option = form[1](form[0].exec(item)!)
    pushAll(bytes, encodeOptions([option], { sequence: n => (n + base) | 0, echo: n => n }))
  }
  while (bytes.length % 4 !== 0) bytes.push(0)
  return Uint8Array.from(bytes)
}
