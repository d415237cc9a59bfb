/**
 * A route through kernels: a namespace with a client, two routers with a narrow link between them, and a TUN device that
 * leads from the second, in the namespace of this process, to a host of ours. All of it ends with the process.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, readlinkSync, writeFileSync } from 'node:fs'
import { openTun, type TunLink } from '../../src/link/tun.ts'
import { until } from './namespace-case.ts'

export interface Namespace {
  /** Runs a command in it to its end; what it prints. */
  run(command: string, ...words: string[]): string
  /** Starts a command in it. */
  start(command: string, ...words: string[]): ChildProcess
}

export interface KernelRoute {
  /** 198.18.0.1; its own link takes 1500 bytes. */
  readonly client: Namespace
  /** To 192.0.2.2, behind 192.0.2.1. */
  readonly tun: TunLink
}

const namespace = async (): Promise<Namespace & { readonly pid: string }> => {
  const own = readlinkSync('/proc/self/ns/net')
  // It ends with its input, and so with us however we end.
  const holder = spawn('unshare', ['--net', 'cat'], { stdio: ['pipe', 'ignore', 'ignore'] })
  const path = `/proc/${holder.pid}/ns/net`
  await until(() => existsSync(path) && readlinkSync(path) !== own)
  const enter = ['--target', String(holder.pid), '--net', '--']
  return {
    pid: String(holder.pid),
    run: (command, ...words) => execFileSync('nsenter', [...enter, command, ...words], { encoding: 'utf8' }),
    start: (command, ...words) => spawn('nsenter', [...enter, command, ...words]),
  }
}

/** client 198.18.0.1 – 198.18.0.2 router 198.18.1.1 – (`mtu` bytes) – 198.18.1.2 router 192.0.2.1 – TUN – 192.0.2.2 */
export const kernelRoute = async (mtu: number): Promise<KernelRoute> => {
  const ip = (...words: string[]) => execFileSync('ip', words)
  const client = await namespace()
  const router = await namespace()
  ip('link', 'add', 'c0', 'type', 'veth', 'peer', 'name', 'r0')
  ip('link', 'add', 'r1', 'type', 'veth', 'peer', 'name', 's0')
  ip('link', 'set', 'c0', 'netns', client.pid)
  ip('link', 'set', 'r0', 'netns', router.pid)
  ip('link', 'set', 'r1', 'netns', router.pid)
  client.run('ip', 'address', 'add', '198.18.0.1/24', 'dev', 'c0')
  client.run('ip', 'link', 'set', 'c0', 'up')
  client.run('ip', 'route', 'add', 'default', 'via', '198.18.0.2')
  router.run('ip', 'address', 'add', '198.18.0.2/24', 'dev', 'r0')
  router.run('ip', 'address', 'add', '198.18.1.1/24', 'dev', 'r1')
  router.run('ip', 'link', 'set', 'r0', 'up')
  router.run('ip', 'link', 'set', 'r1', 'mtu', String(mtu), 'up')
  router.run('ip', 'route', 'add', '192.0.2.0/24', 'via', '198.18.1.2')
  router.run('sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward')
  ip('address', 'add', '198.18.1.2/24', 'dev', 's0')
  ip('link', 'set', 's0', 'mtu', String(mtu), 'up')
  ip('route', 'add', '198.18.0.0/24', 'via', '198.18.1.1')
  writeFileSync('/proc/sys/net/ipv4/ip_forward', '1')
  return { client, tun: openTun({ address: '192.0.2.1/24' }) }
}
