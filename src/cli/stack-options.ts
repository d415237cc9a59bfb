/** The options that every command with a stack of its own has, and the stack made from them. */
import { openTun, type TunLink } from '../link/tun.ts'
import { createStack } from '../net/create-stack.ts'
import { nodeClock } from '../net/node-clock.ts'
import type { Stack } from '../net/stack.ts'
import { DEFAULT_TCP_OPTIONS, type TcpOptions, tcpOptions } from '../tcp/options.ts'
import { type CaptureFile, captureToFile } from '../trace/capture-file.ts'
import { combine } from '../trace/combine.ts'
import { createLog, LOG_LEVELS, type LogLevel } from '../trace/log.ts'
import { parsePrefix } from '../wire/address.ts'
import { CommandError, UsageError, wholeNumber } from './usage.ts'

const HOST_ADDRESS = '192.0.2.1/24'
const ADDRESS = '192.0.2.2/24'

export const STACK_OPTIONS = {
  tun: { type: 'string' },
  'host-address': { type: 'string' },
  address: { type: 'string', default: ADDRESS },
  mtu: { type: 'string' },
  'no-offload': { type: 'boolean', default: false },
  msl: { type: 'string' },
  tcp: { type: 'string', multiple: true },
  'log-level': { type: 'string' },
  'log-format': { type: 'string' },
  pcap: { type: 'string' },
  control: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

export const STACK_HELP = `  --tun NAME            attach to this TUN device; made when there is none (default: tuntcp0, 1, …)
  --host-address A/N    the kernel's end of the device (default ${HOST_ADDRESS}; a device that has one keeps it)
  --address A/N         ours (default ${ADDRESS})
  --mtu BYTES           of the device
  --no-offload          plain packets: no super-segments, checksums in software
  --msl MS              maximum segment lifetime; TIME-WAIT lasts twice that (default ${DEFAULT_TCP_OPTIONS.msl})
  --tcp NAME=VALUE      any other timer or limit of the TCP, see src/tcp/options.ts; may be repeated
  --log-level LEVEL     ${LOG_LEVELS.join(', ')}: info shows transitions, trace every segment
  --log-format FORMAT   pretty or json (default: pretty on a terminal)
  --pcap FILE           capture for Wireshark, with comments; - for standard output
  --control PATH        socket for 'tuntcp ss' (default: found by itself)
  -h, --help            this text`

export interface StackValues {
  readonly tun?: string | undefined
  readonly 'host-address'?: string | undefined
  readonly address: string
  readonly mtu?: string | undefined
  readonly 'no-offload': boolean
  readonly msl?: string | undefined
  readonly tcp?: string[] | undefined
  readonly 'log-level'?: string | undefined
  readonly 'log-format'?: string | undefined
  readonly pcap?: string | undefined
}

const parseTcpOption = (text: string): Partial<TcpOptions> => {
  const [, name = '', value = ''] = /^(\w+)=(.+)$/.exec(text) ?? []
  if (!Object.hasOwn(DEFAULT_TCP_OPTIONS, name))
    throw new UsageError(`--tcp takes NAME=VALUE with a name of src/tcp/options.ts, not '${text}'`)
  const sample = DEFAULT_TCP_OPTIONS[name as keyof TcpOptions]
  if (typeof sample === 'number') return { [name]: Number(value) }
  if (value !== 'true' && value !== 'false')
    throw new UsageError(`--tcp ${name} takes true or false, not '${value}'`)
  return { [name]: value === 'true' }
}

/** RangeErrors of what is parsed elsewhere are the user's wrong arguments too. */
const checked = <T>(work: () => T): T => {
  try {
    return work()
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(error.message)
    throw error
  }
}

/** The device that the user wants: an existing one keeps its address unless another is asked for. */
const device = (values: StackValues): TunLink => {
  const given = {
    name: values.tun ?? 'tuntcp%d',
    offload: !values['no-offload'],
    ...(values.mtu === undefined ? {} : { mtu: wholeNumber('--mtu', values.mtu, 68, 65_535) }),
  }
  const wanted = values['host-address']
  if (values.tun === undefined || wanted !== undefined)
    return openTun({ ...given, address: wanted ?? HOST_ADDRESS })
  const link = openTun(given)
  if (link.ipv4 !== null) return link
  link.close()
  return openTun({ ...given, address: HOST_ADDRESS })
}

export interface RunningStack {
  readonly stack: Stack
  readonly link: TunLink
  /** Ends connections in order, then closes everything. */
  close(): Promise<void>
}

/**
 * Makes the stack that the arguments describe.
 * @param log where its log goes
 * @throws UsageError for wrong arguments; TunError, or CommandError, when the system refuses
 */
export const openStack = (
  values: StackValues,
  defaultLevel: LogLevel,
  log: NodeJS.WriteStream,
): RunningStack => {
  const level = (values['log-level'] ?? defaultLevel) as LogLevel
  if (!LOG_LEVELS.includes(level))
    throw new UsageError(`--log-level is one of ${LOG_LEVELS.join(', ')}, not '${level}'`)
  const format = values['log-format']
  if (format !== undefined && format !== 'pretty' && format !== 'json')
    throw new UsageError(`--log-format is pretty or json, not '${format}'`)
  const tcp = {
    ...(values.msl === undefined ? {} : { msl: wholeNumber('--msl', values.msl, 1, 2 ** 31) }),
    ...Object.assign({}, ...(values.tcp ?? []).map(parseTcpOption)),
  }
  checked(() => tcpOptions(tcp))
  checked(() => parsePrefix(values.address))
  const link = checked(() => device(values))
  let capture: CaptureFile | null = null
  if (values.pcap !== undefined) {
    try {
      capture = captureToFile(values.pcap, nodeClock.now, error =>
        console.error(`tuntcp: the capture ends here: ${error.message}`),
      )
    } catch (error) {
      link.close()
      throw new CommandError(`cannot write the capture: ${(error as Error).message}`)
    }
  }
  const stack = createStack({
    link,
    address: values.address,
    tcp,
    trace: combine([
      createLog({
        level,
        destination: log,
        ...(format === undefined ? {} : { pretty: format === 'pretty' }),
      }),
      capture?.sink ?? null,
    ]),
  })
  return {
    stack,
    link,
    async close() {
      await stack.close()
      capture?.close()
    },
  }
}
