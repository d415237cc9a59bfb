/** The page's side of a race: in a worker of its own, which is ended when nothing comes of it any more. */
import { startWorker } from '../page/worker.ts'
import type { Asked, Told } from './messages.ts'

/** Without news for so long it is taken to be an endless loop, ms. */
export const DEADLINE = 6000

export type Outcome = Extract<Told, { readonly tell: 'done' | 'wrong' }> | { readonly tell: 'endless' }

export interface Run {
  readonly outcome: Promise<Outcome>
  /** Ends it: there will be no outcome. */
  stop(): void
}

/** @param moved hears how far it is, from 0 to 1 */
export const startRun = (asked: Asked, moved: (part: number) => void): Run => {
  let worker: Worker | null = null
  let deadline: ReturnType<typeof setTimeout> | undefined
  let stopped = false
  const stop = (): void => {
    stopped = true
    clearTimeout(deadline)
    worker?.terminate()
  }
  const begin = async (): Promise<Outcome> => {
    const started = await startWorker('race')
    worker = started
    if (stopped) started.terminate()
    return new Promise(resolve => {
      const end = (outcome: Outcome): void => {
        stop()
        resolve(outcome)
      }
      const wait = (): void => {
        clearTimeout(deadline)
        if (!stopped) deadline = setTimeout(() => end({ tell: 'endless' }), DEADLINE)
      }
      started.onmessage = ({ data }: MessageEvent<Told>) => {
        // The program that is tried may send what it likes.
        if (data?.tell === 'moved') moved(data.part)
        else if (data?.tell === 'wrong' || (data?.tell === 'done' && Array.isArray(data.lanes))) end(data)
        else return
        wait()
      }
      started.onerror = ({ message, lineno }) => end({ tell: 'wrong', message, line: lineno || null })
      started.postMessage(asked)
      wait()
    })
  }
  return { outcome: begin(), stop }
}
