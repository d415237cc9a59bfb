import { checksum } from '../wire/checksum.ts'
import type { DropReason } from '../wire/drop.ts'
import { DONT_FRAGMENT, FRAGMENT_OFFSET, MORE_FRAGMENTS, read16, read32, write16 } from '../wire/ipv4.ts'
import { FRAGMENT_HEADER, IPV6_HEADER, type Ipv6Header } from '../wire/ipv6.ts'

/** The most that an IPv4 packet's total length can name, or an IPv6 packet's payload length. */
const LARGEST = 65_535

/** Bytes that an ICMP error quotes after the header (RFC 792); of IPv6 as much as fits into the least MTU (RFC 4443 §3.3). */
const QUOTED = 8
const QUOTED_IPV6 = 1280 - IPV6_HEADER - 8

/** Bounds on the memory that an attacker may make us hold. */
export interface ReassemblyLimits {
  /** Bytes of all fragments held. */
  readonly maxBytes: number
  readonly maxDatagrams: number
  /** Fragments of one datagram. */
  readonly maxFragments: number
  /** The time that fragments wait for the rest (ms; RFC 1122 §3.3.2: 60 to 120 s). */
  readonly timeout: number
}

export const DEFAULT_LIMITS: ReassemblyLimits = {
  maxBytes: 1 << 20,
  maxDatagrams: 64,
  maxFragments: 64,
  timeout: 60_000,
}

/** V8 takes so much beside the bytes for a fragment, and for a datagram that waits for the rest of them. */
const FRAGMENT_WEIGHT = 400
const DATAGRAM_WEIGHT = 640

/** A fragment that has come, as its family's header tells of it. */
interface Piece {
  /** The datagram that it is part of. */
  readonly key: string
  /** Bytes of the header that all fragments have, and of what stands between it and the payload. */
  readonly headerLength: number
  readonly between: number
  /** Its payload's place in the datagram's. */
  readonly from: number
  readonly size: number
  readonly more: boolean
  /** Bytes of the largest payload. */
  readonly largest: number
  /** Bytes of the first fragment that are kept to be quoted. */
  readonly quoted: number
  /** Makes the header, at the beginning of a datagram that is whole again, that of one that was never cut. */
  mend(whole: Uint8Array, headerLength: number): void
}

interface Fragment {
  readonly from: number
  readonly to: number
  readonly bytes: Uint8Array
}

interface Datagram {
  readonly key: string
  readonly deadline: number
  /** By offset, not overlapping. */
  readonly fragments: Fragment[]
  /** The header of the first fragment with the bytes after it that an ICMP error quotes. */
  first: Uint8Array | null
  headerLength: number
  mend: Piece['mend']
  /** Bytes of the whole payload, once the last fragment has come; else -1. */
  total: number
  held: number
  /** The reason why it was thrown away, and the rest of it with it (RFC 5722's rule, for IPv4); null while it is not. */
  poison: DropReason | null
}

/** Reassembly of either family, RFC 791 §3.2 and RFC 1122 §3.3.2, RFC 8200 §4.5, within caps for both together. */
export class Reassembly {
  readonly #limits: ReassemblyLimits
  /** In order of arrival of their first piece: so by deadline too. */
  readonly #datagrams = new Map<string, Datagram>()
  #bytes = 0
  #fragments = 0
  /** Bytes of first fragments that are kept to be quoted. */
  #quotes = 0
  /** Incomplete datagrams that had to make room for others. */
  evicted = 0

  constructor(limits: Partial<ReassemblyLimits> = {}) {
    this.#limits = { ...DEFAULT_LIMITS, ...limits }
  }

  /** Bytes held, and datagrams that are incomplete. */
  get bytes(): number {
    return this.#bytes
  }
  get size(): number {
    return this.#datagrams.size
  }

  /** The memory that all of it takes, bytes. */
  get weight(): number {
    return (
      this.#bytes + this.#quotes + this.#fragments * FRAGMENT_WEIGHT + this.#datagrams.size * DATAGRAM_WEIGHT
    )
  }

  /**
   * Takes a fragment of IPv4 with a valid header (`length` is its total length) at time `now` (ms).
   * @returns the whole datagram in memory of its own, as if it had never been cut; or 'held'; or why it was
   *   dropped. An exact duplicate counts as held (RFC 8200 §4.5 permits it; links that lose packets repeat some).
   */
  add(
    packet: Uint8Array,
    start: number,
    length: number,
    headerLength: number,
    now: number,
  ): Uint8Array | 'held' | DropReason {
    const field = read16(packet, start + 6)
    const piece: Piece = {
      // Source, destination, identification and protocol (RFC 791 §3.2).
      key: `${read32(packet, start + 12)},${read32(packet, start + 16)},${read16(packet, start + 4)},${packet[start + 9]}`,
      headerLength,
      between: 0,
      from: (field & FRAGMENT_OFFSET) << 3,
      size: length - headerLength,
      more: (field & MORE_FRAGMENTS) !== 0,
      largest: LARGEST - headerLength,
      quoted: QUOTED,
      mend: mendIpv4,
    }
    return this.#take(packet, start, piece, now)
  }

  /** Takes a fragment of IPv6, whose header says so, at time `now` (ms). @returns as {@link add} */
  addIpv6(
    packet: Uint8Array,
    start: number,
    header: Ipv6Header,
    now: number,
  ): Uint8Array | 'held' | DropReason {
    const { fragmentAt, fragmentNamedAt, totalLength, source, destination } = header
    const at = start + fragmentAt
    const field = read16(packet, at + 2)
    const protocol = packet[at]!
    const piece: Piece = {
      // Source, destination and identification (RFC 8200 §4.5).
      key: `${source},${destination},${read32(packet, at + 4)}`,
      headerLength: fragmentAt,
      between: FRAGMENT_HEADER,
      from: field & ~7,
      size: totalLength - fragmentAt - FRAGMENT_HEADER,
      more: (field & 1) !== 0,
      largest: LARGEST - (fragmentAt - IPV6_HEADER),
      quoted: QUOTED_IPV6,
      mend: whole => {
        whole[fragmentNamedAt] = protocol
        write16(whole, 4, whole.length - IPV6_HEADER)
      },
    }
    return this.#take(packet, start, piece, now)
  }

