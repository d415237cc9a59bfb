/** Help texts, from what the commands say of themselves. */
import { widest } from '../trace/extremes.ts'
import { wrap } from '../trace/text-style.ts'
import type { OptionSpecs } from './arguments.ts'
import type { Command } from './command.ts'

/** Columns of a terminal as most are. */
const WIDTH = 80

/** Every command has it. */
export const HELP = { short: 'h', help: 'Show this.' } as const

const optionLines = (options: OptionSpecs): string => {
  const heads = Object.entries(options).map(
    ([name, { short, value }]) => `  ${short ? `-${short}, ` : ''}--${name}${value ? ` ${value}` : ''}`,
  )
  const column = widest(heads) + 2
  return Object.values(options)
    .map(({ help }, i) => heads[i]!.padEnd(column) + wrap(help, WIDTH - column, column))
    .join('\n')
}

export const commandHelp = (command: Command): string => {
  const paragraphs = command.description.split(/\n\s*\n/).map(text => wrap(text.trim(), WIDTH))
  const notes = command.notes?.()
  return [
    `Usage: tuntcp ${command.name} ${command.usage}`,
    ...paragraphs,
    `Options:\n${optionLines({ ...command.options, help: HELP })}`,
    ...(notes === undefined ? [] : [notes]),
  ].join('\n\n')
}

export const generalHelp = (commands: readonly Command[]): string => {
  const column = widest(commands.map(({ name }) => name)) + 4
  return [
    'Usage: tuntcp COMMAND [OPTION…]',
    'A TCP in userspace, behind a TUN device.',
    `Commands:\n${commands.map(c => `  ${c.name.padEnd(column - 2)}${c.summary}`).join('\n')}`,
    `Options:\n  --help      Show this; after a command, the help of that command.\n  --version   Show the version.`,
    'Making a TUN device takes root (sudo), or a network namespace: tuntcp netns tuntcp serve',
  ].join('\n\n')
}
