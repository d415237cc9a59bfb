#!/usr/bin/env node
/** The program: runs its command line, and turns what goes wrong into one line and an exit code. */
import { Failure } from './command.ts'
import { commandLine } from './command-line.ts'

/** Errors that people can act on have a code of the system's, or were written for them; the rest are bugs. */
const explain = (error: unknown): string => {
  if (error instanceof Failure) return error.message
  if (error instanceof Error && 'code' in error && 'syscall' in error) return error.message
  return `a bug, please report it: ${error instanceof Error ? error.stack : String(error)}`
}

// The reader of our output (`| head`) may go away at any time.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})
// Nobody to complain to.
process.stderr.on('error', () => {})

// A command may wait for what does not keep a process alive, such as a timer of the stack's.
const alive = setInterval(() => {}, 2 ** 31 - 1)
try {
  process.exitCode = await commandLine(process.argv.slice(2))
} catch (error) {
  console.error(`tuntcp: ${explain(error)}`)
  process.exitCode = error instanceof Failure ? error.exitCode : 1
} finally {
  clearInterval(alive)
}
