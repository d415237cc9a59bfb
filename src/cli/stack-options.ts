/** Options of every command that runs a stack. */
import { DEFAULT_MEMORY_OPTIONS, type MemoryOptions, memoryOptions } from '../host/memory/options.ts'
import { DEFAULT_TCP_OPTIONS, type TcpOptions, tcpOptions } from '../tcp/block/options.ts'
import { LOG_LEVELS, type LogLevel } from '../trace/log.ts'
import { wrap } from '../trace/text-style.ts'
import { parseIpv4Prefix } from '../wire/address.ts'
import {
  type Arguments,
  checkOneOutput,
  duration,
  type OptionSpecs,
  oneOf,
  size,
  suggestion,
  wholeNumber,
} from './arguments.ts'
import { UsageError } from './command.ts'
import { WIDTH } from './help.ts'
import { ipv6Option } from './ipv6-ends.ts'

export const LOG_FORMATS = ['pretty', 'json'] as const

export const stackOptionSpecs = (logLevel: LogLevel): OptionSpecs => ({
  tun: {
    value: 'NAME',
    help: 'The TUN device: attach to it, or make it (default: make tuntcp0, tuntcp1, …).',
  },
  'host-address': {
    value: 'ADDR/LEN',
    help: "The host's end of the device (default: what it has, or else 192.0.2.1/24 where the host uses no part of that, or one of 198.51.100.0/24, 203.0.113.0/24 and 198.18.0.0/15).",
  },
  address: {
    value: 'ADDR[/LEN]',
    help: 'Our own address (default: the one after that, such as 192.0.2.2/24).',
  },
  ipv6: {
    value: 'ADDR/LEN|off',
    help: "The host's end over IPv6; ours is the address beside it (default: what the device has, or else 2001:db8::1/64 and 2001:db8::2, where the host can spare them; off: IPv4 alone).",
  },
  mtu: {
    value: 'BYTES',
    help: 'The largest packet, from 68 to 65535 (default: what the device has, or 1500).',
  },
  'busy-poll': {
    value: 'TIME',
    help: 'Read the device without sleeping for so long after traffic, such as 50us: shorter round trips for a busy processor (default: never).',
  },
  'no-offload': { help: 'Whole checksums and no segment above the MTU, as on a plain wire.' },
  msl: {
    value: 'TIME',
    help: 'Maximum segment lifetime, such as 500ms; TIME_WAIT lasts twice that (default 30s).',
  },
  tcp: { value: 'NAME=VALUE', help: 'An option of the TCP, see below. May be repeated.' },
  memory: {
    value: 'NAME=VALUE',
    help: 'How much memory connections may hold, and one peer, see below. May be repeated.',
  },
  'log-level': { value: 'LEVEL', words: LOG_LEVELS, help: `${LOG_LEVELS.join(', ')} (default ${logLevel}).` },
  'log-format': {
    value: 'FORMAT',
    words: LOG_FORMATS,
    help: `${LOG_FORMATS.join(' or ')} (default: pretty on a terminal).`,
  },
  pcap: {
    value: 'FILE',
    help: 'Write a pcapng for Wireshark, which explains every packet; - for standard output.',
  },
  qlog: {
    value: 'FILE',
    help: 'Write what happens as qlog, for qvis and the like, which want a name that ends in .sqlog; - for standard output.',
  },
  record: {
    value: 'FILE',
    help: "Record all input of the stack, its secrets and what it carries among it, for 'tuntcp replay'.",
  },
  control: { value: 'PATH', help: "The Unix socket for 'tuntcp ss' (default: where it looks for it)." },
  'no-control': { help: 'No such socket.' },
})

/** Derives from `high` what is not given. */
const SHARES: Readonly<Record<string, string>> = {
  low: 'high/2',
  pressure: 'high×2/3',
  orphanBytes: 'high/4',
}

export const tcpOptionNotes = (): string => {
  const all = Object.entries(DEFAULT_TCP_OPTIONS).map(([name, value]) => `${name}=${value}`)
  const { high, ...rest } = DEFAULT_MEMORY_OPTIONS
  const memory = Object.entries(rest).map(([name, value]) =>
    name in SHARES ? `${name}=${SHARES[name]}` : `${name}=${value}`,
  )
  return [
    `Options for --tcp, with their defaults (times as 30s or in ms, sizes as 64KiB):\n  ${wrap(all.join(' '), WIDTH - 2, 2)}`,
    `Options for --memory (sizes as 256MiB; high: a share of the machine's):\n  ${wrap(['high', ...memory].join(' '), WIDTH - 2, 2)}`,
  ].join('\n\n')
}

export interface StackSettings {
  readonly tun: string | undefined
  readonly hostAddress: string | undefined
  readonly address: string | undefined
  /** The host's end over IPv6, or 'off'; undefined: chosen. */
  readonly ipv6?: string | undefined
  readonly mtu: number | undefined
  readonly offload: boolean
  /** Microseconds. */
  readonly busyPoll?: number | undefined
  readonly tcp: Partial<TcpOptions>
  readonly memory: Partial<MemoryOptions>
  readonly logLevel: LogLevel
  /** Undefined: as fits where it goes. */
  readonly pretty: boolean | undefined
  readonly pcap: string | undefined
  readonly qlog?: string | undefined
  readonly record?: string | undefined
  /** The path of the control socket; undefined for the usual place, null for none. */
  readonly control: string | null | undefined
}

