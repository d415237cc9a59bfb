import type { PacketView } from '../link/path/packet-view.ts'
import { type FlagName, hasFlag, type Predicate } from '../link/path/script.ts'
import { badType, badValue, outOfRange } from '../net/errors.ts'
import { checkNames, type NamesOf } from '../wire/names.ts'
import { checkFamily } from './family.ts'

/**
 * The packets that are lost; those that are not TCP only where nothing but ends and `match` are named. An end is a host of
 * a network.
 */
export interface DropNextOptions<End = unknown> {
  /** Sent by this one; default any. */
  readonly from?: End
  /** Sent to this one; default any. */
  readonly to?: End
  /** Packets of IPv4, or of IPv6; default any. */
  readonly family?: 4 | 6
  /** Segments with this flag, or with all of these, whatever others they have. */
  readonly flags?: FlagName | readonly FlagName[]
  /** Segments with text (true), or without (false). */
  readonly data?: boolean
  /** Anything else: `script.isPureAck`, or a function of the packet. */
  readonly match?: Predicate
  /** The number of packets; default 1. */
  readonly count?: number
}

const OPTIONS: NamesOf<DropNextOptions> = {
  from: true,
  to: true,
  family: true,
  flags: true,
  data: true,
  match: true,
  count: true,
}

export const FLAG_NAMES: readonly string[] = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG', 'ECE', 'CWR']

/** The number of packets that are still to be dropped, in memory that several threads may share. */
export const dropCounter = (count: number, memory: ArrayBufferLike = new ArrayBuffer(4)): Int32Array => {
  const left = new Int32Array(memory)
  left[0] = Math.min(count, 2 ** 31 - 1)
  return left
}

/** A number of packets that are to be lost. */
export class DropNext<End = unknown> {
  /** The number of packets dropped so far. */
  dropped = 0
  /** One number: the packets still to be dropped, by all links that share it. */
  readonly #left: Int32Array
  readonly #options: DropNextOptions<End>
  readonly #hasFlags: Predicate | null

  /**
   * @param left the number of packets, where links of several threads share it
   * @throws TypeError ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE; RangeError ERR_OUT_OF_RANGE for the count
   */
  constructor(options: DropNextOptions<End>, left?: Int32Array) {
    if (typeof options !== 'object' || options === null)
      throw badType('options', "an object, such as { flags: 'FIN' }", options)
    checkNames('options', options, OPTIONS)
    const { count = 1, family, flags, match, data } = options
    checkFamily('options.family', family)
    if (!(Number.isInteger(count) && count >= 1))
      throw outOfRange('options.count', 'an integer of 1 or more', count)
    const names = flags === undefined ? [] : typeof flags === 'string' ? [flags] : flags
    for (const name of names)
      if (!FLAG_NAMES.includes(name))
        throw badValue(
          `The property 'options.flags' must be of ${FLAG_NAMES.join(', ')}. Received '${String(name)}'`,
        )
    if (match !== undefined && typeof match !== 'function')
      throw badType('options.match', 'a function of a packet', match)
    if (data !== undefined && typeof data !== 'boolean')
      throw badType('options.data', 'of type boolean', data)
    this.#options = options
    this.#hasFlags = names.length === 0 ? null : hasFlag(...names)
    this.#left = left ?? dropCounter(count)
  }

  /** The number of packets still to be dropped. */
  get remaining(): number {
    return Math.max(0, Atomics.load(this.#left, 0))
  }

  /** Drops no more. */
  cancel(): void {
    Atomics.store(this.#left, 0, 0)
  }

  /** @internal Whether it takes this packet, which counts it. */
  takes(p: PacketView, from: End, to: End): boolean {
    const { data, family, match } = this.#options
    if (this.remaining === 0) return false
    if ((this.#options.from ?? from) !== from || (this.#options.to ?? to) !== to) return false
    if (family !== undefined && p.family !== family) return false
    if (this.#hasFlags !== null && !this.#hasFlags(p)) return false
    if (data !== undefined && (!p.tcp || p.length > 0 !== data)) return false
    if (match !== undefined && !match(p)) return false
    // Another thread may have had the last one meanwhile.
    if (Atomics.sub(this.#left, 0, 1) <= 0) {
      this.cancel()
      return false
    }
    this.dropped++
    return true
  }
}
