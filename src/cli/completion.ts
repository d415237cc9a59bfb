/** `tuntcp completion`: command lines completed by the shell. */
import { type Arguments, oneOf } from './arguments.ts'
import type { Command } from './command.ts'
import { completionScript, SHELLS } from './completion-scripts.ts'

/** @param all the commands, itself among them */
export const completionOf = (all: () => Promise<Command[]>): Command => ({
  name: 'completion',
  usage: SHELLS.join('|'),
  summary: 'Print what lets a shell complete the words of tuntcp',
  description: `Prints a script for the shell: commands, options, the names of experiments and faults, and files. Read it in where the shell begins.`,
  options: {},
  examples: [
    ['completion bash > /etc/bash_completion.d/tuntcp', 'For everybody who uses bash here.'],
    ['completion zsh > ~/.zfunc/_tuntcp', 'For zsh, where ~/.zfunc is in fpath.'],
    ['completion fish > ~/.config/fish/completions/tuntcp.fish', 'For fish.'],
  ],
  operands: ['SHELL'],
  words: () => SHELLS,
  async run({ operands }: Arguments) {
    process.stdout.write(completionScript(oneOf('SHELL', operands[0]!, SHELLS), await all()))
    return 0
  },
})
