/** `tuntcp netns`: any command in a network namespace of its own, by scripts/netns.sh. */
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Arguments } from './arguments.ts'
import { type Command, Failure, UsageError } from './command.ts'

// Compiled, this file is dist/src/cli/netns.js.
const SCRIPT = fileURLToPath(new URL('../../../scripts/netns.sh', import.meta.url))

export const netns: Command = {
  name: 'netns',
  usage: 'COMMAND [ARGUMENT…]',
  summary: 'Run a command in a network namespace of its own, as root or without',
  description: `Runs COMMAND where there is nothing but a loopback device: whatever it makes there, devices and routes, is nobody else's and ends with it. As root, or without where the system lets users make namespaces; then COMMAND is root in its own namespace.

    All words after 'netns' are the command's. A shell is a command too: tuntcp netns bash, and in it tuntcp serve & curl http://192.0.2.2/`,
  options: {},
  examples: [
    ['netns bash', 'A shell with a network of its own, in which you are root.'],
    ['netns tuntcp serve', 'A stack that nothing outside can reach.'],
  ],
  operands: ['COMMAND'],
  verbatim: true,
  repeats: true,
  run: given => run(given),
}

const run = ({ operands }: Arguments): Promise<number> =>
  new Promise((resolve, reject) => {
    if (process.platform !== 'linux')
      throw new UsageError(`network namespaces are Linux's, and this is ${process.platform}`)
    const child = spawn('/bin/sh', [SCRIPT, ...operands], { stdio: 'inherit' })
    // A terminal's signals reach the child too; those for this process alone are passed on.
    for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal))
    process.on('SIGINT', () => {})
    child.on('error', error => reject(new Failure(`the command cannot be run: ${error.message}`, 1)))
    child.on('close', (code, signal) =>
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
    )
  })
