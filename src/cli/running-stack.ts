/** A stack over a TUN device with its log, its capture and its control socket: what serve and connect run. */
import { openTun, type TunError, type TunLink } from '../link/tun.ts'
import { createStack } from '../net/create-stack.ts'
import { nodeClock } from '../net/node-clock.ts'
import type { Stack } from '../net/stack.ts'
import { type CaptureFile, captureToFile } from '../trace/capture-file.ts'
import { combine } from '../trace/combine.ts'
import { createLog } from '../trace/log.ts'
import { Failure, UsageError } from './command.ts'
import { type ControlSocket, openControl } from './control-socket.ts'
import { addressBeside, freeHostAddress, HOST_ADDRESS, ownerOf, withLength } from './default-addresses.ts'
import type { StackSettings } from './stack-options.ts'

/** How long peers have to finish, ms. */
const GRACE = 2000

export interface RunningStack {
  readonly stack: Stack
  readonly tun: TunLink
  /** The host's end of the device and ours, with lengths. */
  readonly hostAddress: string
  readonly address: string
  /** Ends connections in order, then everything: nothing is left on the machine. */
  close(): Promise<void>
}

export interface RunningOptions {
  readonly command: string
  readonly settings: StackSettings
  /** Where the log goes. */
  readonly log: NodeJS.WriteStream
  /** When the default addresses are taken, take others. */
  readonly anyAddress: boolean
  readonly lost: (error: TunError) => void
}

interface OpenDevice {
  readonly tun: TunLink
  readonly hostAddress: string
}

const openDevice = ({ settings, anyAddress, lost }: RunningOptions): OpenDevice => {
  const { tun: name, mtu, offload } = settings
  const common = { offload, onError: lost, ...(mtu === undefined ? {} : { mtu }) }
  let wanted = settings.hostAddress
  if (name !== undefined && wanted === undefined) {
    // A device that is there and has an address keeps it: others rely on it, and a user may not change it.
    const tun = openTun({ ...common, name })
    const { ipv4 } = tun
    if (ipv4 !== null) return { tun, hostAddress: ipv4 }
    tun.close()
  }
  wanted ??= anyAddress ? freeHostAddress() : HOST_ADDRESS
  const owner = ownerOf(wanted)
  if (owner !== null && owner !== name)
    throw new Failure(
      `the address ${wanted} is taken: the device '${owner}' has it, perhaps of another tuntcp; choose others (--host-address 198.18.0.1/24 --address 198.18.0.2)`,
    )
  return { tun: openTun({ ...common, name: name ?? 'tuntcp%d', address: wanted }), hostAddress: wanted }
}

/** Prefixes and names that only the device itself checks. */
const openChecked = (options: RunningOptions): OpenDevice => {
  try {
    return openDevice(options)
  } catch (error) {
    throw error instanceof RangeError ? new UsageError(error.message) : error
  }
}

/** @throws UsageError, Failure, TunError */
export const runStack = async (options: RunningOptions): Promise<RunningStack> => {
  const { settings, command, log } = options
  const { tun, hostAddress } = openChecked(options)
  let capture: CaptureFile | null = null
  let control: ControlSocket | null = null
  try {
    const address =
      settings.address === undefined ? addressBeside(hostAddress) : withLength(settings.address, hostAddress)
    if (address.split('/')[0] === hostAddress.split('/')[0])
      throw new UsageError(`the host's end and ours cannot both be ${address}: choose another --address`)
    capture = openCapture(settings.pcap)
    const color = log.isTTY ? undefined : Boolean(process.env.FORCE_COLOR)
    const trace = combine([
      createLog({
        level: settings.logLevel,
        destination: log,
        ...(settings.pretty === undefined ? {} : { pretty: settings.pretty }),
        ...(color === undefined ? {} : { color }),
      }),
      capture?.sink ?? null,
    ])
    const stack = createStack({ link: tun, address, tcp: settings.tcp, trace })
    if (settings.control !== null)
      control = await openControl(settings.control, { command, stack, tun, hostAddress, address })
    return {
      stack,
      tun,
      hostAddress,
      address,
      async close() {
        await stack.close({ grace: GRACE })
        capture?.close()
        control?.close()
      },
    }
  } catch (error) {
    tun.close()
    capture?.close()
    throw error
  }
}

const openCapture = (path: string | undefined): CaptureFile | null => {
  if (path === undefined) return null
  if (path === '-' && process.stdout.isTTY)
    throw new UsageError(
      `--pcap - writes binary data, and standard output is a terminal: add | wireshark -k -i -`,
    )
  try {
    return captureToFile(path, nodeClock.now, error =>
      console.error(`tuntcp: the capture ${path} ends here: ${error.message}`),
    )
  } catch (error) {
    throw new Failure(`the capture cannot be written: ${(error as Error).message}`)
  }
}
