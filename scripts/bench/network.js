/** Network namespaces for the measured traffic, which has nothing else in them. They go when we do. */
import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import process from 'node:process'

export const SERVER = '192.0.2.2'
export const CLIENT = '192.0.2.1'
/** Further addresses of the client: no port in TIME-WAIT is ever in the way. */
export const SOURCE = '192.0.2.129'
export const SOURCES = 120
const SOURCES_NETWORK = '192.0.2.128/25'
export const DEVICE = 'tun0'
const CONTROL = 'cubic'

const PREFIX = 'tuntcp-bench'

/** What a kernel does by itself, said aloud; and nothing that one run could tell the next. */
const SYSCTLS = [
  'net.ipv6.conf.all.disable_ipv6=1',
  'net.ipv6.conf.default.disable_ipv6=1',
  'net.ipv4.tcp_rmem=4096 131072 6291456',
  'net.ipv4.tcp_wmem=4096 16384 4194304',
  'net.ipv4.ip_local_port_range=1024 65535',
  'net.ipv4.tcp_no_metrics_save=1',
  'net.core.somaxconn=4096',
  'net.ipv4.tcp_max_syn_backlog=4096',
]

const ip = (...words) => execFileSync('ip', words, { stdio: ['ignore', 'ignore', 'inherit'] })

const existing = () => {
  try {
    return readdirSync('/run/netns')
  } catch {
    // Nobody has ever made one here.
    return []
  }
}

/** Those of this process, and of processes like it that could not end in order. */
const isOver = name => {
  const [, pid] = /^tuntcp-bench-(\d+)-/.exec(name) ?? []
  if (pid === undefined) return false
  if (Number(pid) === process.pid) return true
  try {
    process.kill(Number(pid), 0)
    return false
  } catch (error) {
    return error.code === 'ESRCH'
  }
}

/** Removes the namespaces of this process, with all that is in them; a second call does nothing. */
export const removeNetwork = () => {
  for (const name of existing().filter(isOver)) spawnSync('ip', ['netns', 'delete', name])
}

const createNamespace = role => {
  const name = `${PREFIX}-${process.pid}-${role}`
  ip('netns', 'add', name)
  ip('netns', 'exec', name, 'sysctl', '-qw', ...SYSCTLS)
  ip('-n', name, 'link', 'set', 'lo', 'up')
  return name
}

/** A namespace may not choose the congestion control of its sockets, but its routes may. */
const addAddress = (name, device, address) => {
  ip('-n', name, 'address', 'add', `${address}/24`, 'dev', device)
  ip('-n', name, 'route', 'change', '192.0.2.0/24', 'dev', device, 'src', address, 'congctl', CONTROL)
}

const addClient = (name, device) => {
  addAddress(name, device, CLIENT)
  ip('-n', name, 'route', 'add', 'local', SOURCES_NETWORK, 'dev', 'lo')
}

/**
 * The namespaces of the client and of the server: one and the same with a TUN device, at whose other end the server is;
 * two, joined by a veth pair, for a server on the kernel's sockets.
 * @param kind 'tun' or 'veth'
 * @returns their names
 */
export const createNetwork = kind => {
  removeNetwork()
  const client = createNamespace('client')
  if (kind === 'tun') {
    ip('-n', client, 'tuntap', 'add', 'dev', DEVICE, 'mode', 'tun')
    ip('-n', client, 'link', 'set', DEVICE, 'up')
    addClient(client, DEVICE)
    return { client, server: client }
  }
  const server = createNamespace('server')
  ip('-n', client, 'link', 'add', 'veth0', 'type', 'veth', 'peer', 'name', 'veth1', 'netns', server)
  ip('-n', client, 'link', 'set', 'veth0', 'up')
  ip('-n', server, 'link', 'set', 'veth1', 'up')
  addAddress(server, 'veth1', SERVER)
  addClient(client, 'veth0')
  return { client, server }
}
