/** Completion of command lines by the shell, from what the commands say of themselves. */
import type { OptionSpec } from './arguments.ts'
import type { Command } from './command.ts'
import { HELP } from './help.ts'

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** Values and operands of these names are files. */
const FILES = /^(?:FILE|PATH|DIR)\b/

interface Option {
  readonly name: string
  readonly spec: OptionSpec
  readonly isFile: boolean
}

const optionsOf = (command: Command): Option[] =>
  Object.entries({ ...command.options, help: HELP } as Record<string, OptionSpec>).map(([name, spec]) => ({
    name,
    spec,
    isFile: FILES.test(spec.value ?? ''),
  }))

const takesFiles = ({ operands }: Command): boolean => operands.some(name => FILES.test(name))

const flagsOf = ({ name, spec }: Option): string[] => [`--${name}`, ...(spec.short ? [`-${spec.short}`] : [])]

/** In single quotes of a shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

const bash = (commands: readonly Command[]): string => {
  const cases = commands.map(command => {
    const options = optionsOf(command)
    const valued = options.filter(({ spec }) => spec.value !== undefined)
    const values = valued.map(option => {
      const { isFile, spec } = option
      const what =
        spec.words === undefined ? (isFile ? 'files=1' : ':') : `words=${quoted(spec.words.join(' '))}`
      return `        ${flagsOf(option).join('|')}) ${what} ;;`
    })
    const operands = command.words?.() ?? []
    const rest =
      operands.length > 0 ? `words=${quoted(operands.join(' '))}` : takesFiles(command) ? 'files=1' : ':'
    return `    ${command.name})
      case $before in
${values.join('\n')}
        *) if [[ $current == -* ]]; then words=${quoted(options.flatMap(flagsOf).join(' '))}; else ${rest}; fi ;;
      esac ;;`
  })
  return `# tuntcp's completion for bash. For now: source <(tuntcp completion bash)
_tuntcp() {
  local current=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} words= files=
  COMPREPLY=()
  if (( COMP_CWORD == 1 )); then
    words=${quoted([...commands.map(({ name }) => name), '--help', '--version'].join(' '))}
  else
    case \${COMP_WORDS[1]} in
${cases.join('\n')}
    esac
  fi
  if [[ -n $files ]]; then COMPREPLY=($(compgen -f -- "$current"))
  elif [[ -n $words ]]; then COMPREPLY=($(compgen -W "$words" -- "$current")); fi
  if [[ \${COMPREPLY[0]} == *= ]]; then compopt -o nospace 2>/dev/null; fi
}
complete -F _tuntcp -o filenames tuntcp
`
}

/** Within the brackets and colons of an argument of _arguments. */
const zshText = (text: string): string => text.replace(/[[\]:\\]/g, '\\$&')

const zsh = (commands: readonly Command[]): string => {
  const cases = commands.map(command => {
    const specs = optionsOf(command).flatMap(option => {
      const { value, words, help } = option.spec
      const action = words === undefined ? (option.isFile ? '_files' : ' ') : `(${words.join(' ')})`
      const argument = value === undefined ? '' : `:${zshText(value)}:${action}`
      return flagsOf(option).map(flag => quoted(`*${flag}[${zshText(help)}]${argument}`))
    })
    const operands = command.words?.() ?? []
    const rest =
      operands.length > 0
        ? [quoted(`*:word:(${operands.join(' ')})`)]
        : takesFiles(command)
          ? ["'*:file:_files'"]
          : []
    return `    ${command.name})\n      _arguments ${[...specs, ...rest].join(' \\\n        ')} ;;`
  })
  return `#compdef tuntcp
# tuntcp's completion for zsh. For now: source <(tuntcp completion zsh)
_tuntcp() {
  local -a commands=(
${commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary.replaceAll(':', '\\:')}`)}`).join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local name=$words[2]
  shift words
  (( CURRENT-- ))
  case $name in
${cases.join('\n')}
  esac
}
compdef _tuntcp tuntcp
`
}

const fish = (commands: readonly Command[]): string => {
  const lines = commands.flatMap(command => {
    const within = `complete -c tuntcp -n '__fish_seen_subcommand_from ${command.name}'`
    const operands = command.words?.() ?? []
    return [
      `complete -c tuntcp -n __fish_use_subcommand -a ${command.name} -d ${quoted(command.summary)}`,
      ...optionsOf(command).map(({ name, spec, isFile }) => {
        const short = spec.short === undefined ? '' : ` -s ${spec.short}`
        const value =
          spec.value === undefined
            ? ''
            : spec.words === undefined
              ? isFile
                ? ' -r -F'
                : ' -x'
              : ` -x -a ${quoted(spec.words.join(' '))}`
        return `${within} -l ${name}${short}${value} -d ${quoted(spec.help)}`
      }),
      ...(operands.length > 0 ? [`${within} -a ${quoted(operands.join(' '))}`] : []),
      ...(takesFiles(command) ? [`${within} -F`] : []),
    ]
  })
  return `# tuntcp's completion for fish. For now: tuntcp completion fish | source
complete -c tuntcp -f
${lines.join('\n')}
`
}

const WRITERS: Record<Shell, (commands: readonly Command[]) => string> = { bash, zsh, fish }

export const completionScript = (shell: Shell, commands: readonly Command[]): string =>
  WRITERS[shell](commands)
