/** The messages between a page and the stack that it shows. */

import type { TcpOptions } from '../tcp/block/options.ts'
import type { State } from '../tcp/state.ts'

/** The stack that is shown, and the orders that it takes. */
export interface About {
  /** Another one for each process: numbers of events begin anew. */
  readonly epoch: string
  readonly name: string
  readonly device: string
  readonly address: string
  readonly hostAddress: string
  /** Events that a page keeps. */
  readonly events: number
  /** The offset from the host's clock to milliseconds since 1970. */
  readonly wallClockOffset: number
  readonly can: {
    /** Faults may be set on its link. */
    readonly faults: boolean
    readonly options: boolean
    readonly capture: boolean
    readonly reset: boolean
  }
}

/** A connection or a listener that is there when the page comes. */
export interface Present {
  /** The number of its host. */
  readonly host: number
  readonly localAddress: string
  readonly localPort: number
  readonly remoteAddress: string
  /** 0 for a listener. */
  readonly remotePort: number
  readonly active: boolean
  readonly state: State
  /** The time that it has been in the state, ms. */
  readonly stateAge: number
}

/** Some of the connections that there are when a page comes, or comes back. */
export interface PresentPart {
  /** The time at which they were looked at, ms. */
  readonly time: number
  readonly connections: readonly Present[]
  /** True when there are no more. */
  readonly last: boolean
}

/** The settings of the stack, whenever they change. */
export interface Settings {
  /** The faults of each direction, as the orders of `tuntcp fault` have them; null where none can be set. */
  readonly faults: unknown
  readonly options: Partial<TcpOptions>
  /** The names that the option `congestionControl` takes, those of the program's own too. */
  readonly controllers: readonly string[]
  /** The file that is being written, or null. */
  readonly capture: string | null
  /** The capture that was ended last, and can be fetched. */
  readonly captured: string | null
}

/** The options of new connections that a page may set. */
export const SETTABLE = [
  'msl',
  'minRto',
  'initialRto',
  'maxRto',
  'delayedAck',
  'noDelay',
  'sack',
  'timestamps',
  'congestionControl',
  'finWait2Timeout',
] as const satisfies readonly (keyof TcpOptions)[]

/**
 * The messages of a page to /orders: `{ do: 'options', tcp }`, `{ do: 'capture', on }`, `{ do: 'reset', localPort, … }`, or an
 * order about faults.
 */
export interface Order {
  readonly do: string
  readonly [name: string]: unknown
}
