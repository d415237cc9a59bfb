/** The messages of a pool and its workers. */
import type { MessagePort } from 'node:worker_threads'
import type { MemoryOptions } from '../host/memory/options.ts'
import type { MemoryStatus } from '../host/memory/status.ts'
import type { IpOptions } from '../ip/options.ts'
import type { SharedQueue, TunCounters } from '../link/tun-link.ts'
import type { TcpOptions } from '../tcp/block/options.ts'
import type { ConnectionStatus } from '../tcp/status.ts'
import type { PoolShared } from './shared.ts'
import type { WayEnd } from './way.ts'

/** All that a worker begins with. */
export interface WorkerStart {
  readonly index: number
  readonly shared: PoolShared
  readonly queue: SharedQueue
  readonly address: readonly string[]
  readonly tcp: Partial<TcpOptions>
  readonly ip: Partial<IpOptions>
  readonly memory: Partial<MemoryOptions>
  /** The origin of the clock that all share, see shared-clock.ts. */
  readonly origin: number
  /** The same moment, ms since 1970. */
  readonly since: number
  /** True when its link can have faults. */
  readonly faults: boolean
  readonly module: string
  readonly data: unknown
  /** To and from the pool. */
  readonly control: MessagePort
  /** To and from the workers that are there already, by number. */
  readonly neighbors: readonly (WayEnd | null)[]
}

/** From the pool to a worker. */
export type ToWorker =
  /** Another worker has begun. */
  | { readonly type: 'neighbor'; readonly index: number; readonly way: WayEnd }
  | { readonly type: 'status'; readonly id: number }
  | { readonly type: 'question'; readonly id: number; readonly question: unknown }
  | { readonly type: 'close'; readonly grace: number | undefined }

/** From a worker to the pool. */
export type FromWorker =
  | { readonly type: 'ready' }
  | { readonly type: 'lost'; readonly message: string; readonly code: string }
  /** A part of the connections that the status with this number tells of. */
  | { readonly type: 'rows'; readonly id: number; readonly rows: readonly ConnectionStatus[] }
  | { readonly type: 'answer'; readonly id: number; readonly answer: unknown }
  | { readonly type: 'refusal'; readonly id: number; readonly error: unknown }

/** A worker's stack at one moment. */
export interface WorkerStatus {
  readonly connections: readonly ConnectionStatus[]
  readonly counters: Readonly<Record<string, number>>
  readonly drops: Readonly<Record<string, number>>
  readonly timers: number
  readonly memory: MemoryStatus
  readonly device: TunCounters
}

/** The same without the connections, which have been told of before. */
export type StatusRest = Omit<WorkerStatus, 'connections'>
