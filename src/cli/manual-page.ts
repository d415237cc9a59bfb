/** The manual page, in the language of man(7). */
import type { OptionSpec } from './arguments.ts'
import type { Command } from './command.ts'
import { callOf, HELP } from './help.ts'

/** A text as it stands: no line of it is a request, no backslash begins an escape, and a hyphen is one. */
const plain = (text: string): string =>
  text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .split('\n')
    .map(line => (/^[.']/.test(line) ? `\\&${line}` : line))
    .join('\n')

const paragraphs = (text: string): string =>
  text
    .split(/\n\s*\n/)
    .map(paragraph => `.PP\n${plain(paragraph.trim().replace(/\s+/g, ' '))}`)
    .join('\n')

const option = ([name, { short, value, help }]: [string, OptionSpec]): string => {
  const flag = `${short === undefined ? '' : `\\fB\\-${short}\\fR, `}\\fB\\-\\-${plain(name)}\\fR`
  return `.TP\n${flag}${value === undefined ? '' : ` \\fI${plain(value)}\\fR`}\n${plain(help)}`
}

/** Text whose lines are kept. */
const verbatim = (text: string): string => `.PP\n.nf\n${plain(text)}\n.fi`

const section = (command: Command): string => {
  const notes = command.notes?.()
  return [
    `.SS "tuntcp ${plain(command.name)} ${plain(command.usage)}"`,
    paragraphs(command.description),
    ...Object.entries({ ...command.options, help: HELP } as Record<string, OptionSpec>).map(option),
    ...(notes === undefined ? [] : [verbatim(notes)]),
    ...command.examples.map(([call, what]) => `.TP\n\\fB${plain(callOf(call))}\\fR\n${plain(what)}`),
  ].join('\n')
}

export const manualPage = (commands: readonly Command[], version: string): string =>
  [
    `.TH TUNTCP 1 "" "tuntcp ${plain(version)}" "User Commands"`,
    '.SH NAME\ntuntcp \\- a TCP in userspace, behind a TUN device',
    '.SH SYNOPSIS\n.B tuntcp\n\\fICOMMAND\\fR [\\fIOPTION\\fR...]',
    `.SH COMMANDS\n${commands.map(({ name, summary }) => `.TP\n.B ${plain(name)}\n${plain(summary)}`).join('\n')}`,
    `.SH DETAILS\n${commands.map(section).join('\n')}`,
    '.SH EXIT STATUS\n0 when all went well, 1 when something went wrong, 2 for a mistake in the arguments or a broken file.',
    '.SH SEE ALSO\nss(8), tcpdump(8), wireshark(1), network_namespaces(7)',
    '',
  ].join('\n')
