/** The words of a command line: finds the command, and tells what goes wrong in one line and an exit code. */
import { checkOperands, parseArguments, suggestion, verbatim } from './arguments.ts'
import { type Command, Failure, UsageError } from './command.ts'
import { allCommands, COMMANDS } from './commands.ts'
import { commandHelp, generalHelp, HELP } from './help.ts'
import { version } from './version.ts'

const runCommand = async (command: Command, argv: readonly string[]): Promise<number> => {
  try {
    const options = { ...command.options, help: HELP }
    const theirs = command.verbatim === true && argv[0] !== '--help' && argv[0] !== '-h'
    const given = theirs ? verbatim(argv) : parseArguments({ ...command, options }, argv)
    if (given.has('help')) {
      console.log(commandHelp(command))
      return 0
    }
    checkOperands(command, given.operands)
    return await command.run(given)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    console.error(`tuntcp ${command.name}: ${error.message}; see 'tuntcp ${command.name} --help'`)
    return 2
  }
}

/** Such as a device that is not to be had. What fails on the way is told by the command. */
const isOfTheSystem = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && 'syscall' in error

/** Errors that people can act on have a code of the system's, or were written for them; the rest are bugs. */
const explain = (error: unknown): string => {
  if (error instanceof Failure) return error.message
  if (isOfTheSystem(error)) return error.message
  return `a bug, please report it: ${error instanceof Error ? error.stack : String(error)}`
}

/** Does what the words after `tuntcp` say. @returns the exit code */
export const commandLine = async (argv: readonly string[]): Promise<number> => {
  try {
    return await obey(argv)
  } catch (error) {
    console.error(`tuntcp: ${explain(error)}`)
    return error instanceof Failure ? error.exitCode : isOfTheSystem(error) ? 2 : 1
  }
}

const obey = async (argv: readonly string[]): Promise<number> => {
  const [name, ...rest] = argv
  if (name === '--version' || name === '-v') {
    console.log(`tuntcp ${version()}`)
    return 0
  }
  const wanted = name === 'help' ? rest[0] : name
  // (Help of help is help.)
  const general = wanted === '--help' || wanted === '-h' || wanted === 'help'
  if (general || (name === 'help' && wanted === undefined)) {
    console.log(generalHelp(await allCommands()))
    return 0
  }
  const load = COMMANDS.get(wanted ?? '')
  if (load !== undefined) return runCommand(await load(), name === 'help' ? ['--help'] : rest)
  const names = [...COMMANDS.keys()]
  const what =
    wanted === undefined
      ? 'a command is missing'
      : wanted.startsWith('-')
        ? `there is no option '${wanted}'${suggestion(wanted, ['--help', '--version'])}`
        : `there is no command '${wanted}'${suggestion(wanted, names)}`
  console.error(`tuntcp: ${what}: use one of ${names.join(', ')}; see 'tuntcp --help'`)
  return 2
}
