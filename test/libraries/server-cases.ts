// The cases of servers.test.ts, in a process and a network namespace of its own: a client that opens its own sockets, with
// tuntcp/register and a TUN, and a real server on the kernel's end; first on a good network, then on one that loses packets.
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCase } from '../support/namespace-case.ts'
import { spawnMariadb, spawnPostgres } from '../support/real-servers.ts'
import { withMysql, withPostgres, withRedis } from './database-clients.ts'

/** The kernel's end of the device, and the stack's. */
const KERNEL = '192.0.2.1'
const OURS = '192.0.2.2'

/** All connections to the device's network are the stack's from now on. Returns what makes the network bad. */
const register = async (): Promise<() => void> => {
  Object.assign(process.env, {
    TUNTCP_TUN: 'true',
    TUNTCP_HOST_ADDRESS: `${KERNEL}/24`,
    TUNTCP_ADDRESS: OURS,
    TUNTCP_FAULTS: 'delay=0ms',
    // As Linux: with RFC 6298's second every loss would cost one.
    TUNTCP_TCP: 'minRto=200',
  })
  const { network } = await import('../../src/register/register.ts')
  return () => network.link({ loss: '2%', delay: '10ms' })
}

/** Waits until a server has said that it is ready. */
const isReady = (server: ChildProcess, ready: string): Promise<void> =>
  new Promise((resolve, reject) => {
    // However this ends.
    process.on('exit', () => server.kill('SIGKILL'))
    let said = ''
    const hear = (data: Buffer) => {
      said += data
      if (said.includes(ready)) resolve()
    }
    server.stdout!.on('data', hear)
    server.stderr!.on('data', hear)
    server.on('error', reject)
    server.on('exit', code => reject(new Error(`${server.spawnfile} ended with ${code}: ${said}`)))
  })

interface Server {
  begin(directory: string): ChildProcess
  /** Its words when it takes connections. */
  readonly ready: string
}

const HEARD: SpawnOptions = { stdio: ['ignore', 'pipe', 'pipe'] }
const anywhere = (port: number) => ({ host: '0.0.0.0', port })

const redis: Server = {
  begin: cwd =>
    spawn('redis-server', ['--port', '6379', '--bind', '0.0.0.0', '--protected-mode', 'no', '--save', ''], {
      cwd,
      ...HEARD,
    }),
  ready: 'Ready to accept connections',
}
const mariadb: Server = {
  begin: directory => spawnMariadb(directory, anywhere(3306), HEARD),
  ready: 'ready for connections',
}
const postgres: Server = {
  begin: directory => spawnPostgres(directory, anywhere(5432), HEARD),
  ready: 'ready to accept connections',
}

/** Runs what a client does with a real server, twice. */
const against = (server: Server, use: (host: string) => Promise<void>) => async (): Promise<void> => {
  const directory = mkdtempSync(join(tmpdir(), 'tuntcp-'))
  try {
    const worsen = await register()
    const child = server.begin(directory)
    await isReady(child, server.ready)
    await use(KERNEL)
    worsen()
    await use(KERNEL)
    child.removeAllListeners('exit')
    const end = once(child, 'exit')
    child.kill('SIGKILL')
    await end
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
  process.exit(0)
}

await runCase({
  'node-redis': against(redis, withRedis),
  mysql2: against(mariadb, withMysql),
  'postgres.js': against(postgres, withPostgres),
  async chromium() {
    const worsen = await register()
    const { withChromium } = await import('./browser.ts')
    await withChromium(OURS, worsen)
    process.exit(0)
  },
})
