/** ECN's fall-back beyond one connection: destinations to which SYNs that ask for it vanish. */
import type { Connection } from '../tcp/block/connection.ts'
import type { TcpOptions } from '../tcp/block/options.ts'
import { asks } from '../tcp/ecn/negotiation.ts'
import type { Address } from '../wire/address.ts'
import { BackOff } from './back-off.ts'

/** Destinations that are remembered. */
const MOST = 1024

/**
 * Destinations towards which SYNs that ask for ECN vanish: connections to them do not ask for a while, as each would wait for two
 * timeouts first (RFC 9768 §3.1.4.1 leaves it to the implementer).
 */
export class EcnFailures {
  readonly #backOff: BackOff

  /** @param first the time for which a destination is spared after one failure, ms */
  constructor(first: number) {
    this.#backOff = new BackOff(MOST, first)
  }

  /** The options of a connection that is about to be opened: those given, without ECN where that has failed. */
  optionsFor(
    options: Readonly<TcpOptions>,
    local: Address,
    remote: Address,
    now: number,
  ): Readonly<TcpOptions> {
    if (asks(options) === 'none' || this.#backOff.mayTry(keyOf(local, remote), now)) return options
    return Object.freeze({ ...options, ecn: 'off' })
  }

  /** The SYN,ACK to a SYN of ours has come; `passed`: one that asked has got through. */
  answered({ localAddress, remoteAddress }: Connection, passed: boolean, now: number): void {
    const key = keyOf(localAddress, remoteAddress)
    if (passed) this.#backOff.succeeded(key)
    else this.#backOff.failed(key, now)
  }
}

const keyOf = (local: Address, remote: Address): string => `${local} ${remote}`
