/** The options of a script and its caller: `--name=value`. The caller's count before the script's. */

import type { ScriptOption } from './ast.ts'
import type { Defines } from './lexer.ts'

export interface Config {
  readonly localAddress: string
  readonly remoteAddress: string
  readonly bindPort: number
  readonly connectPort: number
  readonly mtu: number
  /** Text bytes of the segments that a large inbound packet stands for; 0: it is one segment. */
  readonly mss: number
  readonly toleranceUs: number
  readonly tolerancePercent: number
  /** Microseconds of a tick of TSval; 0: TSval is not checked. */
  readonly tsTickUs: number
  /** Timestamps that are echoed are translated by proportion, not by what was seen. */
  readonly tsEcrScaled: boolean
  /** Segments are compared one by one, not as the large packet they may be parts of. */
  readonly strictSegments: boolean
  readonly ipVersion: IpVersion
  /** PSH of outbound packets is not compared: no pass of packetdrill's. */
  readonly ignorePush: boolean
}

/** The versions of IP that a script may be run over: with the third, sockets of IPv6 have mapped addresses of IPv4. */
export const IP_VERSIONS = ['ipv4', 'ipv6', 'ipv4-mapped-ipv6'] as const
export type IpVersion = (typeof IP_VERSIONS)[number]

const IPV4 = { localAddress: '192.168.0.1', remoteAddress: '192.0.2.1', mtu: 1500 }

/** The addresses that packetdrill's run_all.py gives; over IPv6 an MTU with which segments are as large as over IPv4. */
const OF_VERSION: Readonly<Record<IpVersion, Pick<Config, 'localAddress' | 'remoteAddress' | 'mtu'>>> = {
  ipv4: IPV4,
  ipv6: { localAddress: 'fd3d:a0b:17d6::1', remoteAddress: 'fd3d:fa7b:d17d::1', mtu: 1520 },
  'ipv4-mapped-ipv6': IPV4,
}

/** packetdrill's own defaults. */
export const DEFAULT_CONFIG: Config = {
  ...IPV4,
  bindPort: 8080,
  connectPort: 8080,
  mss: 0,
  toleranceUs: 4000,
  tolerancePercent: 12.5,
  tsTickUs: 0,
  tsEcrScaled: false,
  strictSegments: false,
  ipVersion: 'ipv4',
  ignorePush: false,
}

const MESSAGES_OF_IPV6 = [
  ['CMSG_LEVEL_IP', 'SOL_IPV6'],
  ['CMSG_TYPE_RECVERR', 'IPV6_RECVERR'],
] as const

const COOKIES_OF_IPV4 = [
  ['TFO_COOKIE', '3021b9d889017eeb'],
  ['TFO_COOKIE_ZERO', 'b7c12350a90dc8f5'],
] as const

/** The definitions of run_all.py; the cookies follow from the key that defaults.sh sets, and the addresses. */
const DEFINES: Readonly<Record<IpVersion, Defines>> = {
  ipv4: new Map([
    ...COOKIES_OF_IPV4,
    ['CODE', 'host_unreachable'],
    ['CMSG_LEVEL_IP', 'SOL_IP'],
    ['CMSG_TYPE_RECVERR', 'IP_RECVERR'],
  ]),
  ipv6: new Map([
    ['TFO_COOKIE', 'c1d1e9742a47a9bc'],
    ['TFO_COOKIE_ZERO', '82af1a8f9a205c34'],
    ['CODE', 'address_unreachable'],
    ...MESSAGES_OF_IPV6,
  ]),
  'ipv4-mapped-ipv6': new Map([...COOKIES_OF_IPV4, ['CODE', 'host_unreachable'], ...MESSAGES_OF_IPV6]),
}

/** The symbols that are defined for scripts over a version of IP. */
export const definesOf = (version: IpVersion): Defines => DEFINES[version]

type Settable = { -readonly [K in keyof Config]?: Config[K] }

const SETTERS: Readonly<Record<string, (config: Settable, value: string) => void>> = {
  local_ip: (config, value) => {
    config.localAddress = value
  },
  remote_ip: (config, value) => {
    config.remoteAddress = value
  },
  bind_port: (config, value) => {
    config.bindPort = Number(value)
  },
  connect_port: (config, value) => {
    config.connectPort = Number(value)
  },
  mtu: (config, value) => {
    config.mtu = Number(value)
  },
  mss: (config, value) => {
    config.mss = Number(value)
  },
  tolerance_usecs: (config, value) => {
    config.toleranceUs = Number(value)
  },
  tolerance_percent: (config, value) => {
    config.tolerancePercent = Number(value)
  },
  tcp_ts_tick_usecs: (config, value) => {
    config.tsTickUs = Number(value)
  },
  tcp_ts_ecr_scaled: config => {
    config.tsEcrScaled = true
  },
  strict_segments: config => {
    config.strictSegments = true
  },
  ip_version: (config, value) => {
    config.ipVersion = value as IpVersion
  },
}

/** Options that mean something to packetdrill's own surroundings, and nothing here. */
const IGNORED: ReadonlySet<string> = new Set([
  'define',
  'dry_run',
  'gateway_ip',
  'local_linux_tcp',
  'netmask_ip',
  'non_fatal',
  'send_omit_free',
  'speed',
  'verbose',
  'wire_client',
  'wire_server',
])

const NUMBERS: ReadonlySet<string> = new Set([
  'bind_port',
  'connect_port',
  'mtu',
  'mss',
  'tolerance_usecs',
  'tolerance_percent',
  'tcp_ts_tick_usecs',
])

/**
 * The settings of the options, and nothing else.
 * @throws ConfigError naming the option that is not one, or whose value is none
 */
export const readOptions = (options: readonly ScriptOption[]): Partial<Config> => {
  const own: Settable = {}
  for (const option of options) {
    const { name, value } = option
    if (IGNORED.has(name)) continue
    const setter = Object.hasOwn(SETTERS, name) ? SETTERS[name] : undefined
    if (setter === undefined) throw new ConfigError(option, `there is no option '--${name}'`)
    if (NUMBERS.has(name) && !(value !== null && /^\d+(?:\.\d+)?$/.test(value)))
      throw new ConfigError(option, `--${name} takes a number, not '${value ?? ''}'`)
    if (name === 'ip_version' && !(IP_VERSIONS as readonly unknown[]).includes(value))
      throw new ConfigError(option, `--ip_version takes ${IP_VERSIONS.join(', ')}, not '${value ?? ''}'`)
    setter(own, value ?? '')
  }
  return own
}

/**
 * The defaults, under what the script sets, under `given`. A caller who has a script run over IPv6 has it run with addresses
 * of IPv6, whatever it says of them itself: so does run_all.py.
 * @throws as {@link readOptions}
 */
export const configure = (options: readonly ScriptOption[], given: Partial<Config>): Config => {
  const own = readOptions(options)
  const version = given.ipVersion ?? own.ipVersion ?? 'ipv4'
  const forced = given.ipVersion === 'ipv6' && own.ipVersion !== 'ipv6' ? OF_VERSION.ipv6 : {}
  return { ...DEFAULT_CONFIG, ...OF_VERSION[version], ...own, ...forced, ...given }
}

export class ConfigError extends Error {
  readonly option: ScriptOption

  constructor(option: ScriptOption, message: string) {
    super(message)
    this.name = 'ConfigError'
    this.option = option
  }
}
