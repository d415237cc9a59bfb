/** The client: C over the kernel's sockets, compiled when it is needed; or JavaScript where nothing compiles that. */
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { compile } from './compile.js'
import { PLACES, SOURCES } from './network.js'
import { linesOf, start } from './processes.js'

/** As {@link compile}. */
export const buildClient = directory => compile('client', directory)

export const nodeClient = () => [
  process.execPath,
  fileURLToPath(new URL('node-client-main.js', import.meta.url)),
]

/**
 * Starts the client.
 * @param place { client: words, namespace, family, core, session: whose CPU time is the server's, seconds }; an AbortSignal as
 *   `until` ends it early
 * @param words settings of client/client.h, such as `connections=64`
 */
export const startClient = (
  { client, namespace, family, core, session, seconds, until },
  figure,
  words = [],
) =>
  start(
    namespace,
    core,
    [
      ...client,
      figure,
      PLACES[family].server,
      `seconds=${seconds}`,
      `session=${session}`,
      `source=${PLACES[family].source}`,
      `sources=${SOURCES}`,
      ...words,
    ],
    { stdio: ['pipe', 'pipe', 'pipe'], signal: until },
  )

/** The time that a client may take beyond its measuring, ms. */
const PATIENCE = 60_000

/**
 * Runs the client to its end.
 * @returns what it has reported; `{ error }` when that went wrong
 */
export const runClient = async (place, figure, words) => {
  const child = startClient(place, figure, words)
  let problem = ''
  child.stderr.on('data', text => {
    problem += text
  })
  const impatient = setTimeout(() => child.kill('SIGKILL'), place.seconds * 1000 + PATIENCE)
  const next = linesOf(child.stdout)
  const line = await next()
  clearTimeout(impatient)
  return line === null ? { error: problem.trim() || 'the client has said nothing' } : JSON.parse(line)
}
