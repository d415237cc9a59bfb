/** Queues of received text, which connections have only while something is in them: most have nothing at most times. */
import { ReceiveQueue } from './receive-queue.ts'

/** Queues that are kept for reuse, by all connections together. */
const POOL = 1024
const pool: ReceiveQueue[] = []

/** The empty queue, shared by all connections for which nothing waits. Nothing is ever added to it. */
export const NO_TEXT: Readonly<ReceiveQueue> = new ReceiveQueue()

/** A queue to add to. */
export const takeQueue = (): ReceiveQueue => pool.pop() ?? new ReceiveQueue()

/** Returns what a connection goes on with: its queue, or, if that is empty, the one that all share. */
export const keepQueue = (queue: Readonly<ReceiveQueue>): Readonly<ReceiveQueue> => {
  if (queue.length > 0 || queue.piecesAbove > 0) return queue
  if (queue !== NO_TEXT && pool.length < POOL) pool.push(queue as ReceiveQueue)
  return NO_TEXT
}
