/** The configuration in the environment: TUNTCP_FAULTS="loss=5% delay=40ms". */
import { memorySettings, tcpSettings } from '../cli/stack-options.ts'
import { faultsOfWords } from '../faults/words.ts'
import { type Configuration, ConfigurationError, checkConfiguration } from './configuration.ts'

const SWITCHES: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  1: true,
  false: false,
  no: false,
  off: false,
  0: false,
}

const words = (text: string): string[] => text.split(/[\s,]+/).filter(word => word !== '')
const switched = (text: string): string | boolean => SWITCHES[text] ?? text

/** Each variable, what it sets, and how it is read. */
const VARIABLES: Readonly<Record<string, [keyof Configuration, (text: string) => unknown]>> = {
  TUNTCP_ADDRESSES: ['addresses', words],
  TUNTCP_WILDCARD: ['wildcard', text => text],
  TUNTCP_TUN: ['tun', switched],
  TUNTCP_HOST_ADDRESS: ['hostAddress', text => text],
  TUNTCP_ADDRESS: ['address', text => text],
  TUNTCP_IPV6: ['ipv6', text => text],
  TUNTCP_MTU: ['mtu', text => (/^\d+$/.test(text) ? Number(text) : text)],
  TUNTCP_TCP: ['tcp', text => tcpSettings(words(text))],
  TUNTCP_MEMORY: ['memory', text => memorySettings(words(text))],
  TUNTCP_FAULTS: ['faults', text => faultsOfWords(words(text))],
  TUNTCP_SEED: ['seed', text => text],
  TUNTCP_LOG: ['log', text => text],
  TUNTCP_PCAP: ['pcap', text => text],
  TUNTCP_QLOG: ['qlog', text => text],
  TUNTCP_CONTROL: ['control', switched],
  TUNTCP_UI: ['ui', text => (/^\d+$/.test(text) ? Number(text) : switched(text))],
}

/** The one that names a file instead. */
export const CONFIG_VARIABLE = 'TUNTCP_CONFIG'

/** Ours: where the stack of the process is that has begun this one. */
export const LENT_VARIABLE = 'TUNTCP_LENT'

export const ENVIRONMENT_VARIABLES: readonly string[] = [CONFIG_VARIABLE, ...Object.keys(VARIABLES)]

/** Variables that are empty count for nothing. @throws ConfigurationError naming the variable */
export const configurationOf = (environment: NodeJS.ProcessEnv): Configuration => {
  const configuration: Record<string, unknown> = {}
  for (const [variable, text] of Object.entries(environment)) {
    if (
      !variable.startsWith('TUNTCP_') ||
      variable === CONFIG_VARIABLE ||
      variable === LENT_VARIABLE ||
      !text
    )
      continue
    const known = VARIABLES[variable]
    if (known === undefined)
      throw new ConfigurationError(
        `${variable}: there is no such variable; there are ${ENVIRONMENT_VARIABLES.join(', ')}`,
      )
    const [name, read] = known
    let value: unknown
    try {
      value = read(text)
    } catch (error) {
      throw new ConfigurationError(`${variable}: ${(error as Error).message}`)
    }
    checkConfiguration(variable, { [name]: value })
    configuration[name] = value
  }
  return configuration
}
