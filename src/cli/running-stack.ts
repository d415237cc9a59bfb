/** A stack over a TUN device with its log, its capture and its control socket: what serve, connect and forward run. */
import { FaultyLink } from '../faults/faulty-link.ts'
import type { Link } from '../ip/link.ts'
import { openTun, type TunError, type TunLink } from '../link/tun.ts'
import type { LiveView } from '../live/live-view.ts'
import { createStack } from '../net/create-stack.ts'
import { fineClock } from '../net/fine-clock.ts'
import { resetSockets } from '../net/reset-sockets.ts'
import type { Stack } from '../net/stack.ts'
import { SeededRandom } from '../sim/seeded-random.ts'
import type { TraceSink } from '../tcp/block/events.ts'
import { wantsColor } from '../trace/color.ts'
import { combine } from '../trace/combine.ts'
import { createLog } from '../trace/log.ts'
import { type RecordFile, recordToFile } from '../trace/record/record-file.ts'
import { Failure, UsageError } from './command.ts'
import { type ControlSocket, openControl } from './control-socket.ts'
import { chooseEnds, type Ends } from './default-addresses.ts'
import { FaultOrders } from './fault-orders.ts'
import { chooseIpv6Ends, presentIpv6Ends, untilUsable } from './ipv6-ends.ts'
import { openPacketFiles, type PacketFiles } from './packet-files.ts'
import type { StackSettings } from './stack-options.ts'
import { openUi, type UiSettings } from './ui.ts'

/** The time for peers to finish, ms. */
export const GRACE = 2000

/** The stream that a log is written to. */
type LogDestination = NodeJS.WritableStream & { readonly isTTY?: boolean }

export interface OpenStack {
  readonly stack: Stack
  readonly tun: TunLink
  /** The faults of the device; null when it can have none. */
  readonly faults: FaultyLink | null
  /** The host's end of the device and ours, with lengths. */
  readonly hostAddress: string
  readonly address: string
  /** The same over IPv6; null without. */
  readonly ipv6: Ends | null
  readonly files: PacketFiles
  readonly recording: RecordFile | null
}

export interface RunningStack extends OpenStack {
  /** The page that shows it, or null. */
  readonly view: LiveView | null
  /** Ends connections in order, then everything: nothing is left on the machine. */
  close(): Promise<void>
}

/** The device of a command. */
export interface DeviceOptions {
  readonly settings: StackSettings
  /** The words that ask for these ends of the device; default: the options of a command. */
  readonly say?: (ends: Ends) => string
  readonly lost: (error: TunError) => void
  /** Queues of the device; by default it is not one of several. */
  readonly queues?: number
}

export interface RunningOptions extends DeviceOptions {
  readonly command: string
  /** The stream or file of the log. */
  readonly log: LogDestination
  /** The seed of a link that does to packets what it is told; without one it is the device alone. */
  readonly faultySeed?: number | string
  /** The way to show it in a browser; null and by default not at all. */
  readonly ui?: UiSettings | null
}

export interface OpenDevice extends Ends {
  readonly tun: TunLink
  readonly ipv6: Ends | null
}

/** Tells a command the ends. */
const asOptions = ({ hostAddress, address }: Ends): string =>
  `--host-address ${hostAddress} --address ${address.split('/')[0]}`

const openDevice = ({ settings, say = asOptions, lost, queues }: DeviceOptions): OpenDevice => {
  const { tun: name, mtu, offload, busyPoll = 0, hostAddress, address } = settings
  const common = {
    offload,
    busyPoll,
    onError: lost,
    ...(mtu === undefined ? {} : { mtu }),
    ...(queues === undefined ? {} : { queues }),
  }
  const choose = (present: string | null): Ends =>
    chooseEnds({ name, present, hostAddress, address, say, note: text => console.error(`tuntcp: ${text}`) })
  if (name !== undefined && hostAddress === undefined) {
    // A device that is there and has an address keeps it: others rely on it, and a user may not change it.
    const tun = openTun({ ...common, name })
    const { ipv4 } = tun
    try {
      if (ipv4 !== null)
        return { tun, ...choose(ipv4), ipv6: settings.ipv6 === 'off' ? null : presentIpv6Ends(name) }
    } catch (error) {
      tun.closeAll()
      throw error
    }
    tun.closeAll()
  }
  const ends = choose(null)
  const ipv6 = chooseIpv6Ends(settings.ipv6, name, mtu)
  const hostEnds = [ends.hostAddress, ...(ipv6 === null ? [] : [ipv6.hostAddress])]
  return { tun: openTun({ ...common, name: name ?? 'tuntcp%d', address: hostEnds }), ...ends, ipv6 }
}

