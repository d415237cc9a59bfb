/** Help texts, from what the commands say of themselves. */
import { widest } from '../trace/extremes.ts'
import type { OptionSpecs } from './arguments.ts'
import type { Command } from './command.ts'

const WIDTH = 100

/** Every command has it. */
export const HELP = { short: 'h', help: 'Show this.' } as const

/** Breaks a text into lines of at most `width` characters, each after the first indented. */
export const wrap = (text: string, width: number, indent = 0): string => {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  lines.push(line)
  return lines.join(`\n${' '.repeat(indent)}`)
}

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
