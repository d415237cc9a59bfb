/** The page's side of the worker that reads captures. */
import { startWorker } from '../page/worker.ts'
import type { Asked, Told } from './messages.ts'

/** A worker that is asked one thing at a time; what is asked while it works waits. */
export class CaptureWorker {
  readonly #worker: Promise<Worker>
  readonly #waiting: ((told: Told) => void)[] = []
  /** Hears how far it is. */
  progress: (read: number, size: number) => void = () => {}

  constructor() {
    this.#worker = startWorker('explain').then(worker => {
      worker.onmessage = ({ data }: MessageEvent<Told>) => {
        if (data.tell === 'progress') this.progress(data.read, data.size)
        else this.#waiting.shift()?.(data)
      }
      // It answers nothing more.
      worker.onerror = event => {
        for (const hear of this.#waiting.splice(0)) hear({ tell: 'failed', message: event.message })
      }
      return worker
    })
  }

  /** @throws Error saying what went wrong */
  async ask(asked: Asked): Promise<Told> {
    const worker = await this.#worker
    const told = await new Promise<Told>(resolve => {
      this.#waiting.push(resolve)
      worker.postMessage(asked)
    })
    if (told.tell === 'failed') throw new Error(told.message)
    return told
  }

  close(): void {
    this.#worker.then(
      worker => worker.terminate(),
      // It has never begun: whoever asked it something has been told so.
      () => {},
    )
  }
}
