/** A cluster whose primary hands its workers a port of the kernel's (SCHED_NONE) has no server there: they tell it where they listen. */
import cluster, { type Address, type Worker } from 'node:cluster'
import { kernelPorts } from './listening.ts'

/** @returns undoes it */
export const installCluster = (): (() => void) => {
  const listening = new Map<number, Set<Worker>>()
  const listens = (worker: Worker, { port, addressType }: Address) => {
    if (addressType !== 4 && addressType !== 6) return
    const workers = listening.get(port) ?? new Set()
    listening.set(port, workers.add(worker))
    kernelPorts.add(port)
  }
  const left = (worker: Worker) => {
    for (const [port, workers] of listening) {
      if (!workers.delete(worker) || workers.size > 0) continue
      listening.delete(port)
      kernelPorts.delete(port)
    }
  }
  cluster.on('listening', listens).on('disconnect', left)
  return () => void cluster.off('listening', listens).off('disconnect', left)
}
