/** The messages of a command and the workers of its pool, beside the pool's own. */
import type { LogLevel } from '../trace/log.ts'

/** All that a worker of `tuntcp serve` begins with. */
export interface WorkerOrders {
  readonly services: readonly { readonly name: string; readonly port: number }[]
  readonly logLevel: LogLevel
  readonly pretty: boolean | undefined
  /** True when the log goes to a terminal. */
  readonly isTTY: boolean
  /** The interfaces of a capture, in its order; null without one. */
  readonly capture: readonly string[] | null
}

/** A block of a capture, and the time that it is about, ms on the pool's clock. */
export interface TimedBlock {
  readonly time: number
  readonly bytes: Uint8Array
}

/** Blocks of a worker's capture: all that are about a time before `until`. */
export interface CaptureReport {
  readonly blocks: readonly TimedBlock[]
  readonly until: number
}

/** From a worker. */
export type WorkerReport = { readonly log: string } | CaptureReport

/** To a worker, by the pool's questions: an order about faults. */
export interface FaultQuestion {
  readonly fault: unknown
  /** The number of packets of `drop-next`, which all workers share. */
  readonly left?: Int32Array
}
