/** A worker of a pool: the thread's own program. It opens its queue, makes its stack and has the user's module use it. */
import { workerData } from 'node:worker_threads'
import { FaultyLink } from '../faults/faulty-link.ts'
import { hostStatusInParts } from '../host/status.ts'
import { openTunQueue } from '../link/tun.ts'
import { createMember } from '../net/create-stack.ts'
import { fineClock } from '../net/fine-clock.ts'
import { nodeClock } from '../net/node-clock.ts'
import { nodeRandom } from '../net/node-random.ts'
import { setImmediate } from '../net/real-timers.ts'
import { SeededRandom } from '../sim/seeded-random.ts'
import { PoolMember } from './member.ts'
import type { FromWorker, StatusRest, ToWorker, WorkerStart } from './messages.ts'
import type { WorkerModule, WorkerUse } from './options.ts'
import { sharedClock } from './shared-clock.ts'
import { Way, type WayEnd } from './way.ts'

const start = workerData as WorkerStart
const { control, index, shared } = start

const tell = (message: FromWorker): void => control.postMessage(message)

const neighbors = new Map<number, Way>()
const member = new PoolMember(shared, index, (to, packets) => neighbors.get(to)?.send(packets) ?? false)

const tun = openTunQueue(start.queue, error =>
  tell({ type: 'lost', message: error.message, code: error.code }),
)
const clock = sharedClock(nodeClock, start.origin)
const faults = start.faults
  ? new FaultyLink(
      tun,
      new SeededRandom(nodeRandom.uint32()),
      sharedClock(fineClock, start.origin),
      ['out', 'in'],
      true,
    )
  : null

const stack = createMember(
  {
    link: faults?.link ?? tun,
    address: start.address,
    tcp: start.tcp,
    ip: start.ip,
    memory: start.memory,
    clock,
  },
  member,
)

const meet = (worker: number, end: WayEnd): void => {
  neighbors.get(worker)?.close()
  neighbors.set(worker, new Way(end, packets => member.take(stack.host, packets)))
}

for (const [worker, end] of start.neighbors.entries()) if (end !== null) meet(worker, end)

const rest = (): StatusRest => ({
  counters: { ...stack.host.counters },
  drops: { ...stack.host.drops },
  timers: stack.host.timers,
  memory: stack.memory(),
  device: { ...tun.counters },
})

let use: WorkerUse = {}

const answer = async (id: number, asked: () => unknown): Promise<void> => {
  try {
    tell({ type: 'answer', id, answer: await asked() })
  } catch (error) {
    refuse(id, error)
  }
}

/** A module may throw what cannot be copied, or answer it: that is no reason for its connections to end. */
const refuse = (id: number, error: unknown): void => {
  // Node 20 copies nothing of a DOMException.
  const copied = error instanceof DOMException ? new Error(error.message) : error
  try {
    tell({ type: 'refusal', id, error: copied })
  } catch {
    tell({ type: 'refusal', id, error: new Error(String(error)) })
  }
}

/** Connections may be many: their packets have turns between the parts. */
const status = async (id: number): Promise<StatusRest> => {
  for (const rows of hostStatusInParts(stack.host)) {
    tell({ type: 'rows', id, rows })
    await new Promise<void>(resolve => setImmediate(resolve))
  }
  return rest()
}

const close = async (grace: number | undefined): Promise<void> => {
  try {
    await use.close?.()
  } finally {
    // Peers are to hear of the end, whatever the module does.
    await stack.close(grace === undefined ? {} : { grace })
  }
  // The pool is at its end, whatever else the module has open.
  process.exit(0)
}

control.on('message', (message: ToWorker) => {
  switch (message.type) {
    case 'neighbor':
      meet(message.index, message.way)
      break
    case 'status':
      void answer(message.id, () => status(message.id))
      break
    case 'question':
      void answer(message.id, () => use.answer?.(message.question))
      break
    case 'close':
      void close(message.grace)
      break
  }
})

const begin = async (): Promise<void> => {
  const module = (await import(start.module)) as { readonly default?: unknown }
  if (typeof module.default !== 'function')
    throw new TypeError(
      `${start.module} has no function as its default export: a worker's module is export default (stack, { worker }) => { … }`,
    )
  use =
    (await (module.default as WorkerModule)(stack, {
      worker: index,
      workers: shared.workers,
      since: start.since,
      data: start.data,
      faults,
    })) ?? {}
  tell({ type: 'ready' })
}

// This module itself waits for nothing (no await at its top): V8 aborts the process when a thread is terminated, as by an exit of
// the process, at the moment at which it begins a module that does. What fails is thrown, whatever is to become of rejections.
begin().catch((error: unknown) =>
  process.nextTick(() => {
    throw error
  }),
)
