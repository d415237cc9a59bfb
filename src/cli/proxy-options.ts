/** The options of `tuntcp proxy`, read. */
import { readFileSync } from 'node:fs'
import { type Config, readConfig } from '../proxy/config.ts'
import type { ProxySpec } from '../proxy/proxies.ts'
import type { Login } from '../proxy/socks/conversation.ts'
import { SOCKS_PASSAGE } from '../proxy/socks/front.ts'
import { MOST_CONNECTIONS, type Place, placeOf, placeText } from '../proxy/target.ts'
import { type Arguments, type OptionSpecs, wholeNumber } from './arguments.ts'
import { Failure, UsageError } from './command.ts'
import { type FaultRule, faultRule } from './proxy-faults.ts'
import { type StackSettings, stackOptionSpecs, stackSettings } from './stack-options.ts'
import { UI_OPTIONS, type UiSettings, uiSettings } from './ui.ts'

export const DEFAULT_LOG = 'warn'
export const DEFAULT_API = 8474
const LOOPBACK = '127.0.0.1'

/** Those of every stack that mean something without a device. */
const OF_STACKS = ['msl', 'tcp', 'memory', 'log-level', 'log-format', 'pcap', 'qlog', 'control', 'no-control']

export const proxyOptionSpecs = (): OptionSpecs => ({
  fault: {
    value: 'RULE',
    help: "From the beginning, such as loss=5% or 'pg downstream rate=1mbit delay=20ms': [PROXY] [upstream|downstream] NAME=VALUE…; see 'tuntcp fault --help'. May be repeated.",
  },
  shared: {
    value: 'RULE',
    help: "The same of one link that all proxies share, such as 'rate=10mbit queue=64KiB'. May be repeated.",
  },
  config: {
    value: 'FILE',
    help: 'Proxies in a JSON file, as Toxiproxy has them, with faults and toxics; read again when it changes.',
  },
  socks: {
    value: '[HOST:]PORT',
    help: 'SOCKS5 and HTTP CONNECT there: clients name their targets. Rules of --fault may name hosts: HOST, HOST:PORT, *.HOST, :PORT.',
  },
  'socks-login': {
    value: 'FILE',
    help: 'A file with NAME:PASSWORD, which clients of --socks must have; needed where HOST is not loopback.',
  },
  connections: {
    value: 'N',
    help: `The most connections that each LISTEN has at once; more are closed (default ${MOST_CONNECTIONS}).`,
  },
  seed: { value: 'SEED', help: 'What chance follows from (default 1).' },
  api: {
    value: 'PORT',
    help: `The port of Toxiproxy's HTTP interface, at 127.0.0.1 (default ${DEFAULT_API}; 0 for any).`,
  },
  'no-api': { help: 'No such interface.' },
  ...UI_OPTIONS,
  ...Object.fromEntries(
    Object.entries(stackOptionSpecs(DEFAULT_LOG)).filter(([name]) => OF_STACKS.includes(name)),
  ),
})

export interface ProxySettings {
  readonly pairs: readonly ProxySpec[]
  readonly faults: readonly FaultRule[]
  readonly shared: readonly FaultRule[]
  readonly config: { readonly path: string; readonly first: Config } | null
  readonly seed: string
  /** The most connections of a listener at once. */
  readonly connections: number
  readonly socks: { readonly listen: Place; readonly login: Login | null } | null
  /** The port of the HTTP interface; null for none. */
  readonly api: number | null
  readonly stack: StackSettings
  readonly ui: UiSettings | null
}

