/**
 * `node --import tuntcp/register app.js`: the program's connections run on a stack in its own process.
 * Variables of the environment override `tuntcp.config.*`.
 */
import { Failure, UsageError } from '../cli/command.ts'
import type { LinkFaults } from '../faults/link-faults.ts'
import { TunError } from '../link/tun.ts'
import { type Configuration, ConfigurationError, checkTogether } from './configuration.ts'
import { fileConfiguration } from './configuration-file.ts'
import { openConfigured, openLent } from './configured-stack.ts'
import { CONFIG_VARIABLE, configurationOf } from './environment.ts'
import { install, type Surroundings } from './install.ts'
import { type ProgramLink, ProgramNetwork } from './network.ts'
import { lendStack, lentStack } from './shared.ts'

/** As of the command line: the configuration is wrong; what it asks for is not to be had. */
const WRONG = 2
const IMPOSSIBLE = 1

/** A program whose network is not what was asked for must not run. */
const giveUp = (error: unknown): never => {
  const told =
    error instanceof ConfigurationError ||
    error instanceof UsageError ||
    error instanceof Failure ||
    error instanceof TunError
  if (!told) throw error
  console.error(`tuntcp: ${error.message}`)
  process.exit(error instanceof ConfigurationError || error instanceof UsageError ? WRONG : IMPOSSIBLE)
}

const configured = async (): Promise<Configuration> => {
  const { [CONFIG_VARIABLE]: named } = process.env
  const configuration = {
    ...(await fileConfiguration(process.cwd(), named || undefined)),
    ...configurationOf(process.env),
  }
  checkTogether(configuration)
  return configuration
}

const configuration = await configured().catch(giveUp)

const lent = await lentStack(configuration).catch(giveUp)

let surroundings: Surroundings | null = null
let link: ProgramLink | null = null
/** The link is to do what it is told later: from the first call of network.change on. */
let asked: LinkFaults | null = null
/** Sockets that the stack itself opens meanwhile are the kernel's. */
let opening = false

const open = (): Surroundings => {
  if (lent !== null) return openLent(configuration, lent)
  const told = asked === null ? configuration : { ...configuration, faults: asked }
  const opened = openConfigured(told, error => {
    console.error(`tuntcp: ${error.message}`)
    process.exit(IMPOSSIBLE)
  })
  const { faults, stack } = opened
  if (faults !== null) {
    link = { faults, host: stack.host }
    network.attach(link)
  }
  return opened
}

const around = (): Surroundings | null => {
  if (surroundings !== null || opening) return surroundings
  opening = true
  try {
    surroundings = open()
  } catch (error) {
    giveUp(error)
  } finally {
    opening = false
  }
  return surroundings
}

install(around, lent === null ? lendStack(configuration, around) : undefined)

/** The network of this program, for a test that makes it bad and good again. */
export const network = new ProgramNetwork({
  change(faults) {
    if (lent !== null)
      throw new Error('the network is of the process that has begun this one: change it there')
    if (link !== null) link.faults.change(faults)
    else if (surroundings === null) asked = { ...(asked ?? configuration.faults), ...faults }
    else
      throw new Error(
        'the network is in use and began without faults: call network.change() before the first connection, or set TUNTCP_FAULTS=delay=0ms',
      )
  },
  link: () => link,
})
