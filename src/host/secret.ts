import { blake2s } from '@noble/hashes/blake2.js'
import type { Address } from '../wire/address.ts'
import { read32, write16, write32 } from '../wire/ipv4.ts'
import type { Seq } from '../wire/sequence.ts'
import type { Random } from './clock.ts'

/** RFC 6528 §3: the ISN's clock ticks every 4 microseconds. */
const TICKS_PER_MS = 250

/** What the keyed function says of a 4-tuple: nobody outside can compute it (MUST-9). */
export interface TupleSecrets {
  /** ISS = M + F(4-tuple, secret), RFC 6528 §3. */
  readonly iss: Seq
  /** What is added to the clock for TSval: the same for a 4-tuple each time, so that it grows (RFC 6191 §3). */
  readonly tsOffset: number
  /** Where to begin to look for an ephemeral port (RFC 6056 §3.3.3). */
  readonly portOffset: number
}

/** The host's secret of 256 bits and the keyed pseudorandom function that RFC 6528 asks for: BLAKE2s. */
export class Secret {
  readonly #key = new Uint8Array(32)
  readonly #input = new Uint8Array(12)
  readonly #cookieInput = new Uint8Array(20)
  readonly #fastOpenInput = new Uint8Array(8)
  readonly #blockInput = new Uint8Array(32 + 4)

  constructor(random: Random) {
    for (let i = 0; i < 32; i += 4) write32(this.#key, i, random.uint32())
    this.#blockInput.set(this.#key)
  }

  /**
   * 32 bytes that nobody outside can tell from chance, others for each number. The secret stands before the number: as
   * good a key as the parameter of that name, since BLAKE2 can't be extended, and one block less to hash. Every
   * sixteenth packet asks for it.
   */
  block(counter: number): Uint8Array {
    write32(this.#blockInput, 32, counter)
    return blake2s(this.#blockInput)
  }

  /** 32 bits of a connection, what the peer's SYN was numbered, and a counter: for SYN cookies. */
  cookie(
    localAddress: Address,
    localPort: number,
    remoteAddress: Address,
    remotePort: number,
    irs: Seq,
    counter: number,
  ): number {
    const input = this.#cookieInput
    write32(input, 0, localAddress)
    write32(input, 4, remoteAddress)
    write16(input, 8, localPort)
    write16(input, 10, remotePort)
    write32(input, 12, irs)
    write32(input, 16, counter)
    return read32(blake2s(input, { key: this.#key, dkLen: 4 }), 0)
  }

  /** 8 bytes of an address and a counter: fast open's cookies. */
  fastOpen(address: Address, counter: number): Uint8Array {
    const input = this.#fastOpenInput
    write32(input, 0, address)
    write32(input, 4, counter)
    return blake2s(input, { key: this.#key, dkLen: 8 })
  }

  /** @param now ms on the host's clock */
  of(
    localAddress: Address,
    localPort: number,
    remoteAddress: Address,
    remotePort: number,
    now: number,
  ): TupleSecrets {
    const input = this.#input
    write32(input, 0, localAddress)
    write32(input, 4, remoteAddress)
    write16(input, 8, localPort)
    write16(input, 10, remotePort)
    const digest = blake2s(input, { key: this.#key, dkLen: 12 })
    const view = new DataView(digest.buffer, digest.byteOffset)
    return {
      iss: (Math.floor(now * TICKS_PER_MS) + view.getUint32(0)) | 0,
      tsOffset: view.getInt32(4),
      portOffset: view.getUint32(8),
    }
  }
}