/** @throws UsageError */
export const stackSettings = (given: Arguments, logLevel: LogLevel): StackSettings => {
  const mtu = given.get('mtu')
  const format = given.get('log-format')
  checkOneOutput(given, 'pcap', 'qlog')
  return {
    tun: given.get('tun'),
    hostAddress: prefixOption(given, 'host-address', true),
    address: prefixOption(given, 'address', false),
    ipv6: ipv6Option(given.get('ipv6')),
    mtu: mtu === undefined ? undefined : wholeNumber('--mtu', mtu, 68, 65_535),
    offload: !given.has('no-offload'),
    busyPoll: 1000 * duration('--busy-poll', given.get('busy-poll') ?? '0'),
    tcp: tcpOptionsGiven(given),
    memory: memorySettings(given.all('memory')),
    logLevel: oneOf('--log-level', given.get('log-level') ?? logLevel, LOG_LEVELS),
    pretty: format === undefined ? undefined : oneOf('--log-format', format, LOG_FORMATS) === 'pretty',
    pcap: given.get('pcap'),
    qlog: given.get('qlog'),
    record: given.get('record'),
    control: given.has('no-control') ? null : given.get('control'),
  }
}

const prefixOption = (given: Arguments, name: string, withLength: boolean): string | undefined => {
  const text = given.get(name)
  if (text === undefined) return undefined
  try {
    parseIpv4Prefix(text)
  } catch (error) {
    throw new UsageError(`--${name}: ${(error as Error).message}`)
  }
  if (withLength && !text.includes('/'))
    throw new UsageError(`--${name} needs the length of its network too: ${text}/24`)
  return text
}

const SWITCHES: Readonly<Record<string, boolean>> = {
  true: true,
  on: true,
  yes: true,
  false: false,
  off: false,
  no: false,
}

const tcpOptionsGiven = (given: Arguments): Partial<TcpOptions> => {
  const msl = given.get('msl')
  return tcpSettings([...(msl === undefined ? [] : [`msl=${msl}`]), ...given.all('tcp')])
}

/** Options of the TCP, each as NAME=VALUE. @throws UsageError */
export const tcpSettings = (texts: readonly string[]): Partial<TcpOptions> => {
  const settings: Record<string, number | boolean | string> = {}
  for (const text of texts) {
    const at = text.indexOf('=')
    if (at < 0) throw new UsageError(`--tcp takes NAME=VALUE, such as msl=500, not '${text}'`)
    const name = text.slice(0, at)
    settings[name] = tcpValue(name, text.slice(at + 1))
  }
  try {
    tcpOptions(settings)
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
  return settings
}

/** Options of the memory, each as NAME=VALUE. @throws UsageError */
export const memorySettings = (texts: readonly string[]): Partial<MemoryOptions> => {
  const settings: Record<string, number> = {}
  for (const text of texts) {
    const at = text.indexOf('=')
    if (at < 0) throw new UsageError(`--memory takes NAME=VALUE, such as high=256MiB, not '${text}'`)
    const name = text.slice(0, at)
    settings[name] = memoryValue(name, text.slice(at + 1))
  }
  try {
    memoryOptions(settings)
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
  return settings
}

/** Options of the memory that count; the others but orphanTime are sizes. */
const COUNTS: ReadonlySet<string> = new Set<keyof MemoryOptions>([
  'orphans',
  'peerConnections',
  'peerHalfOpen',
])

const memoryValue = (name: string, text: string): number => {
  if (!Object.hasOwn(DEFAULT_MEMORY_OPTIONS, name))
    throw new UsageError(
      `there is no memory option '${name}'${suggestion(name, Object.keys(DEFAULT_MEMORY_OPTIONS))}`,
    )
  const what = `memory option ${name}`
  if (name === 'orphanTime') return duration(what, text)
  return COUNTS.has(name) ? wholeNumber(what, text, 0, 2 ** 31) : size(what, text, 0, Number.MAX_SAFE_INTEGER)
}

/** Options that take units: times, such as 30s, and sizes, such as 64KiB. */
const DURATIONS: ReadonlySet<string> = new Set<keyof TcpOptions>([
  'msl',
  'finWait2Timeout',
  'initialRto',
  'minRto',
  'maxRto',
  'userTimeout',
  'advertisedUserTimeout',
  'minUserTimeout',
  'maxUserTimeout',
  'delayedAck',
  'swsOverride',
  'keepAliveIdle',
  'keepAliveInterval',
  'challengeInterval',
  'timeWaitAckInterval',
  'fastOpenKeyLifetime',
  'fastOpenBackOff',
  'ecnBackOff',
  'minRttMargin',
])
const SIZES: ReadonlySet<string> = new Set<keyof TcpOptions>([
  'receiveBuffer',
  'maxReceiveBuffer',
  'sendBuffer',
  'maxSendBuffer',
  'minMss',
  'baseMtu',
  'minPathMtu',
  'maxSegment',
])

const tcpValue = (name: string, text: string): number | boolean | string => {
  if (!Object.hasOwn(DEFAULT_TCP_OPTIONS, name))
    throw new UsageError(
      `there is no TCP option '${name}'${suggestion(name, Object.keys(DEFAULT_TCP_OPTIONS))}`,
    )
  if (typeof DEFAULT_TCP_OPTIONS[name as keyof TcpOptions] === 'boolean') {
    const value = SWITCHES[text]
    if (value === undefined) throw new UsageError(`TCP option ${name} is on or off, not '${text}'`)
    return value
  }
  if (typeof DEFAULT_TCP_OPTIONS[name as keyof TcpOptions] === 'string') return text
  if (/^\d+$/.test(text)) return Number(text)
  if (DURATIONS.has(name)) return duration(`TCP option ${name}`, text)
  if (SIZES.has(name)) return size(`TCP option ${name}`, text, 0, 2 ** 30)
  throw new UsageError(`TCP option ${name} takes a whole number, not '${text}'`)
}
