/** The configuration of tuntcp/register: which addresses, over which device, with which faults. */

import { isIpv6End } from '../cli/ipv6-ends.ts'
import { type LinkFaults, pathOptions } from '../faults/link-faults.ts'
import { type MemoryOptions, memoryOptions } from '../host/memory/options.ts'
import { DEFAULT_TCP_OPTIONS, type TcpOptions, tcpOptions } from '../tcp/block/options.ts'
import { LOG_LEVELS, type LogLevel } from '../trace/log.ts'
import { parseIpv4Prefix, parsePrefix } from '../wire/address.ts'
import { instead } from '../wire/names.ts'
import type { Wildcard } from './routes.ts'

/** Everything may be left out. As `tuntcp.config.js` exports it, or `tuntcp.config.json` has it. */
export interface Configuration {
  /**
   * Prefixes the stack takes; all other addresses are the kernel's. Default: 127.0.0.0/8 and ::1, with `tun` also the
   * networks of the device.
   */
  readonly addresses?: readonly string[]
  /** The owner of servers that name no address, as `server.listen(80)`. Default 'stack'. */
  readonly wildcard?: Wildcard
  /** A TUN device, to attach to or to make; true makes one with a name of its own. Default: none. */
  readonly tun?: string | boolean
  /** The kernel's end of the device, with its length; default what the device has, or a range that the host does not use. */
  readonly hostAddress?: string
  /** Ours; default the one after that. */
  readonly address?: string
  /** The kernel's end over IPv6, such as '2001:db8::1/64'; default as `hostAddress`. 'off' does without. */
  readonly ipv6?: string
  /** The MTU of the device; bytes. */
  readonly mtu?: number
  /** Options of the TCP. */
  readonly tcp?: Partial<TcpOptions>
  /** The memory that its connections may hold, and each peer's. */
  readonly memory?: Partial<MemoryOptions>
  /** Faults of packets: on the device in both directions, else between the two ends in this process. */
  readonly faults?: LinkFaults
  /** The seed of all chance; default 1. */
  readonly seed?: number | string
  /** To standard error; default 'silent'. */
  readonly log?: LogLevel
  /** A file for Wireshark. */
  readonly pcap?: string
  /** A file of what happens as qlog. */
  readonly qlog?: string
  /** A control socket for `tuntcp ss` and `tuntcp fault`; a path, or true for where they look. Default: none. */
  readonly control?: boolean | string
  /** The port of a page at 127.0.0.1 that shows the stack live; true for one that is free. Default: none. */
  readonly ui?: boolean | number
}

/** Something is wrong with what we were told; the message says where, what, and what would be right. */
export class ConfigurationError extends Error {}

const fail = (where: string, what: string, expected: string, given: unknown): never => {
  throw new ConfigurationError(`${where}: ${what} must be ${expected}, not ${JSON.stringify(given)}`)
}

type Check = (where: string, value: unknown, name: string) => void

const word =
  (...words: readonly string[]): Check =>
  (where, value, name) => {
    if (!words.includes(value as string)) fail(where, name, `one of ${words.join(', ')}`, value)
  }

const ipv4Prefix =
  (withLength: boolean): Check =>
  (where, value, name) => {
    try {
      parseIpv4Prefix(value as string)
      if (!withLength || (value as string).includes('/')) return
    } catch {}
    fail(
      where,
      name,
      `an IPv4 address ${withLength ? 'with' : 'or one with'} a length, such as 192.0.2.1/24`,
      value,
    )
  }

const anyPrefix: Check = (where, value, name) => {
  try {
    parsePrefix(value as string)
  } catch {
    fail(where, name, 'addresses, or prefixes such as 192.0.2.0/24 and 2001:db8::/64', value)
  }
}

/** Has another module's check speak for us. */
const as =
  (check: (value: never) => unknown): Check =>
  (where, value) => {
    try {
      check(value as never)
    } catch (error) {
      throw new ConfigurationError(`${where}: ${(error as Error).message}`)
    }
  }

const tcp = (given: object): void => {
  for (const name of Object.keys(given))
    if (!Object.hasOwn(DEFAULT_TCP_OPTIONS, name))
      throw new Error(`there is no TCP option '${name}'${instead(name, Object.keys(DEFAULT_TCP_OPTIONS))}`)
  tcpOptions(given)
}

const file: Check = (where, value, name) => {
  if (typeof value !== 'string' || value === '') fail(where, name, 'the path of a file', value)
}

const CHECKS: { readonly [K in keyof Required<Configuration>]: Check } = {
  addresses(where, value, name) {
    if (!Array.isArray(value)) fail(where, name, "prefixes, such as ['127.0.0.0/8']", value)
    for (const each of value as unknown[]) anyPrefix(where, each, name)
  },
  wildcard: word('stack', 'kernel'),
  tun(where, value, name) {
    if (typeof value !== 'boolean' && !(typeof value === 'string' && value !== ''))
      fail(where, name, 'the name of a device, or true', value)
  },
  hostAddress: ipv4Prefix(true),
  address: ipv4Prefix(false),
  ipv6(where, value, name) {
    if (typeof value !== 'string' || !isIpv6End(value))
      fail(where, name, "the host's end, such as 2001:db8::1/64, or off", value)
  },
  mtu(where, value, name) {
    if (!(Number.isInteger(value) && (value as number) >= 68 && (value as number) <= 65_535))
      fail(where, name, 'a whole number from 68 to 65535', value)
  },
  tcp: as(tcp),
  memory: as(memoryOptions),
  faults: as((value: LinkFaults) => pathOptions(value, 'faults')),
  seed(where, value, name) {
    if (typeof value !== 'number' && typeof value !== 'string') fail(where, name, 'a number or a text', value)
  },
  log: word(...LOG_LEVELS),
  pcap: file,
  qlog: file,
  ui(where, value, name) {
    const isPort = Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 65_535
    if (typeof value !== 'boolean' && !isPort) fail(where, name, 'true, false or a port', value)
  },
  control(where, value, name) {
    if (typeof value !== 'boolean' && !(typeof value === 'string' && value !== ''))
      fail(where, name, 'true, false or a path', value)
  },
}

export const CONFIGURATION_NAMES = Object.keys(CHECKS) as readonly (keyof Configuration)[]

/** @throws ConfigurationError, naming `where` it is written, the setting, what it was given and what it takes */
export const checkConfiguration = (where: string, given: unknown): Configuration => {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new ConfigurationError(`${where}: a configuration is an object, such as { faults: { loss: '5%' } }`)
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(CHECKS, name))
      throw new ConfigurationError(
        `${where}: there is no setting '${name}'${instead(name, CONFIGURATION_NAMES)}`,
      )
    if (value !== undefined) CHECKS[name as keyof Configuration](where, value, name)
  }
  return given as Configuration
}

/** Refuses settings that make no sense together. @throws ConfigurationError */
export const checkTogether = (configuration: Configuration): void => {
  if (configuration.tun) return
  for (const name of ['hostAddress', 'address', 'ipv6', 'mtu'] as const)
    if (configuration[name] !== undefined)
      throw new ConfigurationError(
        `${name} is of a TUN device, and none is named: set tun (TUNTCP_TUN=tuntcp0), or leave ${name} out`,
      )
}
