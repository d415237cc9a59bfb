/** Help texts, from what the commands say of themselves. */
import { widest } from '../trace/extremes.ts'
import { wrap } from '../trace/text-style.ts'
import type { OptionSpecs } from './arguments.ts'
import type { Command, Example } from './command.ts'

/** Columns of a terminal as most are. */
export const WIDTH = 80

/** Every command has it. */
export const HELP = { short: 'h', help: 'Show this.' } as const

const optionLines = (options: OptionSpecs): string => {
  const heads = Object.entries(options).map(
    ([name, { short, value, optional }]) =>
      `  ${short ? `-${short}, ` : ''}--${name}${value ? (optional ? ` [${value}]` : ` ${value}`) : ''}`,
  )
  const column = widest(heads) + 2
  return Object.values(options)
    .map(({ help }, i) => heads[i]!.padEnd(column) + wrap(help, WIDTH - column, column))
    .join('\n')
}

/** Words and what each means, below one another. */
export const table = <T extends string>(words: readonly T[], meaning: (word: T) => string): string => {
  const column = widest(words) + 4
  return words
    .map(word => `  ${word}`.padEnd(column) + wrap(meaning(word), WIDTH - column, column))
    .join('\n')
}

/** An example's call as one types it: most begin with the name of their command. */
export const callOf = (call: string): string =>
  /\btuntcp /.test(call) && !call.startsWith('netns ') ? call : `tuntcp ${call}`

/** The call, and below it what it does. */
const exampleLines = ([call, what]: Example): string => `  ${callOf(call)}\n      ${wrap(what, WIDTH - 6, 6)}`

export const commandHelp = (command: Command): string => {
  const paragraphs = command.description.split(/\n\s*\n/).map(text => wrap(text.trim(), WIDTH))
  const notes = command.notes?.()
  return [
    `Usage: tuntcp ${command.name} ${command.usage}`,
    ...paragraphs,
    `Options:\n${optionLines({ ...command.options, help: HELP })}`,
    `${command.examples.length === 1 ? 'Example' : 'Examples'}:\n${command.examples.map(exampleLines).join('\n')}`,
    ...(notes === undefined ? [] : [notes]),
  ].join('\n\n')
}

export const generalHelp = (commands: readonly Command[]): string =>
  [
    'Usage: tuntcp COMMAND [OPTION…]',
    'A TCP in userspace, behind a TUN device.',
    `Commands:\n${table(
      commands.map(({ name }) => name),
      name => commands.find(command => command.name === name)!.summary,
    )}`,
    `Options:\n  --help      Show this; after a command, the help of that command.\n  --version   Show the version.`,
    'Making a TUN device takes root (sudo), or a network namespace:\n  tuntcp netns tuntcp serve',
  ].join('\n\n')
