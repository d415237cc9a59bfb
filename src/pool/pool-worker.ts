/** A worker as its pool sees it: a thread that begins, answers and ends. */
import type { MessagePort, Transferable, Worker } from 'node:worker_threads'
import { realNow } from '../net/real-timers.ts'
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

/** A question that waits for its answer. */
interface Waiting {
  resolve(answer: unknown): void
  reject(error: unknown): void
  /** Takes what comes before the answer. */
  rows(part: readonly ConnectionStatus[]): void
}

export class PoolWorker {
  readonly thread: Worker
  /** Resolves when its module has done what it does at the start; rejects with what ended it before. */
  readonly ready: Promise<void>
  readonly ended: Promise<ThreadEnd>
  /** When it was ready, ms; NaN before. */
  #readyAt = Number.NaN
  readonly #control: MessagePort
  readonly #waiting = new Map<number, Waiting>()
  #next = 0

  /** @param lost hears that the device is gone */
  constructor(thread: Worker, control: MessagePort, lost: (message: string, code: string) => void) {
    this.thread = thread
    this.#control = control
    let error: unknown
    thread.on('error', thrown => {
      error = thrown
    })
    this.ended = new Promise(resolve =>
      thread.once('exit', code => {
        control.close()
        for (const { resolve: answer } of this.#waiting.values()) answer(undefined)
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

  /** @returns what its stack has and does; undefined when it ends first */
  async status(): Promise<WorkerStatus | undefined> {
    const parts: (readonly ConnectionStatus[])[] = []
    const rest = (await this.#ask({ type: 'status' }, part => parts.push(part))) as StatusRest | undefined
    return rest && { ...rest, connections: parts.flat() }
  }

  /** @returns what its module answers; undefined when it ends first, or answers nothing */
  question(question: unknown): Promise<unknown> {
    return this.#ask({ type: 'question', question })
  }

  #ask(message: Unnumbered<ToWorker>, rows: Waiting['rows'] = () => {}): Promise<unknown> {
    const id = this.#next++
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, rows })
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
    if (message.type === 'answer') waiting?.resolve(message.answer)
    else waiting?.reject(message.error)
  }
}
