/** Paths of the control sockets of running stacks. */
import { accessSync, constants, lstatSync, readdirSync, readlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The best first. */
const directories = (): string[] => [
  ...new Set([process.env.XDG_RUNTIME_DIR, '/run', tmpdir(), '/tmp'].filter(path => path !== undefined)),
]

const mayWrite = (directory: string): boolean => {
  try {
    accessSync(directory, constants.W_OK | constants.X_OK)
    return true
  } catch {
    return false
  }
}

const ownPath = (ending: string): string =>
  join(directories().find(mayWrite) ?? tmpdir(), `tuntcp-${process.pid}.${ending}`)

/** The path for the socket of this process. */
export const ownControlPath = (): string => ownPath('sock')

/** The path for the token of its HTTP interface. */
export const ownTokenPath = (): string => ownPath('token')

export interface FoundSocket {
  readonly path: string
  readonly pid: number
}

/** Anybody may put a file into /tmp: only one's own are believed, and root's. */
const isTrusted = (path: string): boolean => {
  try {
    const stat = lstatSync(path)
    return stat.isSocket() && (stat.uid === 0 || stat.uid === process.getuid?.() || process.getuid?.() === 0)
  } catch {
    return false
  }
}

/** Every control socket that there is, those of processes that have died among them. */
export const findControlSockets = (): FoundSocket[] =>
  directories().flatMap(directory => {
    let names: string[] = []
    try {
      names = readdirSync(directory)
    } catch {
      // Not there, or not for us.
    }
    return names
      .map(name => ({ path: join(directory, name), pid: Number(/^tuntcp-(\d+)\.sock$/.exec(name)?.[1]) }))
      .filter(({ path, pid }) => pid > 0 && isTrusted(path))
  })

export const controlDirectories = (): string => directories().join(', ')

/** The network namespace of this process, or '' where that cannot be told. */
export const networkNamespace = (): string => {
  try {
    return readlinkSync('/proc/self/ns/net')
  } catch {
    return ''
  }
}
