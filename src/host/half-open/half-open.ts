import { WheelEntry } from '../../base/timing-wheel.ts'
import { type Flow, localPortOf, remotePortOf } from '../../ip/flow.ts'
import type { TcpOptions } from '../../tcp/block/options.ts'
import type { Address } from '../../wire/address.ts'
import type { Listener } from '../listener.ts'

/** The listener that connections have come to, and the options that it had then. One for all of them. */
export interface Terms {
  readonly listener: Listener
  readonly options: Readonly<TcpOptions>
}

/**
 * A half-open connection that is packed: the entry of a SYN cache (RFC 4987 §3.5). It stands in for the control block in the
 * host's table, and for the block's retransmission timer in the timing wheel, so that it needs neither.
 */
export class HalfOpen extends WheelEntry {
  readonly localAddress: Address
  readonly remoteAddress: Address
  readonly ports: number
  readonly terms: Terms
  /** The row of its numbers. */
  readonly row: number

  constructor({ localAddress, remoteAddress, ports }: Flow, terms: Terms, row: number) {
    super()
    this.localAddress = localAddress
    this.remoteAddress = remoteAddress
    this.ports = ports
    this.terms = terms
    this.row = row
  }

  get localPort(): number {
    return localPortOf(this.ports)
  }

  get remotePort(): number {
    return remotePortOf(this.ports)
  }
}
