import type { Clock, Random } from '../base/clock.ts'
import type { Link } from '../ip/link.ts'
import type { CallRecorder } from '../tcp/block/call-recorder.ts'
import type { Connection } from '../tcp/block/connection.ts'
import type { Address } from '../wire/address.ts'
import type { Listener } from './listener.ts'
import type { ConnectOptions, HostOptions, ListenOptions } from './options.ts'

/**
 * Stands between a host and all of its input: time, randomness, packets, calls. A recording of that can have the same
 * host do the same again.
 */
export interface InputRecorder extends CallRecorder {
  /** The host begins. @returns the clock and the randomness that it is to have */
  begin(given: HostOptions): { readonly clock: Clock; readonly random: Random }
  /** @returns the link that the host is to have */
  attach(link: Link, addresses: readonly string[]): Link
  connect(remoteAddress: Address, remotePort: number, given: ConnectOptions): void
  /** A connection of connect() is there, and does nothing yet. */
  connected(c: Connection): void
  listen(localAddress: Address, port: number, given: ListenOptions): void
  listening(listener: Listener): void
  accepted(listener: Listener, c: Connection): void
  closing(what: Listener | 'host'): void
}
