/** Network namespaces for the measured traffic, which has nothing else in them. They go when we do. */
import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import process from 'node:process'

/**
 * The addresses of each family: of the server, of the client, and further ones of the client, so that no port in TIME-WAIT is
 * ever in the way.
 */
export const PLACES = {
  4: {
    server: '192.0.2.2',
    client: '192.0.2.1',
    length: 24,
    network: '192.0.2.0/24',
    source: '192.0.2.129',
    sources: '192.0.2.128/25',
  },
  6: {
    server: '2001:db8::2',
    client: '2001:db8::1',
    length: 64,
    network: '2001:db8::/64',
    source: '2001:db8::1:1',
    sources: '2001:db8::1:0/112',
  },
}
export const SOURCES = 120
export const DEVICE = 'tun0'
const CONTROL = 'cubic'

const PREFIX = 'tuntcp-bench'

/** A kernel's own choices, said aloud; and nothing that one run could tell the next. */
const SYSCTLS = [
  'net.ipv4.tcp_rmem=4096 131072 6291456',
  'net.ipv4.tcp_wmem=4096 16384 4194304',
  'net.ipv4.ip_local_port_range=1024 65535',
  'net.ipv4.tcp_no_metrics_save=1',
  'net.core.somaxconn=4096',
  'net.ipv4.tcp_max_syn_backlog=4096',
]

/** A network in which nobody speaks IPv6 says nothing of it by itself either. */
const IPV6_SYSCTLS = {
  4: ['net.ipv6.conf.all.disable_ipv6=1', 'net.ipv6.conf.default.disable_ipv6=1'],
  6: [
    'net.ipv6.conf.all.disable_ipv6=0',
    'net.ipv6.conf.default.disable_ipv6=0',
    'net.ipv6.conf.default.accept_ra=0',
    'net.ipv6.conf.default.router_solicitations=0',
    'net.ipv6.conf.default.addr_gen_mode=1',
    'net.ipv6.conf.default.accept_dad=0',
    // A local route is not enough to send from its addresses, as it is with IPv4.
    'net.ipv6.ip_nonlocal_bind=1',
  ],
}

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

const createNamespace = (role, family) => {
  const name = `${PREFIX}-${process.pid}-${role}`
  ip('netns', 'add', name)
  ip('netns', 'exec', name, 'sysctl', '-qw', ...SYSCTLS, ...IPV6_SYSCTLS[family])
  ip('-n', name, 'link', 'set', 'lo', 'up')
  return name
}

/** A namespace may not choose the congestion control of its sockets, but its routes may. */
const addAddress = (name, device, address, { length, network }) => {
  ip('-n', name, 'address', 'add', `${address}/${length}`, 'dev', device)
  const route = [network, 'dev', device, 'congctl', CONTROL]
  // The kernel has made a route of IPv6 that "change" does not find: ours comes before it by its metric.
  if (network.includes(':')) ip('-n', name, '-6', 'route', 'add', ...route, 'metric', '1')
  else ip('-n', name, 'route', 'change', ...route, 'src', address)
}

const addClient = (name, device, place) => {
  addAddress(name, device, place.client, place)
  ip('-n', name, 'route', 'add', 'local', place.sources, 'dev', 'lo')
}

/**
 * The namespaces of the client and of the server: one and the same with a TUN device, at whose other end the server is;
 * two, joined by a veth pair, for a server on the kernel's sockets.
 * @param kind 'tun' or 'veth'
 * @param family 4 or 6
 * @returns their names
 */
export const createNetwork = (kind, family) => {
  removeNetwork()
  const place = PLACES[family]
  const client = createNamespace('client', family)
  if (kind === 'tun') {
    ip('-n', client, 'tuntap', 'add', 'dev', DEVICE, 'mode', 'tun')
    ip('-n', client, 'link', 'set', DEVICE, 'up')
    addClient(client, DEVICE, place)
    return { client, server: client }
  }
  const server = createNamespace('server', family)
  ip('-n', client, 'link', 'add', 'veth0', 'type', 'veth', 'peer', 'name', 'veth1', 'netns', server)
  ip('-n', client, 'link', 'set', 'veth0', 'up')
  ip('-n', server, 'link', 'set', 'veth1', 'up')
  addAddress(server, 'veth1', place.server, place)
  addClient(client, 'veth0', place)
  return { client, server }
}
