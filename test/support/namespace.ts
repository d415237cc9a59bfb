import { spawn, spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import test, { type ExecutionContext } from 'ava'
import { addonFile } from '../../src/link/native-files.ts'
import { missingTools, testUnless } from './needs.ts'

/** A network namespace of our own, with the rights to make devices in it. */
const unshare = process.getuid?.() === 0 ? ['--net'] : ['--user', '--map-root-user', '--net']

let reason: string | null | undefined

/** The reason why devices cannot be made here, or null. */
const probe = (): string | null => {
  if (process.platform !== 'linux') return `${process.platform} has no network namespaces`
  if (addonFile() === null) return 'the addon is not built'
  const made = spawnSync('unshare', [...unshare, 'ip', 'tuntap', 'add', 'probe', 'mode', 'tun'], {
    encoding: 'utf8',
  })
  if (made.error) return String(made.error)
  return made.status === 0 ? null : `no TUN in a namespace of our own: ${made.stderr.trim()}`
}

/** The reason why there are no namespaces and devices of our own here, or null. */
export const noNamespace = (): string | null => {
  if (reason === undefined) reason = probe()
  return reason
}

/** So many cases run at once: more would only wait for each other, and longer than the patience of each. */
const AT_ONCE = 2 * availableParallelism()
let running = 0
const waiting: (() => void)[] = []

/** Runs one case of a module in a process and a network namespace of its own, both of which end with it. */
export const inNamespace = async (t: ExecutionContext, module: URL, name: string): Promise<void> => {
  if (running === AT_ONCE) await new Promise<void>(resolve => waiting.push(resolve))
  else running++
  try {
    await runAlone(t, module, name)
  } finally {
    const next = waiting.shift()
    if (next === undefined) running--
    else next()
  }
}

const runAlone = async (t: ExecutionContext, module: URL, name: string): Promise<void> => {
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

/** Declares tests whose cases run in a namespace of their own, where that is possible and the tools are there. */
export const namespaceTest = (
  title: string,
  module: URL,
  name: string,
  tools: readonly string[] = [],
): void => testUnless(noNamespace() ?? missingTools(...tools))(title, inNamespace, module, name)

/** As {@link namespaceTest}, one after the other within its file. */
namespaceTest.serial = (title: string, module: URL, name: string, tools: readonly string[] = []): void =>
  testUnless(noNamespace() ?? missingTools(...tools), test.serial)(title, inNamespace, module, name)