const asUsage = <T>(read: () => T): T => {
  try {
    return read()
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

/** `[NAME=]LISTEN`: a port alone is one of 127.0.0.1. */
const listenOf = (text: string): { readonly name: string; readonly listen: Place } => {
  const [, name, place] = /^([A-Za-z][\w.-]*)=(.*)$/.exec(text) ?? [null, text, text]
  return { name: name!, listen: asUsage(() => placeOf('LISTEN', place!, LOOPBACK, 0)) }
}

const pairsOf = (operands: readonly string[]): ProxySpec[] => {
  const pairs: ProxySpec[] = []
  for (let i = 0; i < operands.length; i += 2) {
    const [from, to] = [operands[i]!, operands[i + 1]]
    if (to === undefined)
      throw new UsageError(`the TARGET of ${from} is missing: where is it to lead, such as localhost:5432?`)
    const { name, listen } = listenOf(from)
    const target = asUsage(() => placeOf('TARGET', to, null))
    const other = pairs.find(
      pair => pair.name === name || (placeText(pair.listen) === placeText(listen) && !isAny(listen)),
    )
    if (other !== undefined) throw new UsageError(`there are two proxies at ${from}: give one another`)
    pairs.push({ name, listen, target, enabled: true })
  }
  return pairs
}

const isAny = (place: Place): boolean => 'port' in place && place.port === 0

/** @throws Failure */
const configOf = (path: string | undefined): ProxySettings['config'] => {
  if (path === undefined) return null
  try {
    return { path, first: readConfig(path) }
  } catch (error) {
    throw new Failure(`${path}: ${(error as Error).message}`)
  }
}

/** @throws Failure */
const loginOf = (path: string): Login => {
  let text: string
  try {
    text = readFileSync(path, 'utf8').trim()
  } catch (error) {
    throw new Failure(`the login cannot be read: ${(error as Error).message}`)
  }
  const at = text.indexOf(':')
  if (at < 1 || at === text.length - 1 || text.includes('\n'))
    throw new Failure(`${path} must have a line NAME:PASSWORD`)
  return { name: text.slice(0, at), password: text.slice(at + 1) }
}

const isLoopback = (place: Place): boolean =>
  'path' in place || place.host === 'localhost' || place.host === '::1' || /^127\.[\d.]+$/.test(place.host)

/** @throws UsageError, Failure */
const socksOf = (given: Arguments): ProxySettings['socks'] => {
  const [text, file] = [given.get('socks'), given.get('socks-login')]
  if (text === undefined) {
    if (file !== undefined) throw new UsageError('--socks-login is for --socks PORT')
    return null
  }
  const listen = asUsage(() => placeOf('--socks', text, LOOPBACK, 0))
  if (!isLoopback(listen) && file === undefined)
    throw new UsageError(
      `--socks ${text} is open to the network: it needs a password (--socks-login FILE), or an address of loopback`,
    )
  return { listen, login: file === undefined ? null : loginOf(file) }
}

/** @throws UsageError, Failure */
export const proxySettings = (given: Arguments): ProxySettings => {
  const pairs = pairsOf(given.operands)
  const config = configOf(given.get('config'))
  const socks = socksOf(given)
  const api = given.has('no-api')
    ? null
    : wholeNumber('--api', given.get('api') ?? String(DEFAULT_API), 0, 65_535)
  if (pairs.length === 0 && config === null && socks === null && api === null)
    throw new UsageError('LISTEN and TARGET are missing, such as 15432 localhost:5432')
  const shared = given.all('shared').map(text => faultRule(text, '--shared'))
  for (const { where } of shared)
    if (where !== null) throw new UsageError(`--shared is for all proxies, not for '${where}'`)
  const twice = pairs.find(({ name }) => config?.first.proxies.some(other => other.name === name))
  if (twice !== undefined) throw new UsageError(`the file too has a proxy of the name '${twice.name}'`)
  if (
    socks !== null &&
    [...pairs, ...(config?.first.proxies ?? [])].some(({ name }) => name === SOCKS_PASSAGE)
  )
    throw new UsageError(`the name '${SOCKS_PASSAGE}' is that of --socks: give the proxy another`)
  return {
    pairs,
    faults: given.all('fault').map(text => faultRule(text)),
    shared,
    config,
    seed: given.get('seed') ?? '1',
    connections: wholeNumber(
      '--connections',
      given.get('connections') ?? String(MOST_CONNECTIONS),
      1,
      2 ** 31 - 1,
    ),
    socks,
    api,
    stack: stackSettings(given, DEFAULT_LOG),
    ui: uiSettings(given),
  }
}
