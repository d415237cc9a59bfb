/** A worker of `tuntcp serve --workers`: the services on one stack of the pool. */
import { parentPort } from 'node:worker_threads'
import { resetSockets } from '../net/reset-sockets.ts'
import type { Stack } from '../net/stack.ts'
import type { WorkerContext, WorkerUse } from '../pool/options.ts'
import type { TraceSink } from '../tcp/block/events.ts'
import { Capture } from '../trace/capture.ts'
import { CollectedLines } from './collected-lines.ts'
import { FaultOrders } from './fault-orders.ts'
import type { FaultQuestion, TimedBlock, WorkerOrders, WorkerReport } from './pool-messages.ts'
import { traceTo } from './running-stack.ts'
import { SERVICES } from './services/all.ts'

/** Packets are collected for so long before they go to the command, ms. */
const CAPTURED = 100

const tell = (report: WorkerReport): void => parentPort!.postMessage(report)

/** The log of this thread: the command writes it. */
class Lines extends CollectedLines {
  protected override take(lines: string): void {
    tell({ log: lines })
  }
}

/** The packets of this thread: the command puts them in order with those of the others. */
const capture = (interfaces: readonly string[], now: () => number, since: number): TraceSink => {
  let blocks: TimedBlock[] = []
  const packets = new Capture((bytes, time) => blocks.push({ bytes, time }), {
    // One for all workers: by offsets of their own, packets in order would have times that are not.
    wallClockOffset: since,
    interfaces,
  })
  const hand = (): void => {
    packets.flush()
    tell({ blocks, until: now() })
    blocks = []
  }
  setInterval(hand, CAPTURED).unref()
  process.once('exit', () => {
    packets.end()
    hand()
  })
  return packets.sink
}

export default async (stack: Stack, { data, faults, since }: WorkerContext): Promise<WorkerUse> => {
  const { services, logLevel, pretty, isTTY, capture: interfaces } = data as WorkerOrders
  const { host } = stack
  const sink = interfaces === null ? null : capture(interfaces, () => host.clock.now(), since)
  host.trace = traceTo({ logLevel, pretty }, new Lines(isTTY), sink)
  for (const { name, port } of services)
    await SERVICES.find(service => service.name === name)!.start(stack, port)
  const orders = new FaultOrders(faults!, match => resetSockets(stack, match))
  return {
    answer(question) {
      const { fault, left } = question as FaultQuestion
      return orders.obey(fault, left)
    },
  }
}
