/** A pool of stacks: one address, a queue of the device and a thread for each stack. */
import { randomFillSync } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { MessageChannel, Worker } from 'node:worker_threads'
import { sum, together } from '../base/sums.ts'
import { openTun, TunError, TunLink } from '../link/tun.ts'
import { clearTimeout, LONGEST_DELAY, monotonicNow, setTimeout } from '../net/real-timers.ts'
import { GRACE } from '../net/stack.ts'
import type { ConnectionStatus } from '../tcp/status.ts'
import { checkOptions, NUMBER } from '../wire/option-kinds.ts'
import { bury } from './member.ts'
import type { WorkerStart, WorkerStatus } from './messages.ts'
import { type PoolSettings, poolSettings, type StackPoolOptions } from './options.ts'
import { PoolWorker, type ThreadEnd } from './pool-worker.ts'
import { createShared, type PoolShared } from './shared.ts'
import { wayOver } from './way.ts'

/** A worker that has lived for so long (ms) has a successor at once; each that has not, after twice the time. */
const STEADY = 1000
const FIRST_PAUSE = 100
const LONGEST_PAUSE = 10_000
/** A worker that is told to close has its connections' time, and so much for itself, ms. Then it is stopped. */
const LATE = 5000
/** One that is yet to begin has so much for itself, ms: to stop it in the midst of a long import may abort the process, see worker.ts. */
const LATE_TO_BEGIN = 60_000

/** The end of a worker. */
export interface WorkerEnd extends ThreadEnd {
  readonly worker: number
}

/** The numbers of all stacks of a pool, added up. */
export interface PoolStatus extends WorkerStatus {
  /** Listeners, connections and TIME-WAIT records of all workers; a port that all listen at is there as often. */
  readonly connections: readonly ConnectionStatus[]
}

interface PoolEvents {
  /** A worker has ended that nobody has told to. Its connections are gone; a successor begins. */
  exit: [WorkerEnd]
  /** A successor has begun, its module's function has returned. */
  restart: [worker: number]
}

/** Stacks in threads of their own, behind one address; made by {@link createStackPool}. */
export class StackPool extends EventEmitter<PoolEvents> {
  /** The device, whose queues the workers have. */
  readonly tun: TunLink
  readonly size: number
  readonly #options: StackPoolOptions
  readonly #settings: PoolSettings
  readonly #shared: PoolShared
  /** The moment at which the clock of all workers is 0. */
  readonly #origin = monotonicNow()
  readonly #since = Date.now()
  readonly #workers: (PoolWorker | null)[]
  /** For each worker, how long its next successor waits, ms. */
  readonly #pauses: number[]
  /** All have begun: from now on each that ends has a successor. */
  #started = false
  #lost = false
  #closing: Promise<void> | null = null

  /** @internal */
  constructor(options: StackPoolOptions, settings: PoolSettings, tun: TunLink) {
    super()
    const { workers, flows } = settings
    this.tun = tun
    this.size = workers
    this.#options = options
    this.#settings = settings
    this.#shared = createShared({ workers, flows }, randomFillSync)
    this.#workers = new Array(workers).fill(null)
    this.#pauses = new Array(workers).fill(0)
  }

  /** @internal Starts all workers. Without one of them there is no pool. */
  async start(): Promise<void> {
    try {
      await Promise.all(this.#workers.map(async (_, index) => this.#begin(index).ready))
      this.#started = true
    } catch (error) {
      await this.close({ grace: 0 })
      throw error
    }
  }

  /** The threads that run, by number; null where a worker is dead and has no successor yet. */
  get threads(): readonly (Worker | null)[] {
    return this.#workers.map(worker => worker?.thread ?? null)
  }

  /**
   * The state of all stacks, added up. A worker that dies meanwhile is left out.
   * @throws Error (a promise of it) that names a worker which says nothing for five seconds
   */
  async status(): Promise<PoolStatus> {
    const all = await this.#ask(worker => worker.status())
    return {
      connections: all.flatMap(({ connections }) => connections),
      counters: together(all.map(({ counters }) => counters)),
      drops: together(all.map(({ drops }) => drops)),
      timers: sum(all.map(({ timers }) => timers)),
      memory: together(all.map(({ memory }) => memory)),
      device: together(all.map(({ device }) => device)),
    }
  }

  /** Listeners, connections and TIME-WAIT records of all workers. */
  async connections(): Promise<readonly ConnectionStatus[]> {
    return (await this.status()).connections
  }

  /**
   * Asks the module of each worker that lives (`answer` of what its function has returned). Question and answers are copied.
   * @param options timeout: how long an answer may take, ms; default for ever
   * @throws Error (a promise of it) that names a worker whose answer takes longer
   */
  async ask(question: unknown, options: { readonly timeout?: number } = {}): Promise<unknown[]> {
    checkOptions('options', options, { timeout: NUMBER })
    return this.#ask(worker => worker.question(question, options.timeout))
  }

  /**
   * Closes the stacks of all workers as `stack.close()` does, ends their threads, and closes the device.
   * @param options grace: how long connections may take, ms; 0: not at all
   * @throws TypeError for what is no number
   */
  close(options: { readonly grace?: number } = {}): Promise<void> {
    checkOptions('options', options, { grace: NUMBER })
    this.#closing ??= this.#close(options.grace)
    return this.#closing
  }

  async #close(grace: number | undefined): Promise<void> {
    const workers = this.#workers.filter(worker => worker !== null)
    await Promise.all(
      workers.map(async worker => {
        // One whose module begins ends by itself, too: to terminate it may abort the process, see worker.ts.
        worker.tell({ type: 'close', grace })
        const wait = Math.min(LONGEST_DELAY, (grace ?? GRACE) + (worker.isReady ? LATE : LATE_TO_BEGIN))
        const late = setTimeout(() => void worker.thread.terminate(), wait)
        await worker.ended
        clearTimeout(late)
      }),
    )
    this.tun.closeAll()
  }

