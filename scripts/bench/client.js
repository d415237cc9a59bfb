/** The client: C over the kernel's sockets, compiled when it is needed. */
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SERVER, SOURCE, SOURCES } from './network.js'
import { UsageError } from './options.js'
import { linesOf, start } from './processes.js'

const SOURCE_DIRECTORY = fileURLToPath(new URL('client/', import.meta.url))

/** Compiles the client into a directory; its path. @throws UsageError when it cannot be compiled */
export const buildClient = directory => {
  const program = join(directory, 'client')
  const files = readdirSync(SOURCE_DIRECTORY).filter(name => name.endsWith('.c'))
  const { status, stderr } = spawnSync('gcc', ['-O2', '-Wall', '-o', program, ...files], {
    cwd: SOURCE_DIRECTORY,
    encoding: 'utf8',
  })
  if (status !== 0) throw new UsageError(`the client does not compile: ${stderr}`)
  return program
}

/** How much longer than it measures a client may take. */
const PATIENCE = 60_000

/**
 * Runs the client to its end.
 * @param words settings of client.h, such as `seconds=3`
 * @returns the last line it has printed, parsed; `{ error }` when that went wrong
 */
export const runClient = async ({ program, namespace, core, session, seconds }, figure, words = []) => {
  const command = [
    program,
    figure,
    SERVER,
    `seconds=${seconds}`,
    `session=${session}`,
    `source=${SOURCE}`,
    `sources=${SOURCES}`,
    ...words,
  ]
  const child = start(namespace, core, command, { stdio: ['pipe', 'pipe', 'pipe'] })
  let problem = ''
  child.stderr.on('data', text => {
    problem += text
  })
  const impatient = setTimeout(() => child.kill('SIGKILL'), seconds * 1000 + PATIENCE)
  const next = linesOf(child.stdout)
  let last = null
  for (let line = await next(); line !== null; line = await next()) last = line
  clearTimeout(impatient)
  if (last === null) return { error: problem.trim() || 'the client has said nothing' }
  return JSON.parse(last)
}
