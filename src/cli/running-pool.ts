/** A pool of stacks over a TUN device, with its log, its capture and its control socket: what `serve --workers` runs. */
import type { Worker } from 'node:worker_threads'
import { memoryShareOf } from '../pool/options.ts'
import { createStackPool, type StackPool } from '../pool/stack-pool.ts'
import { blocksToFile } from '../trace/capture-file.ts'
import { UsageError } from './command.ts'
import { type ControlSocket, openControl } from './control-socket.ts'
import { untilUsable } from './ipv6-ends.ts'
import { openedCapture } from './packet-files.ts'
import { PoolCapture } from './pool-capture.ts'
import type { WorkerOrders, WorkerReport } from './pool-messages.ts'
import { PoolOrders } from './pool-orders.ts'
import { GRACE, type OpenDevice, openChecked, type RunningOptions } from './running-stack.ts'
import type { ChosenService } from './service-options.ts'

export interface RunningPool extends OpenDevice {
  readonly pool: StackPool
  /** Ends connections in order, then everything: nothing is left on the machine. */
  close(): Promise<void>
}

export interface PoolOptions extends RunningOptions {
  readonly workers: number
  readonly services: readonly ChosenService[]
}

/** Interfaces that a worker may have packets of, beside the device: see Capture. */
const OTHER_INTERFACES = ['lo', 'tuntcp']

const openCapture = (path: string | undefined, device: string) => {
  if (path === undefined) return { capture: null, interfaces: null }
  const interfaces = [device, ...OTHER_INTERFACES]
  const file = openedCapture(path, failed => blocksToFile(path, failed))
  return { capture: new PoolCapture(file, interfaces), interfaces }
}

/** Refuses options that concern one stack, and memory that is too little for several. @throws UsageError */
const checkShared = ({ settings, ui, workers }: PoolOptions): void => {
  const of = { '--ui': ui ?? undefined, '--record': settings.record, '--qlog': settings.qlog }
  const [option] = Object.entries(of).find(([, value]) => value !== undefined) ?? []
  if (option !== undefined)
    throw new UsageError(`${option} is for one stack: leave out --workers, or ${option}`)
  try {
    memoryShareOf(settings.memory, workers)
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

/** @throws UsageError, Failure, TunError */
export const runPool = async (options: PoolOptions): Promise<RunningPool> => {
  const { settings, workers, services, log, command, lost } = options
  checkShared(options)
  const device = openChecked({ ...options, queues: workers })
  if (device.ipv6 !== null) await untilUsable(device.tun.name)
  const { tun, hostAddress, address, ipv6 } = device
  let control: ControlSocket | null = null
  let pool: StackPool | null = null
  let capture: PoolCapture | null = null
  const close = async (): Promise<void> => {
    if (pool === null) tun.closeAll()
    else await pool.close({ grace: GRACE })
    capture?.close()
    control?.close()
  }
  try {
    const opened = openCapture(settings.pcap, tun.name)
    capture = opened.capture
    const orders: WorkerOrders = {
      services: services.map(({ service, port }) => ({ name: service.name, port })),
      logLevel: settings.logLevel,
      pretty: settings.pretty,
      isTTY: log.isTTY ?? false,
      capture: opened.interfaces,
    }
    pool = await createStackPool({
      tun,
      address: [address, ...(ipv6 === null ? [] : [ipv6.address])],
      workers,
      module: new URL('./serve-worker.js', import.meta.url),
      data: orders,
      tcp: settings.tcp,
      memory: settings.memory,
      faults: true,
      onError: lost,
      onThread: (thread, worker) => hear(thread, worker, log, opened.capture),
    })
    pool.on('exit', ({ worker, code, error }) =>
      console.error(
        `tuntcp: worker ${worker} has ended (${error === undefined ? `exit code ${code}` : String(error)}), and its connections with it; another takes its place`,
      ),
    )
    if (settings.control !== null)
      control = await openControl(settings.control, {
        command,
        stacks: () => [],
        pool,
        device: tun,
        orders: new PoolOrders(pool),
        hostAddress,
        address,
      })
    return { ...device, pool, close }
  } catch (error) {
    await close()
    throw error
  }
}

const hear = (
  thread: Worker,
  worker: number,
  log: NodeJS.WritableStream,
  capture: PoolCapture | null,
): void => {
  capture?.begins(worker)
  thread.on('message', (report: WorkerReport) => {
    if ('log' in report) log.write(report.log)
    else capture?.tells(worker, report)
  })
  thread.once('exit', () => capture?.ends(worker))
}
