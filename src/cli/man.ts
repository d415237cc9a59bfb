/** `tuntcp man`: the manual page, from what the commands say of themselves. */
import type { Command } from './command.ts'
import { manualPage } from './manual-page.ts'
import { version } from './version.ts'

/** @param all the commands, itself among them */
export const manOf = (all: () => Promise<Command[]>): Command => ({
  name: 'man',
  usage: '',
  summary: 'Print the manual page',
  description: `Prints the manual page of all commands, for man(1).`,
  options: {},
  examples: [
    ['tuntcp man | man -l -', 'Reads it.'],
    ['man > /usr/local/share/man/man1/tuntcp.1', "From then on: 'man tuntcp'."],
  ],
  operands: [],
  async run() {
    process.stdout.write(manualPage(await all(), version()))
    return 0
  },
})
