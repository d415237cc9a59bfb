/** Numbers that nobody outside can guess: initial sequence numbers, timestamps' offsets, ports, cookies. RFC 6528. */
import type { Random } from '../base/clock.ts'
import { SIPHASH_KEY, SipHash } from '../base/siphash.ts'
import { type Flow, portsOf } from '../ip/flow.ts'
import { type Address, isIpv4 } from '../wire/address.ts'
import { read32, write32 } from '../wire/bytes.ts'
import { ipv6Bytes } from '../wire/ipv6-address.ts'
import type { Seq } from '../wire/sequence.ts'

/** RFC 6528 §3: the ISN's clock ticks every 4 microseconds. */
const TICKS_PER_MS = 250

/** The secrets of a 4-tuple, by a keyed function: nobody outside can compute them (MUST-9). */
export interface TupleSecrets {
  /** ISS = M + F(4-tuple, secret), RFC 6528 §3. */
  readonly iss: Seq
  /** The offset of TSval from the clock: the same for a 4-tuple each time, so that TSval grows (RFC 6191 §3). */
  readonly tsOffset: number
}

const drawKey = (random: Random): Uint8Array => {
  const key = new Uint8Array(SIPHASH_KEY)
  for (let i = 0; i < SIPHASH_KEY; i += 4) write32(key, i, random.uint32())
  return key
}

/** The longest message: a 4-tuple of IPv6, a sequence number and a counter. */
const WORDS = 4 + 4 + 1 + 2

/**
 * The host's secret of 128 bits (RFC 6528 §3, RFC 6056 §3.4) and the keyed pseudorandom function that both ask for. What
 * it is asked for different purposes differs in length, or has a port that no connection has; so no answer helps to guess
 * another.
 */
export class Secret {
  readonly #hash: SipHash
  readonly #message = new Int32Array(WORDS)
  readonly #tuple = { iss: 0, tsOffset: 0 }

  /** @param from the key of 16 bytes, or what it is drawn from */
  constructor(from: Random | Uint8Array) {
    this.#hash = new SipHash(from instanceof Uint8Array ? from : drawKey(from))
  }

  /** Two numbers of 32 bits that nobody outside can tell from chance, others for each counter. */
  numbers(counter: number): { readonly low: number; readonly high: number } {
    this.#message[0] = counter
    return this.#hash.hash(this.#message, 1)
  }

  /** 32 bits of a connection, what the peer's SYN was numbered, and a counter: for SYN cookies. */
  cookie(flow: Flow, irs: Seq, counter: number): number {
    const words = this.#putTuple(flow.localAddress, flow.remoteAddress, flow.ports)
    this.#message[words] = irs
    this.#message[words + 1] = counter
    return this.#hash.hash(this.#message, words + 2).low
  }

  /** 8 bytes of an address and a counter: fast open's cookies. */
  fastOpen(address: Address, counter: number): Uint8Array {
    let words = this.#putAddress(0, address)
    this.#message[words++] = counter
    // With a word more IPv6's message is as long as no other.
    if (words > 2) this.#message[words++] = 0
    const { low, high } = this.#hash.hash(this.#message, words)
    const cookie = new Uint8Array(8)
    write32(cookie, 0, low)
    write32(cookie, 4, high)
    return cookie
  }

  /** 64 bits of a 4-tuple. Good until the next call. */
  tuple(
    localAddress: Address,
    remoteAddress: Address,
    ports: number,
  ): { readonly low: number; readonly high: number } {
    return this.#hash.hash(this.#message, this.#putTuple(localAddress, remoteAddress, ports))
  }

  /** Good until the next call. @param now ms on the host's clock */
  of({ localAddress, remoteAddress, ports }: Flow, now: number): TupleSecrets {
    const { low, high } = this.tuple(localAddress, remoteAddress, ports)
    this.#tuple.iss = (Math.floor(now * TICKS_PER_MS) + low) | 0
    this.#tuple.tsOffset = high
    return this.#tuple
  }

  /** The place from which to look for an ephemeral port: 32 bits, positive (RFC 6056 §3.3.3). */
  portOffset(localAddress: Address, remoteAddress: Address, remotePort: number): number {
    const words = this.#putTuple(localAddress, remoteAddress, portsOf(0, remotePort))
    return this.#hash.hash(this.#message, words).low >>> 0
  }

  /** Begins the message with a 4-tuple. Returns how many words that are. */
  #putTuple(local: Address, remote: Address, ports: number): number {
    const words = this.#putAddress(this.#putAddress(0, local), remote)
    this.#message[words] = ports
    return words + 1
  }

  /** Puts an address into the message at `at`. Returns where the next word goes. */
  #putAddress(at: number, address: Address): number {
    if (isIpv4(address)) {
      this.#message[at] = address
      return at + 1
    }
    const bytes = ipv6Bytes(address)
    for (let n = 0; n < 4; n++) this.#message[at + n] = read32(bytes, 4 * n)
    return at + 4
  }
}