  async #ask<T>(asked: (worker: PoolWorker) => Promise<T | undefined>): Promise<T[]> {
    const workers = this.#workers.filter(worker => worker?.isReady === true) as PoolWorker[]
    return (await Promise.all(workers.map(asked))).filter(answer => answer !== undefined)
  }

  /** Starts a worker. @throws when there can be no thread */
  #begin(index: number): PoolWorker {
    const queue = this.tun.queues[index]!
    const { address, tcp, ip, memory, module } = this.#settings
    const { data, faults = false, onThread } = this.#options
    const control = new MessageChannel()
    // Each pair of workers has a way of its own.
    const ways = this.#workers.map(other => (other === null ? null : wayOver(new MessageChannel())))
    const neighbors = ways.map(way => way?.[0] ?? null)
    const start: WorkerStart = {
      index,
      shared: this.#shared,
      queue: queue.share(),
      address,
      tcp,
      ip,
      memory,
      origin: this.#origin,
      since: this.#since,
      faults,
      module,
      data,
      control: control.port2,
      neighbors,
    }
    const thread = new Worker(new URL('./worker.js', import.meta.url), {
      workerData: start,
      transferList: [control.port2, ...neighbors.flatMap(end => end?.port ?? [])],
    })
    const worker = new PoolWorker(thread, index, control.port1, (message, code) =>
      this.#deviceLost(message, code),
    )
    this.#workers[index] = worker
    for (const [other, way] of ways.entries())
      if (way !== null) this.#workers[other]!.tell({ type: 'neighbor', index, way: way[1] }, [way[1].port])
    void worker.ended.then(end => this.#ended(index, worker, end))
    onThread?.(thread, index)
    return worker
  }

  #deviceLost(message: string, code: string): void {
    if (this.#lost) return
    this.#lost = true
    this.#options.onError?.(new TunError(message, code, 'read'))
  }

  /** A worker has ended: it takes its own connections with it, and nobody else's. */
  #ended(index: number, worker: PoolWorker, end: ThreadEnd): void {
    this.#workers[index] = null
    // The others get its packets, and answer them as the flows of nobody that they are from now on.
    if (worker.isReady) this.#steer(index, false)
    bury(this.#shared, index)
    if (this.#started && this.#closing === null) this.#replace(index, worker.age, end)
  }

  /** A successor of one that was ready for so long (ms) is on its way. */
  #replace(index: number, age: number, { code, error }: ThreadEnd): void {
    const pause = this.#pauses[index]!
    this.#pauses[index] = age >= STEADY ? 0 : Math.min(LONGEST_PAUSE, Math.max(FIRST_PAUSE, 2 * pause))
    if (!this.emit('exit', { worker: index, code, error }))
      process.emitWarning(
        `worker ${index} of a stack pool has ended (${error === undefined ? `exit code ${code}` : String(error)}), and its connections with it; another takes its place`,
        'StackPoolWarning',
      )
    setTimeout(() => this.#succeed(index), this.#pauses[index])
  }

  async #succeed(index: number): Promise<void> {
    if (this.#closing !== null) return
    let worker: PoolWorker
    try {
      worker = this.#begin(index)
    } catch (error) {
      // There is no thread that could end: the machine has no memory for one, perhaps.
      this.#replace(index, 0, { code: 1, error })
      return
    }
    try {
      await worker.ready
    } catch {
      // It has ended again: another one follows.
      return
    }
    this.#steer(index, true)
    this.emit('restart', index)
  }

  /** Has the kernel give packets to a worker's queue, or to those of the others alone. */
  #steer(index: number, on: boolean): void {
    if (this.size === 1 || this.#lost || this.#closing !== null) return
    try {
      this.tun.queues[index]!.steer(on)
    } catch (error) {
      if (error instanceof TunError) this.#deviceLost(error.message, error.code)
      else throw error
    }
  }
}

/**
 * Starts a pool: opens the device with a queue for each worker, and runs the module in each. Resolves when all are ready.
 * @throws as `openTun`; RangeError, TypeError for a bad option; what a module throws at the start
 */
export const createStackPool = async (options: StackPoolOptions): Promise<StackPool> => {
  const settings = poolSettings(options)
  const { tun = {} } = options
  const device = tun instanceof TunLink ? tun : openTun({ ...tun, queues: settings.workers })
  if (device.queues.length !== settings.workers)
    throw new RangeError(
      `a device with a queue for each of ${settings.workers} workers is needed, not one of ${device.queues.length}: open it with { queues: ${settings.workers} }`,
    )
  const pool = new StackPool(options, settings, device)
  await pool.start()
  return pool
}
