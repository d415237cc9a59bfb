/**
 * `node --import tuntcp/register app.js`: the program's connections run on a stack in its own process. What it is
 * told by the environment goes before what `tuntcp.config.*` says.
 */
import { Failure, UsageError } from '../cli/command.ts'
import { TunError } from '../link/tun.ts'
import { type Configuration, ConfigurationError, checkTogether } from './configuration.ts'
import { fileConfiguration } from './configuration-file.ts'
import { openConfigured, openLent } from './configured-stack.ts'
import { CONFIG_VARIABLE, configurationOf } from './environment.ts'
import { install, type Surroundings } from './install.ts'
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
/** What the stack itself opens meanwhile is the kernel's. */
let opening = false

const open = (): Surroundings =>
  lent !== null
    ? openLent(configuration, lent)
    : openConfigured(configuration, error => {
        console.error(`tuntcp: ${error.message}`)
        process.exit(IMPOSSIBLE)
      })

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

install(around, lent === null ? lendStack(configuration, around) : undefined, () => surroundings)
