/** Processes of the benchmark: each on its core, none left behind. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import process from 'node:process'

/** Cores that we may use, by number. */
export const allowedCores = (status = readFileSync('/proc/self/status', 'utf8')) => {
  const [, list] = /^Cpus_allowed_list:\s*(\S+)/m.exec(status)
  return list.split(',').flatMap(range => {
    const [first, last = first] = range.split('-').map(Number)
    return Array.from({ length: last - first + 1 }, (_, i) => first + i)
  })
}

/** True when the program is to be found. */
export const has = tool => spawnSync('sh', ['-c', `command -v ${tool}`], { stdio: 'ignore' }).status === 0

/** Process groups that we have started and not ended. */
const groups = new Set()

/**
 * Starts a command on a core, as the leader of a session of its own: its id is the session's.
 * @param namespace its network; null for ours
 * @param command words
 * @param options those of node:child_process.spawn
 */
export const start = (namespace, core, command, options) => {
  const words = ['taskset', '-c', String(core), ...command]
  if (namespace !== null) words.unshift('ip', 'netns', 'exec', namespace)
  const [program, ...rest] = words
  const child = spawn(program, rest, { detached: true, ...options })
  groups.add(child.pid)
  child.once('error', () => {})
  child.once('exit', () => groups.delete(child.pid))
  return child
}

const signal = (pid, name) => {
  try {
    process.kill(-pid, name)
  } catch {
    // It has ended by itself.
  }
}

/** Ends a command and all that it has started; waits until it is gone. */
export const stop = async child => {
  const closed = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : null
  signal(child.pid, 'SIGTERM')
  const impatient = setTimeout(() => signal(child.pid, 'SIGKILL'), 2000)
  await closed
  clearTimeout(impatient)
  signal(child.pid, 'SIGKILL')
}

/** Ends all at once, for when we end ourselves. */
export const stopAll = () => {
  for (const pid of groups) signal(pid, 'SIGKILL')
}

/** The lines of a stream, one for each call; null when there is no more. */
export const linesOf = stream => {
  const iterator = (async function* () {
    let rest = ''
    for await (const chunk of stream) {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop()
      yield* lines
    }
    if (rest !== '') yield rest
  })()
  return async () => (await iterator.next()).value ?? null
}

/** Runs a command to its end; all that it writes. */
export const textOf = async (namespace, core, command) => {
  const child = start(namespace, core, command, { stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', chunk => {
      text += chunk
    })
  await once(child, 'close')
  return text
}
