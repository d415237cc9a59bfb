import { spawn, spawnSync } from 'node:child_process'
import type { ExecutionContext } from 'ava'

/** A network namespace of our own, with the rights to make devices in it. */
const unshare = process.getuid?.() === 0 ? ['--net'] : ['--user', '--map-root-user', '--net']

let reason: string | null | undefined

/** Why devices cannot be made here, or null. */
const whyNot = (): string | null => {
  if (process.platform !== 'linux') return `${process.platform} has no network namespaces`
  const made = spawnSync('unshare', [...unshare, 'ip', 'tuntap', 'add', 'probe', 'mode', 'tun'], {
    encoding: 'utf8',
  })
  if (made.error) return String(made.error)
  return made.status === 0 ? null : `no TUN in a namespace of our own: ${made.stderr.trim()}`
}

/**
 * Runs one case of a module in a process and a network namespace of its own, both of which end with it. Where
 * that is not permitted, the test says so and passes.
 */
export const inNamespace = async (t: ExecutionContext, module: URL, name: string): Promise<void> => {
  if (reason === undefined) reason = whyNot()
  if (reason !== null) {
    t.log(`SKIPPED: ${reason}`)
    t.pass()
    return
  }
  const child = spawn('unshare', [...unshare, process.execPath, '--expose-gc', module.pathname, name], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', data => {
    output += data
  })
  child.stderr.on('data', data => {
    output += data
  })
  const end = await new Promise<string>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve(String(signal ?? code)))
  })
  t.is(end, '0', output)
}
