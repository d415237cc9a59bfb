/** Segments of one size by number, for dialogues about what is in flight. */

import type { Connection } from '../../src/tcp/block/connection.ts'
import { send } from '../../src/tcp/calls.ts'
import { type Dialogue, dialogue } from './dialogue.ts'

export const MSS = 1460

/** The sequence number of segment n, from 0. */
export const at = (n: number): number => 1 + n * MSS

/** Segment n of ours, as {@link Dialogue.sends} reads it. */
export const segment = (n: number): string => `. ${at(n)}:${at(n + 1)}(${MSS}) ack 1`

/** The last of what there is to send. */
export const lastSegment = (n: number): string => `P${segment(n)}`

const blocks = (ranges: readonly (readonly [number, number])[]): string =>
  ranges.map(([first, end]) => `${at(first)}:${at(end)}`).join(' ')

/** The peer has all segments before n, and those of the ranges [first, end). */
export const ack = (n: number, ...ranges: readonly (readonly [number, number])[]): string =>
  `. 1:1(0) ack ${at(n)} win 60000${ranges.length > 0 ? ` <nop,nop,sack ${blocks(ranges)}>` : ''}`

export interface FlightOptions {
  /** Segments that there are to send; default 40. */
  readonly segments?: number
  /** Round-trip time of the handshake, ms; default 100. */
  readonly rtt?: number
  /** Options on the peer's SYN. */
  readonly syn?: string
}

/** Accepts a connection whose peer takes SACK (unless its SYN says otherwise), and sends as much as may go. */
export const flying = (d: Dialogue, inFlight: number, options: FlightOptions = {}): Connection => {
  const c = opened(d, options)
  send(c, Buffer.alloc((options.segments ?? 40) * MSS))
  for (let n = 0; n < inFlight; n++) d.sends(n + 1 === (options.segments ?? 40) ? lastSegment(n) : segment(n))
  d.silent()
  return c
}

/** Accepts a connection; the handshake takes a round trip. */
export const opened = (d: Dialogue, options: FlightOptions = {}): Connection => {
  d.listen()
  d.receives(`S 0:0(0) win 65535 <${options.syn ?? 'mss 1460,nop,nop,sackOK'}>`)
  d.next()
  d.after(options.rtt ?? 100)
  d.receives('. 1:1(0) ack 1 win 60000')
  d.silent()
  return d.accepted.at(-1)!.connection!
}

/** The numbers of the segments that were sent since we looked last. */
export const numbersSent = (d: Dialogue): number[] =>
  d
    .skip()
    .filter(s => s.text.length > 0)
    .map(s => (((s.seq - d.ourIss.get(`${s.destinationPort}>${s.sourcePort}`)!) | 0) - 1) / MSS)

/** A dialogue in which losses are found by time alone, with so many segments at first. */
export const rack = (inFlight = 10, tcp = {}): Dialogue =>
  dialogue({ tcp: { sack: true, tailLossProbe: false, initialWindow: inFlight, ...tcp } })