/**
 * Opens the device and chooses its ends.
 * @throws UsageError for prefixes and names that only the device itself checks, Failure, TunError
 */
export const openChecked = (options: DeviceOptions): OpenDevice => {
  try {
    return openDevice(options)
  } catch (error) {
    throw error instanceof RangeError ? new UsageError(error.message) : error
  }
}

/** @throws UsageError, Failure, TunError */
export const runStack = async (options: RunningOptions): Promise<RunningStack> => {
  const open = openStack(options)
  if (open.ipv6 !== null) await untilUsable(open.tun.name)
  const { stack, tun, faults, hostAddress, address, files, recording } = open
  const orders = faults === null ? null : new FaultOrders(faults, match => resetSockets(stack, match))
  const subject = {
    command: options.command,
    stacks: () => [stack],
    device: tun,
    faults,
    orders,
    hostAddress,
    address,
  }
  let control: ControlSocket | null = null
  let view: LiveView | null = null
  try {
    if (options.settings.control !== null) control = await openControl(options.settings.control, subject)
    if (options.ui) view = await openUi(options.ui, subject)
  } catch (error) {
    control?.close()
    tun.close()
    files.close()
    await recording?.close()
    throw error
  }
  return {
    ...open,
    view,
    async close() {
      await stack.close({ grace: GRACE })
      view?.close()
      files.close()
      await recording?.close()
      control?.close()
    },
  }
}

/** The same at once, without a control socket. @throws UsageError, Failure, TunError */
export const openStack = (options: RunningOptions): OpenStack => {
  const { settings, log, faultySeed, ui } = options
  const { tun, hostAddress, address, ipv6 } = openChecked(options)
  let files: PacketFiles | null = null
  let recording: RecordFile | null = null
  try {
    if (address.split('/')[0] === hostAddress.split('/')[0])
      throw new UsageError(`the host's end and ours cannot both be ${address}: choose another --address`)
    files = openPacketFiles(settings, options.command)
    const faults =
      faultySeed === undefined && !ui
        ? null
        : new FaultyLink(tun, new SeededRandom(faultySeed ?? 1), fineClock, ['out', 'in'], Boolean(ui))
    const link: Link = faults?.link ?? tun
    recording = openRecording(settings.record)
    const stack = createStack({
      link,
      address: [address, ...(ipv6 === null ? [] : [ipv6.address])],
      tcp: settings.tcp,
      memory: settings.memory,
      trace: traceTo(settings, log, files.sink),
      recorder: recording?.recorder,
    })
    return { stack, tun, faults, hostAddress, address, ipv6, files, recording }
  } catch (error) {
    tun.close()
    files?.close()
    throw error
  }
}

/** @throws Failure */
const openRecording = (path: string | undefined): RecordFile | null => {
  if (path === undefined) return null
  try {
    return recordToFile(path, error =>
      console.error(`tuntcp: the recording ${path} ends here: ${error.message}`),
    )
  } catch (error) {
    throw new Failure(`the recording cannot be written: ${(error as Error).message}`)
  }
}

/** The log that was asked for, and the files of packets. */
export const traceTo = (
  { logLevel, pretty }: Pick<StackSettings, 'logLevel' | 'pretty'>,
  log: LogDestination,
  packets: TraceSink | null,
): TraceSink | null => {
  return combine([
    createLog({
      level: logLevel,
      destination: log,
      ...(pretty === undefined ? {} : { pretty }),
      color: wantsColor(log.isTTY === true),
    }),
    packets,
  ])
}