  #take(packet: Uint8Array, start: number, piece: Piece, now: number): Uint8Array | 'held' | DropReason {
    const { headerLength, from, size, more } = piece
    if (size <= 0 || (more && size % 8 !== 0)) return 'fragment-length'
    const to = from + size
    if (to > piece.largest) return 'fragment-too-big'
    const payload = start + headerLength + piece.between
    const datagram = this.#datagram(piece.key, now)
    if (datagram.poison !== null) return datagram.poison
    const { fragments } = datagram
    const found = fragments.findIndex(f => f.to > from)
    const at = found < 0 ? fragments.length : found
    const next = fragments[at]
    if (next !== undefined && next.from < to) {
      const same =
        next.from === from &&
        next.to === to &&
        more === (to !== datagram.total) &&
        equal(next.bytes, packet, payload)
      return same ? 'held' : this.#poison(datagram, 'fragment-overlap')
    }
    // Beyond the end, or another end.
    if (datagram.total >= 0 ? to > datagram.total || !more : !more && at < fragments.length)
      return this.#poison(datagram, 'fragment-overlap')
    const { maxFragments, maxBytes } = this.#limits
    if (fragments.length >= maxFragments || datagram.held + size > maxBytes)
      return this.#poison(datagram, 'fragment-limit')
    while (this.#bytes + size > maxBytes) this.#evictOldest(datagram)
    const bytes = copy(packet, payload, size)
    fragments.splice(at, 0, { from, to, bytes })
    datagram.held += size
    this.#bytes += size
    this.#fragments++
    if (!more) datagram.total = to
    if (from === 0) {
      const head = headerLength + piece.between
      datagram.first = copy(packet, start, head + Math.min(size, piece.quoted))
      this.#quotes += datagram.first.length
      datagram.headerLength = headerLength
      datagram.mend = piece.mend
    }
    if (datagram.held !== datagram.total) return 'held'
    this.#delete(datagram)
    // The first fragment's header may be longer than that of the others.
    if (datagram.total > piece.largest + headerLength - datagram.headerLength) return 'fragment-too-big'
    return whole(datagram)
  }

  /** Forgets what has waited too long: for each datagram its first bytes, if they came, to quote in an ICMP. */
  expire(now: number): (Uint8Array | null)[] {
    const expired = []
    for (const datagram of this.#datagrams.values()) {
      if (datagram.deadline > now) break
      this.#delete(datagram)
      if (datagram.poison === null) expired.push(datagram.first)
    }
    return expired
  }

  /** The time at which {@link expire} has something to do (ms), Infinity for never. */
  nextExpiry(): number {
    for (const datagram of this.#datagrams.values()) return datagram.deadline
    return Number.POSITIVE_INFINITY
  }

  #datagram(key: string, now: number): Datagram {
    let datagram = this.#datagrams.get(key)
    if (datagram === undefined) {
      if (this.#datagrams.size >= this.#limits.maxDatagrams) this.#evictOldest(null)
      datagram = {
        key,
        deadline: now + this.#limits.timeout,
        fragments: [],
        first: null,
        headerLength: 0,
        mend: mendIpv4,
        total: -1,
        held: 0,
        poison: null,
      }
      this.#datagrams.set(key, datagram)
    }
    return datagram
  }

  #evictOldest(spared: Datagram | null): void {
    for (const datagram of this.#datagrams.values()) {
      if (datagram === spared) continue
      // The fragments of a poisoned one have been counted as they came.
      if (datagram.poison === null) this.evicted++
      this.#delete(datagram)
      return
    }
  }

  #poison(datagram: Datagram, reason: DropReason): DropReason {
    this.#forget(datagram)
    datagram.held = 0
    datagram.fragments.length = 0
    datagram.first = null
    datagram.poison = reason
    return reason
  }

  #delete(datagram: Datagram): void {
    this.#forget(datagram)
    this.#datagrams.delete(datagram.key)
  }

  /** Its bytes are counted no more. */
  #forget({ held, fragments, first }: Datagram): void {
    this.#bytes -= held
    this.#fragments -= fragments.length
    this.#quotes -= first?.length ?? 0
  }
}

/** Bytes of our own. (`slice` is no copy where the packet is a Buffer.) */
const copy = (packet: Uint8Array, start: number, length: number): Uint8Array => {
  const own = new Uint8Array(length)
  own.set(packet.subarray(start, start + length))
  return own
}

const equal = (bytes: Uint8Array, packet: Uint8Array, start: number): boolean => {
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== packet[start + i]) return false
  return true
}

/** The datagram as if it had never been cut: the header of the first fragment, and all text. */
const whole = ({ first, headerLength, total, fragments, mend }: Datagram): Uint8Array => {
  const packet = new Uint8Array(headerLength + total)
  packet.set(first!.subarray(0, headerLength))
  for (const { from, bytes } of fragments) packet.set(bytes, headerLength + from)
  mend(packet, headerLength)
  return packet
}

const mendIpv4 = (packet: Uint8Array, headerLength: number): void => {
  write16(packet, 2, packet.length)
  write16(packet, 6, read16(packet, 6) & DONT_FRAGMENT)
  write16(packet, 10, 0)
  write16(packet, 10, checksum(packet, 0, headerLength))
}
