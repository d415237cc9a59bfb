/** Scripts for a path: which packets something befalls, put together from small predicates. */

import { seqGt, seqMax } from '../../wire/sequence.ts'
import { ACK, CWR, ECE, FIN, PSH, RST, SYN, URG } from '../../wire/tcp.ts'
import type { PacketView } from './packet-view.ts'

/** Says of a packet whether something is to befall it. */
export type Predicate = (packet: PacketView) => boolean

const FLAGS = { FIN, SYN, RST, PSH, ACK, URG, ECE, CWR } as const
/** A flag of a TCP header. */
export type FlagName = keyof typeof FLAGS

/** Flows whose highest sequence numbers {@link isRetransmission} remembers. */
const FLOWS = 4096

/** Segments with text. */
export const isData: Predicate = p => p.length > 0

/** An acknowledgment and nothing else. */
export const isPureAck: Predicate = p =>
  p.tcp && p.length === 0 && (p.flags & (SYN | FIN | RST | ACK)) === ACK

/** Fragments of IPv4 packets, the first ones included. */
export const isFragment: Predicate = p => p.fragment

/** Segments with all of these flags, whatever else they have. */
export const hasFlag = (...names: readonly FlagName[]): Predicate => {
  const mask = names.reduce((flags, name) => flags | FLAGS[name], 0)
  return p => p.tcp && (p.flags & mask) === mask
}

/** Towards this TCP port. */
export const toPort =
  (port: number): Predicate =>
  p =>
    p.tcp && p.destinationPort === port

/** Along the path of this name: 'out' or 'in' of an emulated link, 'a→b' in a network. */
export const along =
  (direction: string): Predicate =>
  p =>
    p.direction === direction

/** At `from` (ms) or later, and before `until`. */
export const between =
  (from: number, until: number): Predicate =>
  p =>
    p.time >= from && p.time < until

/**
 * Segments none of whose sequence numbers is new to the one who watches. What it has seen is its own: make one for
 * each place.
 */
export const isRetransmission = (): Predicate => {
  const ends = new Map<string, number>()
  return p => {
    const size = p.length + (p.flags & SYN ? 1 : 0) + (p.flags & FIN ? 1 : 0)
    if (size === 0) return false
    const flow = `${p.source} ${p.sourcePort} ${p.destination} ${p.destinationPort}`
    const end = (p.seq + size) | 0
    const known = ends.get(flow)
    // A SYN begins anew, unless it is the one that began.
    if (known === undefined || (p.flags & SYN && known !== end)) {
      ends.set(flow, end)
      if (ends.size > FLOWS) ends.delete(ends.keys().next().value!)
      return false
    }
    ends.set(flow, seqMax(known, end))
    return !seqGt(end, known)
  }
}

/** Every one of them. Those after the first that says no are not asked, and count nothing. */
export const allOf =
  (...predicates: readonly Predicate[]): Predicate =>
  p =>
    predicates.every(one => one(p))

/** Any of them; all are asked, so that each may count. */
export const anyOf =
  (...predicates: readonly Predicate[]): Predicate =>
  p =>
    predicates.reduce((found, one) => one(p) || found, false)

/** Packets that the predicate does not hold for. */
export const not =
  (predicate: Predicate): Predicate =>
  p =>
    !predicate(p)

/** The packets with these numbers, from 1, among those the predicate holds for. It counts as long as it lives. */
export const nth = (which: number | readonly number[], predicate: Predicate = always): Predicate => {
  const numbers = new Set(typeof which === 'number' ? [which] : which)
  let seen = 0
  return p => predicate(p) && numbers.has(++seen)
}

/** The first `n` that the predicate holds for. */
export const first = (n: number, predicate: Predicate = always): Predicate => {
  let left = n
  return p => left > 0 && predicate(p) && left-- > 0
}

/** The first that the predicate holds for. */
export const once = (predicate: Predicate): Predicate => first(1, predicate)

/** Every `n`th that the predicate holds for. */
export const everyNth = (n: number, predicate: Predicate = always): Predicate => {
  let seen = 0
  return p => predicate(p) && ++seen % n === 0
}

const always: Predicate = () => true
