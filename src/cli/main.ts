#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { TunError } from '../link/tun.ts'
import { connect } from './connect.ts'
import { serve } from './serve.ts'
import { ss } from './ss.ts'
import { CommandError, UsageError } from './usage.ts'

const HELP = `tuntcp: a TCP in userspace, behind a TUN device

  tuntcp serve               echo, discard, daytime, chargen and HTTP on 192.0.2.2
  tuntcp connect HOST PORT   standard input and output over our stack, as nc does
  tuntcp ss                  the connections of a running stack
  tuntcp COMMAND --help      the options of a command
  tuntcp --version
`

const COMMANDS: Record<string, (args: readonly string[]) => Promise<void>> = { serve, connect, ss }

const version = (): string => {
  // The package's root, seen from dist/src/cli.
  const path = new URL('../../../package.json', import.meta.url)
  return JSON.parse(readFileSync(path, 'utf8')).version
}

const main = async ([name, ...args]: readonly string[]): Promise<void> => {
  if (name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(HELP)
  } else if (name === '--version') {
    process.stdout.write(`${version()}\n`)
  } else if (name === undefined) {
    throw new UsageError("a command is missing: 'tuntcp --help' lists them")
  } else if (!Object.hasOwn(COMMANDS, name)) {
    throw new UsageError(`there is no command '${name}': 'tuntcp --help' lists them`)
  } else {
    await COMMANDS[name]!(args)
  }
}

// Whoever reads our output may stop reading at any time.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

try {
  await main(process.argv.slice(2))
} catch (error) {
  if (error instanceof UsageError) {
    process.stderr.write(`tuntcp: ${error.message}\n`)
    process.exit(2)
  }
  // What the user can do something about is said in a line; everything else is a bug of ours.
  if (error instanceof CommandError || error instanceof TunError) {
    process.stderr.write(`tuntcp: ${error.message}\n`)
    process.exit(1)
  }
  throw error
}
