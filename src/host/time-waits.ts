import { LinkedList, type ListEntry } from '../base/linked-list.ts'
import type { Flow } from '../ip/flow.ts'
import type { Connection } from '../tcp/block/connection.ts'
import type { Environment } from '../tcp/block/environment.ts'
import type { Cause } from '../tcp/block/events.ts'
import { armTimeWait, endTimeWait, TimeWait } from '../tcp/time-wait.ts'
import type { ConnectionTable } from './connection-table.ts'
import type { TableEntry } from './half-open/half-opens.ts'

/** The records that connections in TIME-WAIT have left in their place, the oldest first. */
export class TimeWaits {
  readonly #env: Environment
  readonly #connections: ConnectionTable<TableEntry>
  readonly #most: number
  readonly #gone: (flow: Flow) => void
  readonly #records = new LinkedList<TimeWait>()

  /**
   * @param most records that are kept; the oldest ends for one more
   * @param gone hears of each flow that has neither connection nor record any more
   */
  constructor(
    env: Environment,
    connections: ConnectionTable<TableEntry>,
    most: number,
    gone: (flow: Flow) => void,
  ) {
    this.#env = env
    this.#connections = connections
    this.#most = most
    this.#gone = gone
  }

  /** `record` takes the place of the connection. */
  begin(c: Connection, record: TimeWait): void {
    this.#connections.delete(c)
    if (this.#most === 0) {
      this.#gone(c)
      return
    }
    if (this.#records.size >= this.#most) {
      const oldest = this.#records.first
      if (oldest !== null) this.end(oldest, 'ABORT', 'segment')
    }
    this.#connections.add(record)
    record.place = this.#records.add(record)
    armTimeWait(this.#env, record)
  }

  end(record: TimeWait, event: '2MSL timeout' | 'SYN reuses TIME_WAIT' | 'ABORT', cause: Cause): void {
    endTimeWait(this.#env, record, event, cause)
    this.#connections.delete(record)
    this.#gone(record)
    this.#records.delete(record.place as ListEntry<TimeWait>)
  }

  /** The user aborts a connection in TIME-WAIT: its record ends, if it is still there. */
  abort(c: Connection): void {
    const record = this.#connections.of(c)
    // Another incarnation may be in the same place by now.
    if (record instanceof TimeWait && record.sndNxt === c.snd.nxt && record.rcvNxt === c.rcv.nxt)
      this.end(record, 'ABORT', 'call')
  }
}
