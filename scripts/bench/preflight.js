/** Refuses a machine that does not let us measure, before anything is touched. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import process from 'node:process'
import { UsageError } from './options.js'
import { has } from './processes.js'

/** The tools, and where Debian has them. */
const PACKAGES = {
  ip: 'iproute2',
  taskset: 'util-linux',
  sysctl: 'procps',
  unshare: 'util-linux',
  bash: 'bash',
}

/** Descriptors of a server or client for other things than connections. */
const OTHER_FILES = 100

/** Descriptors that a process may have at most, of the text of /proc/self/limits. */
export const mostFiles = text => {
  const [, hard] = /^Max open files +\S+ +(\S+)/m.exec(text) ?? []
  return hard === 'unlimited' ? Number.POSITIVE_INFINITY : Number(hard)
}

const checkTools = tools => {
  for (const tool of tools)
    if (!has(tool)) throw new UsageError(`'${tool}' is missing: apt-get install ${PACKAGES[tool]}`)
}

const NATIVE = new URL('../../native/', import.meta.url)

/** An addon of other sources than ours would be measured in vain: what it hands over may mean something else. */
const checkAddon = () => {
  const addon = new URL('build/tun.node', NATIVE)
  if (!existsSync(addon))
    throw new UsageError(
      'the native part of tuntcp was not built: node native/build.js (it takes a C compiler)',
    )
  const built = statSync(addon).mtimeMs
  const newer = readdirSync(NATIVE).find(
    name => /\.[ch]$/.test(name) && statSync(new URL(name, NATIVE)).mtimeMs > built,
  )
  if (newer !== undefined)
    throw new UsageError(`native/${newer} is newer than what was built of it: node native/build.js`)
}

const checkTun = () => {
  if (!existsSync('/dev/net/tun'))
    throw new UsageError(
      'there is no /dev/net/tun: load the driver (modprobe tun), or give the container the device (--device /dev/net/tun)',
    )
  const made = spawnSync('unshare', ['--net', 'ip', 'tuntap', 'add', 'dev', 'tun0', 'mode', 'tun'], {
    encoding: 'utf8',
  })
  if (made.status !== 0)
    throw new UsageError(
      `no TUN device can be made here (${(made.stderr ?? String(made.error)).trim()}): a container needs --cap-add NET_ADMIN, --cap-add SYS_ADMIN and --device /dev/net/tun`,
    )
  checkAddon()
}

/**
 * @param wanted { networks: whether any subject needs one, figures, connections }
 * @throws UsageError with what to do
 */
export const checkMachine = ({ networks, figures, connections }) => {
  if (process.platform !== 'linux')
    throw new UsageError(`this measures Linux, and here is ${process.platform}: run it in a virtual machine`)
  checkTools(['taskset'])
  if (!networks) return
  if (process.getuid() !== 0)
    throw new UsageError(
      'only root may make network namespaces and TUN devices: run it with sudo (--only memory needs no rights)',
    )
  checkTools(Object.keys(PACKAGES))
  checkTun()
  const most = mostFiles(readFileSync('/proc/self/limits', 'utf8')) - OTHER_FILES
  if (figures.includes('idle') && connections > most)
    throw new UsageError(
      `a process may hold ${most} connections here: raise the limit (ulimit -Hn), or take --connections ${most}`,
    )
}
