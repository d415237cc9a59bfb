import { checksum } from '../wire/checksum.ts'
import type { DropReason } from '../wire/drop.ts'
import { FRAGMENT_OFFSET, MORE_FRAGMENTS, read16, read32, write16 } from '../wire/ipv4.ts'

const LARGEST = 65_535

/** What an attacker may make us hold. */
export interface ReassemblyLimits {
  /** Bytes of all fragments held. */
  readonly maxBytes: number
  readonly maxDatagrams: number
  /** Fragments of one datagram. */
  readonly maxFragments: number
  /** How long fragments wait for the rest (ms; RFC 1122 §3.3.2 asks for 60 to 120 s, Linux has 30). */
  readonly timeout: number
}

export const DEFAULT_LIMITS: ReassemblyLimits = {
  maxBytes: 1 << 20,
  maxDatagrams: 64,
  maxFragments: 64,
  timeout: 30_000,
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
  header: Uint8Array | null
  /** Bytes of the whole payload, once the last fragment has come; else -1. */
  total: number
  held: number
  /** It had an overlap: the rest of it is dropped too (RFC 5722's rule, for IPv4). */
  poisoned: boolean
}

/** IPv4 reassembly, RFC 791 §3.2 and RFC 1122 §3.3.2, within caps. */
export class Reassembly {
  readonly #limits: ReassemblyLimits
  /** In order of arrival of their first piece: so by deadline too. */
  readonly #datagrams = new Map<string, Datagram>()
  #bytes = 0

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

  /**
   * Takes a fragment with a valid header (`length` is its total length) at time `now` (ms).
   * @returns the whole datagram in memory of its own, as if it had never been cut; or 'held'; or why it was
   *   dropped. An exact duplicate is held.
   */
  add(
    packet: Uint8Array,
    start: number,
    length: number,
    headerLength: number,
    now: number,
  ): Uint8Array | 'held' | DropReason {
    const field = read16(packet, start + 6)
    const from = (field & FRAGMENT_OFFSET) << 3
    const more = (field & MORE_FRAGMENTS) !== 0
    const size = length - headerLength
    if (size <= 0 || (more && size % 8 !== 0)) return 'fragment-length'
    const to = from + size
    if (to + headerLength > LARGEST) return 'fragment-too-big'
    const datagram = this.#datagram(packet, start, now)
    if (datagram.poisoned) return 'fragment-overlap'
    const at = datagram.fragments.findIndex(f => f.to > from)
    const next = at < 0 ? undefined : datagram.fragments[at]
    if (next !== undefined && next.from === from && next.to === to) return 'held'
    if (
      (next !== undefined && next.from < to) ||
      (datagram.total >= 0 && (to > datagram.total || !more)) ||
      (!more && (datagram.fragments.at(-1)?.to ?? 0) > to)
    ) {
      this.#poison(datagram)
      return 'fragment-overlap'
    }
    if (datagram.fragments.length >= this.#limits.maxFragments) {
      this.#poison(datagram)
      return 'fragment-limit'
    }
    while (this.#bytes + size > this.#limits.maxBytes) {
      const oldest = this.#oldestBut(datagram)
      if (oldest === null) return 'fragment-limit'
      this.#delete(oldest)
    }
    const bytes = packet.slice(start + headerLength, start + length)
    datagram.fragments.splice(at < 0 ? datagram.fragments.length : at, 0, { from, to, bytes })
    datagram.held += size
    this.#bytes += size
    if (!more) datagram.total = to
    if (from === 0) {
      datagram.header = packet.slice(start, start + headerLength)
      datagram.first = packet.slice(start, start + Math.min(length, headerLength + 8))
    }
    if (datagram.held !== datagram.total || datagram.header === null) return 'held'
    this.#delete(datagram)
    return whole(datagram.header, datagram)
  }

  /** Forgets what has waited too long: for each datagram its first bytes, if they came, to quote in an ICMP. */
  expire(now: number): (Uint8Array | null)[] {
    const expired = []
    for (const datagram of this.#datagrams.values()) {
      if (datagram.deadline > now) break
      this.#delete(datagram)
      if (!datagram.poisoned) expired.push(datagram.first)
    }
    return expired
  }

  /** When {@link expire} has something to do (ms), Infinity for never. */
  nextExpiry(): number {
    for (const datagram of this.#datagrams.values()) return datagram.deadline
    return Number.POSITIVE_INFINITY
  }

  #datagram(packet: Uint8Array, start: number, now: number): Datagram {
    // Source, destination, identification and protocol (RFC 791 §3.2).
    const key = `${read32(packet, start + 12)},${read32(packet, start + 16)},${read16(packet, start + 4)},${packet[start + 9]}`
    let datagram = this.#datagrams.get(key)
    if (datagram === undefined) {
      if (this.#datagrams.size >= this.#limits.maxDatagrams) {
        const oldest = this.#oldestBut(null)
        if (oldest !== null) this.#delete(oldest)
      }
      datagram = {
        key,
        deadline: now + this.#limits.timeout,
        fragments: [],
        first: null,
        header: null,
        total: -1,
        held: 0,
        poisoned: false,
      }
      this.#datagrams.set(key, datagram)
    }
    return datagram
  }

  #oldestBut(spared: Datagram | null): Datagram | null {
    for (const datagram of this.#datagrams.values()) if (datagram !== spared) return datagram
    return null
  }

  #poison(datagram: Datagram): void {
    this.#bytes -= datagram.held
    datagram.held = 0
    datagram.fragments.length = 0
    datagram.poisoned = true
  }

  #delete(datagram: Datagram): void {
    this.#bytes -= datagram.held
    this.#datagrams.delete(datagram.key)
  }
}

const whole = (header: Uint8Array, datagram: Datagram): Uint8Array => {
  const packet = new Uint8Array(header.length + datagram.total)
  packet.set(header)
  for (const { from, bytes } of datagram.fragments) packet.set(bytes, header.length + from)
  write16(packet, 2, packet.length)
  write16(packet, 6, 0)
  write16(packet, 10, 0)
  write16(packet, 10, checksum(packet, 0, header.length))
  return packet
}
