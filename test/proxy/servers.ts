/** Real servers of Debian's packages, for tests: gone with the test. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { spawnPostgres } from '../support/real-servers.ts'
import { LOOPBACK } from './support.ts'

/** Ports below those that kernels give to whoever asks for any: between our look and the server's start nobody is given one. */
const FIRST_PORT = 10_000
const PORTS = 20_000
/** So many of them are a process's, unless another one has them. */
const SHARE = 16
let looked = 0

const freePort = async (): Promise<number> => {
  for (;;) {
    const port = FIRST_PORT + ((process.pid * SHARE + looked++) % PORTS)
    const server = net.createServer().listen(port, LOOPBACK)
    try {
      await once(server, 'listening')
    } catch {
      continue
    }
    server.close()
    await once(server, 'close')
    return port
  }
}

/** Whoever does away with what was made: a test, or a file of tests. */
export type Owner = Pick<ExecutionContext, 'teardown'>

/** A directory of this test's, gone with it. */
export const directoryOf = (t: Owner): string => {
  const directory = mkdtempSync(join(tmpdir(), 'tuntcp-'))
  t.teardown(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** Ends a server, and waits until it has ended. */
const ended = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGKILL')
  await exit
}

/** Until it can be connected to. */
const reachable = async (child: ChildProcess, port: number): Promise<void> => {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`it has ended with ${child.exitCode}`)
    const socket = net.connect(port, LOOPBACK)
    const up = await new Promise<boolean>(resolve => {
      socket.once('connect', () => resolve(true))
      socket.once('error', () => resolve(false))
    })
    socket.destroy()
    if (up) return
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

export const redisServer = async (t: Owner): Promise<number> => {
  const port = await freePort()
  const args = ['--port', String(port), '--bind', LOOPBACK, '--save', '', '--appendonly', 'no']
  const child = spawn('redis-server', [...args, '--dir', directoryOf(t)], { stdio: 'ignore' })
  t.teardown(() => ended(child))
  await reachable(child, port)
  return port
}

export const postgresServer = async (t: Owner): Promise<number> => {
  const port = await freePort()
  const child = spawnPostgres(directoryOf(t), { host: LOOPBACK, port }, { stdio: 'ignore' })
  t.teardown(() => ended(child))
  await reachable(child, port)
  return port
}
