/**
 * The thread of fineClock: it sleeps until a time that the other thread sets, and says when that has come. A wait on memory
 * ends within a tenth of a millisecond; a timer of the event loop knows whole milliseconds only.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { NEVER, viewsOf } from './fine-clock-memory.ts'

const { changes, due } = viewsOf(workerData as SharedArrayBuffer)

for (;;) {
  // Read first: a change in the meantime ends the wait at once.
  const change = Atomics.load(changes, 0)
  const at = Atomics.load(due, 0)
  const left = at === NEVER ? Number.POSITIVE_INFINITY : Number(at - process.hrtime.bigint()) / 1e6
  if (left > 0) {
    Atomics.wait(changes, 0, change, left)
    continue
  }
  parentPort!.postMessage(null)
  Atomics.wait(changes, 0, change)
}
