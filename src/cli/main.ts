#!/usr/bin/env node
/** The program: runs its command line. */
import { commandLine } from './command-line.ts'

// The reader of our output (`| head`) may go away at any time; a disk may be full.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  console.error(`tuntcp: the output cannot be written: ${error.message}`)
  process.exit(2)
})
// Nobody to complain to.
process.stderr.on('error', () => {})

// A command may wait for what does not keep a process alive, such as a timer of the stack's.
const alive = setInterval(() => {}, 2 ** 31 - 1)
try {
  process.exitCode = await commandLine(process.argv.slice(2))
} finally {
  clearInterval(alive)
}
