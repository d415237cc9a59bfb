/** The options of a pool, and each worker's share of what is the pool's. */
import { availableParallelism } from 'node:os'
import { isAbsolute } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Worker } from 'node:worker_threads'
import type { FaultyLink } from '../faults/faulty-link.ts'
import { LEAST_MEMORY, type MemoryOptions, memoryOptions } from '../host/memory/options.ts'
import { type IpOptions, ipOptions } from '../ip/options.ts'
import type { TunError, TunLink, TunOptions } from '../link/tun.ts'
import { limitedMemory } from '../net/memory-share.ts'
import type { Stack } from '../net/stack.ts'
import { type TcpOptions, tcpOptions } from '../tcp/block/options.ts'
import {
  ANY,
  checkOptions,
  FLAG,
  FUNCTION,
  type KindsOf,
  NUMBER,
  OBJECT,
  required,
  TEXTS,
} from '../wire/option-kinds.ts'
import { MOST_WORKERS } from './shared.ts'

/** The second argument of a worker's module, beside its stack. */
export interface WorkerContext {
  /** The worker's number, from 0. The successor of one that died has the same. */
  readonly worker: number
  readonly workers: number
  /** The moment, ms since 1970, at which the clock of all stacks of the pool (`stack.host.clock`) is 0. */
  readonly since: number
  /** A copy of the pool's option of that name. */
  readonly data: unknown
  /** The faults of the worker's link; null without the pool's option of that name. */
  readonly faults: FaultyLink | null
}

/** The services of a worker's module to its pool, all optional. */
export interface WorkerUse {
  /** Called when the pool is closed, before the stack is. */
  close?(): void | Promise<void>
  /** Answers `pool.ask()`; question and answer are copied. */
  answer?(question: unknown): unknown
}

/** The default export of a worker's module. */
export type WorkerModule = (
  stack: Stack,
  context: WorkerContext,
) => WorkerUse | undefined | Promise<WorkerUse | undefined>

/** Options of {@link createStackPool}. */
export interface StackPoolOptions {
  /** A URL or an absolute path of the module that each worker runs: its default export is called with the worker's stack (see {@link WorkerModule}). */
  readonly module: URL | string
  /** The options of the device; or a device that is open, with a queue for each worker. The pool closes it. */
  readonly tun?: Omit<TunOptions, 'queues' | 'onError'> | TunLink
  /** The stacks' own address on the device and the network there, such as '192.0.2.2/24'; or several. All have the same. */
  readonly address: string | readonly string[]
  /** Threads, 1 to 32; default as many as the process can use processors at a time. */
  readonly workers?: number
  /** For the modules; copied to each worker. */
  readonly data?: unknown
  /** As of {@link createStack}. */
  readonly tcp?: Partial<TcpOptions>
  /** For the whole pool: each worker has its share of limits and rates. */
  readonly ip?: Partial<IpOptions>
  /** For the whole pool: each worker has its share, rounded up. */
  readonly memory?: Partial<MemoryOptions>
  /** Connections and TIME-WAIT records that one worker may have; default 262,144. Each costs 16 bytes of shared memory. */
  readonly flows?: number
  /** Lets each worker's link have faults (`context.faults`); default false. */
  readonly faults?: boolean
  /** Told of each thread as it begins, the successors of dead ones too. */
  readonly onThread?: (thread: Worker, worker: number) => void
  /** Told once when the device is lost. */
  readonly onError?: (error: TunError) => void
}

const OPTIONS: KindsOf<StackPoolOptions> = {
  module: ANY,
  tun: OBJECT,
  address: required(TEXTS),
  workers: NUMBER,
  data: ANY,
  tcp: OBJECT,
  ip: OBJECT,
  memory: OBJECT,
  flows: NUMBER,
  faults: FLAG,
  onThread: FUNCTION,
  onError: FUNCTION,
}

const FLOWS = 262_144
const MOST_FLOWS = 2 ** 24

/** {@link StackPoolOptions} with their defaults, and each worker's shares. */
export interface PoolSettings {
  readonly workers: number
  readonly flows: number
  readonly module: string
  readonly address: readonly string[]
  readonly tcp: Partial<TcpOptions>
  readonly ip: Partial<IpOptions>
  readonly memory: Partial<MemoryOptions>
}

const wholeNumber = (name: string, value: number, most: number): number => {
  if (Number.isInteger(value) && value >= 1 && value <= most) return value
  throw new RangeError(`${name} must be a whole number from 1 to ${most}, not ${value}`)
}

/** A worker imports the module from a place of its own: a relative name would lead elsewhere than the caller means. */
const moduleUrl = (module: unknown): string => {
  if (module instanceof URL) return module.href
  if (typeof module === 'string') {
    if (isAbsolute(module)) return pathToFileURL(module).href
    if (URL.canParse(module)) return module
  }
  const given = typeof module === 'string' ? `, not '${module}'` : ''
  throw new TypeError(
    `options.module must be a URL, such as new URL('./worker.js', import.meta.url), or an absolute path${given}`,
  )
}

/** @throws RangeError, TypeError for an option that is none, and for values out of bounds */
export const poolSettings = (options: StackPoolOptions): PoolSettings => {
  if (typeof options !== 'object' || options === null)
    throw new TypeError('createStackPool takes its options: { module, address, workers … }')
  checkOptions('options', options, OPTIONS)
  const { module, address, tcp = {}, ip = {}, memory = {} } = options
  const workers = wholeNumber(
    'workers',
    options.workers ?? Math.min(availableParallelism(), MOST_WORKERS),
    MOST_WORKERS,
  )
  const flows = wholeNumber('flows', options.flows ?? FLOWS, MOST_FLOWS)
  tcpOptions(tcp)
  return {
    workers,
    flows,
    module: moduleUrl(module),
    address: typeof address === 'string' ? [address] : address,
    tcp,
    ip: ipShare(ip, workers),
    memory: memoryShareOf(memory, workers),
  }
}

const divided = (value: number, workers: number): number => Math.ceil(value / workers)

/** Options that count something are divided; the others say how long or how large one is. */
const ipShare = (given: Partial<IpOptions>, workers: number): IpOptions => {
  const whole = ipOptions(given)
  return {
    ...whole,
    icmpErrorsPerSecond: divided(whole.icmpErrorsPerSecond, workers),
    icmpErrorBurst: divided(whole.icmpErrorBurst, workers),
    maxDatagrams: divided(whole.maxDatagrams, workers),
  }
}

/** The options of each worker's memory. @throws RangeError, too, where the shares would be less than a stack can live on */
export const memoryShareOf = (given: Partial<MemoryOptions>, workers: number): MemoryOptions => {
  const whole = memoryOptions(limitedMemory(given))
  if (divided(whole.high, workers) < LEAST_MEMORY)
    throw new RangeError(
      `memory option high must be from ${LEAST_MEMORY} bytes for each of ${workers} workers, not ${whole.high}`,
    )
  const parts = Object.entries(whole).map(([name, value]) => [
    name,
    name === 'orphanTime' ? value : divided(value, workers),
  ])
  return memoryOptions(Object.fromEntries(parts))
}
