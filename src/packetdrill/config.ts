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
  readonly ipVersion: string
  /** PSH of outbound packets is not compared: no pass of packetdrill's. */
  readonly ignorePush: boolean
}

/** packetdrill's own defaults, with the addresses that its run_all.py gives. */
export const DEFAULT_CONFIG: Config = {
  localAddress: '192.168.0.1',
  remoteAddress: '192.0.2.1',
  bindPort: 8080,
  connectPort: 8080,
  mtu: 1500,
  mss: 0,
  toleranceUs: 4000,
  tolerancePercent: 12.5,
  tsTickUs: 0,
  tsEcrScaled: false,
  strictSegments: false,
  ipVersion: 'ipv4',
  ignorePush: false,
}

/** The definitions of run_all.py for IPv4; the cookies follow from the key that defaults.sh sets. */
export const DEFAULT_DEFINES: Defines = new Map([
  ['TFO_COOKIE', '3021b9d889017eeb'],
  ['TFO_COOKIE_ZERO', 'b7c12350a90dc8f5'],
  ['CODE', 'host_unreachable'],
  ['CMSG_LEVEL_IP', 'SOL_IP'],
  ['CMSG_TYPE_RECVERR', 'IP_RECVERR'],
])

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
    config.ipVersion = value
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
 * The defaults, under what the script sets, under `given`.
 * @throws ConfigError naming the option that is not one, or whose value is none
 */
export const configure = (options: readonly ScriptOption[], given: Partial<Config>): Config => {
  const own: Settable = {}
  for (const option of options) {
    const { name, value } = option
    if (IGNORED.has(name)) continue
    const setter = Object.hasOwn(SETTERS, name) ? SETTERS[name] : undefined
    if (setter === undefined) throw new ConfigError(option, `there is no option '--${name}'`)
    if (NUMBERS.has(name) && !(value !== null && /^\d+(?:\.\d+)?$/.test(value)))
      throw new ConfigError(option, `--${name} takes a number, not '${value ?? ''}'`)
    setter(own, value ?? '')
  }
  return { ...DEFAULT_CONFIG, ...own, ...given }
}

export class ConfigError extends Error {
  readonly option: ScriptOption

  constructor(option: ScriptOption, message: string) {
    super(message)
    this.name = 'ConfigError'
    this.option = option
  }
}
