import type { ConnectionView } from '../tcp/block/connection-view.ts'
import type { TimeWait } from '../tcp/time-wait.ts'
import type { Address } from '../wire/address.ts'
import type { ConnectionTable, FlowEnds } from './connection-table.ts'
import { HalfOpen } from './half-open/half-open.ts'
import type { HalfOpens, TableEntry } from './half-open/half-opens.ts'

/**
 * The connections and TIME-WAIT records of a host, as everybody sees them but the host itself. What is got of connections
 * that are half-open is good until the caller returns: later they may be packed.
 */
export interface Connections extends Iterable<ConnectionView | TimeWait> {
  readonly size: number
  get(
    local: Address,
    localPort: number,
    remote: Address,
    remotePort: number,
  ): ConnectionView | TimeWait | null
  /** A flow for each of those that there are now, for {@link read}: whoever has many can ask for one after the other. */
  flows(): Iterable<FlowEnds>
  /** The entry of a flow now, to be read only: nothing that is done to it has to have an effect. Null for none. */
  read(flow: FlowEnds): ConnectionView | TimeWait | null
}

/** A host's table, of which nobody outside sees what is packed. */
export class HostConnections implements Connections {
  readonly #table: ConnectionTable<TableEntry>
  readonly #halfOpens: HalfOpens

  constructor(table: ConnectionTable<TableEntry>, halfOpens: HalfOpens) {
    this.#table = table
    this.#halfOpens = halfOpens
  }

  get size(): number {
    return this.#table.size
  }

  get(
    local: Address,
    localPort: number,
    remote: Address,
    remotePort: number,
  ): ConnectionView | TimeWait | null {
    const found = this.#table.get(local, localPort, remote, remotePort)
    return found instanceof HalfOpen ? this.#halfOpens.unpack(found) : found
  }

  *[Symbol.iterator](): IterableIterator<ConnectionView | TimeWait> {
    for (const entry of this.#table) yield entry instanceof HalfOpen ? this.#halfOpens.unpack(entry) : entry
  }

  flows(): Iterable<FlowEnds> {
    return this.#table.now()
  }

  read(flow: FlowEnds): ConnectionView | TimeWait | null {
    const found = this.#table.of(flow)
    return found instanceof HalfOpen ? this.#halfOpens.copyOf(found) : found
  }
}
