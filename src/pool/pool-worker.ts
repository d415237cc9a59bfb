/** A worker as its pool sees it: a thread that begins, answers and ends. */
import type { MessagePort, Transferable, Worker } from 'node:worker_threads'
import { patiently } from '../net/patience.ts'
import { LONGEST_DELAY, realNow } from '../net/real-timers.ts'
import type { ConnectionStatus } from '../tcp/status.ts'
import type { FromWorker, StatusRest, ToWorker, WorkerStatus } from './messages.ts'

/** The end of a thread. */
export interface ThreadEnd {
  /** The code that it exited with. */
  readonly code: number
  /** The exception that ended it, if one did. */
  readonly error: unknown
}

/** Omit of each member of a union. */
type Unnumbered<M> = M extends { readonly id: number } ? Omit<M, 'id'> : never

/** The time that a worker may take to tell of its state, and as long again between two parts of that, ms. */
export const PATIENCE = 5000

/** Calls back after a time, ms. @returns what calls it off */
export type After = (ms: number, callback: () => void) => () => void

/** A question that waits for its answer. */
interface Waiting {
  /** It is waited for no longer. */
  heard(): void
  resolve(answer: unknown): void
  reject(error: unknown): void
  /** Takes what comes before the answer. */
  rows(part: readonly ConnectionStatus[]): void
}

export class PoolWorker {
  readonly thread: Worker
  readonly index: number
  /** Resolves when its module has done what it does at the start; rejects with what ended it before. */
  readonly ready: Promise<void>
  readonly ended: Promise<ThreadEnd>
  /** The time at which it was ready, ms; NaN before. */
  #readyAt = Number.NaN
  readonly #control: MessagePort
  readonly #waiting = new Map<number, Waiting>()
  readonly #after: After
  #next = 0

  /**
   * @param index the number of the worker
   * @param lost hears that the device is gone
   */
  constructor(
    thread: Worker,
    index: number,
    control: MessagePort,
    lost: (message: string, code: string) => void,
    after: After = patiently,
  ) {
    this.thread = thread
    this.index = index
    this.#control = control
    this.#after = after
    let error: unknown
    thread.on('error', thrown => {
      error = thrown
    })
    this.ended = new Promise(resolve =>
      thread.once('exit', code => {
        control.close()
        for (const { heard, resolve: answer } of this.#waiting.values()) {
          heard()
          answer(undefined)
        }
        this.#waiting.clear()
        resolve({ code, error })
      }),
    )
    this.ready = new Promise((resolve, reject) => {
      void this.ended.then(({ code }) => reject(error ?? new Error(`a worker has exited with code ${code}`)))
      control.on('message', (message: FromWorker) => {
        if (message.type === 'ready') {
          this.#readyAt = realNow()
          resolve()
        } else if (message.type === 'lost') lost(message.message, message.code)
        else this.#answered(message)
      })
    })
    // A pool that does not wait for it hears of the end.
    this.ready.catch(() => {})
    // The thread keeps the process, its port does not.
    control.unref()
  }

  get isReady(): boolean {
    return !Number.isNaN(this.#readyAt)
  }

  /** The time since it was ready, ms; NaN when it is not. */
  get age(): number {
    return realNow() - this.#readyAt
  }

  tell(message: ToWorker, transfer: readonly Transferable[] = []): void {
    this.#control.postMessage(message, transfer)
  }

  /**
   * @returns what its stack has and does; undefined when it ends first
   * @throws Error that names it when it does not answer
   */
  async status(): Promise<WorkerStatus | undefined> {
    const parts: (readonly ConnectionStatus[])[] = []
    const rest = (await this.#ask({ type: 'status' }, PATIENCE, part => parts.push(part))) as
      | StatusRest
      | undefined
    return rest && { ...rest, connections: parts.flat() }
  }

  /**
   * @param timeout how long its answer may take, ms
   * @returns what its module answers; undefined when it ends first, or answers nothing
   * @throws Error that names it when the answer takes longer
   */
  question(question: unknown, timeout = Number.POSITIVE_INFINITY): Promise<unknown> {
    return this.#ask({ type: 'question', question }, timeout)
  }

  #ask(message: Unnumbered<ToWorker>, timeout: number, rows: Waiting['rows'] = () => {}): Promise<unknown> {
    const id = this.#next++
    return new Promise((resolve, reject) => {
      const silent = () => {
        this.#waiting.delete(id)
        reject(
          new Error(`worker ${this.index} has not answered for ${timeout / 1000} s: it is busy, or hangs`),
        )
      }
      const wait = () => (timeout <= LONGEST_DELAY ? this.#after(timeout, silent) : () => {})
      let heard = wait()
      const part: Waiting['rows'] = some => {
        heard()
        heard = wait()
        rows(some)
      }
      this.#waiting.set(id, { resolve, reject, rows: part, heard: () => heard() })
      this.tell({ ...message, id })
    })
  }

  #answered(message: Extract<FromWorker, { readonly id: number }>): void {
    const waiting = this.#waiting.get(message.id)
    if (message.type === 'rows') {
      waiting?.rows(message.rows)
      return
    }
    this.#waiting.delete(message.id)
    waiting?.heard()
    if (message.type === 'answer') waiting?.resolve(message.answer)
    else waiting?.reject(message.error)
  }
}
