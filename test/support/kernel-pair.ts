/**
 * Two kernel stacks joined by an emulated path: a TUN device in each of two network namespaces, relayed by this
 * process. For modules that run in a namespace of their own (see namespace.ts): both go with it.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, readlinkSync } from 'node:fs'
import { type Bridge, type BridgePaths, bridge } from '../../src/link/bridge.ts'
import { openTun, type TunLink } from '../../src/link/tun.ts'
import { nodeClock } from '../../src/net/node-clock.ts'
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import { AckFilter } from './ack-filter.ts'
import { until } from './namespace-case.ts'

/** A network namespace with one address, and a TUN device that leads to the other. */
export interface KernelHost {
  readonly address: string
  readonly link: TunLink
  /** Runs a command in it to its end; what it prints. */
  run(command: string, ...words: string[]): string
  /** Starts a command in it. */
  start(command: string, ...words: string[]): ChildProcess
}

export interface KernelPair {
  readonly a: KernelHost
  readonly b: KernelHost
  readonly bridge: Bridge
  close(): void
}

const kernelHost = async (name: string, address: string): Promise<KernelHost & { end(): void }> => {
  const own = readlinkSync('/proc/self/ns/net')
  // It ends with its input, and so with us however we end.
  const holder = spawn('unshare', ['--net', 'cat'], { stdio: ['pipe', 'ignore', 'ignore'] })
  const namespace = `/proc/${holder.pid}/ns/net`
  await until(() => existsSync(namespace) && readlinkSync(namespace) !== own)
  const enter = ['--target', String(holder.pid), '--net', '--']
  const run = (command: string, ...words: string[]) =>
    execFileSync('nsenter', [...enter, command, ...words], { encoding: 'utf8' })
  // The descriptor stays with us when the device moves.
  const link = openTun({ name, up: false })
  execFileSync('ip', ['link', 'set', name, 'netns', String(holder.pid)])
  run('ip', 'address', 'add', `${address}/24`, 'dev', name)
  run('ip', 'link', 'set', name, 'txqueuelen', '10000', 'up')
  run('ip', 'link', 'set', 'lo', 'up')
  return {
    address,
    link,
    run,
    start: (command, ...words) => spawn('nsenter', [...enter, command, ...words]),
    end: () => holder.stdin.end(),
  }
}

/** 192.0.2.1 and 192.0.2.2, joined by the paths. Of the ACKs of the second one only the newest passes each `thinned` ms. */
export const kernelPair = async (
  paths: BridgePaths,
  seed: number | string,
  thinned = 0,
): Promise<KernelPair> => {
  const a = await kernelHost('a0', '192.0.2.1')
  const b = await kernelHost('b0', '192.0.2.2')
  const far = thinned > 0 ? new AckFilter(b.link, nodeClock, thinned) : b.link
  const between = bridge(a.link, far, paths, new SeededRandom(seed), nodeClock)
  return {
    a,
    b,
    bridge: between,
    close() {
      between.close()
      a.end()
      b.end()
    },
  }
}
