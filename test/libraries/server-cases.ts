// What servers.test.ts runs, in a process and a network namespace of its own: a client that opens its own sockets, with
// tuntcp/register and a TUN, and a real server on the kernel's end.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCase } from '../support/namespace-case.ts'
import { pattern } from './worlds.ts'

const KERNEL = '192.0.2.1'

/** All connections to the device's network are the stack's from now on. */
const register = async (): Promise<void> => {
  Object.assign(process.env, {
    TUNTCP_TUN: 'true',
    TUNTCP_HOST_ADDRESS: `${KERNEL}/24`,
    TUNTCP_ADDRESS: '192.0.2.2',
  })
  await import('../../src/register/register.ts')
}

/** Begins a server; done when it has said that it is ready. */
const begin = (command: string, args: readonly string[], cwd: string, ready: string): Promise<ChildProcess> =>
  new Promise((resolve, reject) => {
    const server = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
    // However this ends.
    process.on('exit', () => server.kill())
    let said = ''
    const hear = (data: Buffer) => {
      said += data
      if (said.includes(ready)) resolve(server)
    }
    server.stdout.on('data', hear)
    server.stderr.on('data', hear)
    server.on('error', reject)
    server.on('exit', code => reject(new Error(`${command} ended with ${code}: ${said}`)))
  })

/** Commands one by one, pipelined and in a transaction, large values, a subscription, an error. */
const withRedis = async (directory: string): Promise<void> => {
  const args = ['--port', '6379', '--bind', '0.0.0.0', '--protected-mode', 'no', '--save', '']
  const server = await begin('redis-server', args, directory, 'Ready to accept connections')
  const { createClient } = await import('redis')
  const client = createClient({ url: `redis://${KERNEL}` })
  await client.connect()
  const value = pattern(300_000).toString('base64')
  assert.equal(await client.set('large', value), 'OK')
  const numbers = await Promise.all(Array.from({ length: 200 }, () => client.incr('count')))
  assert.equal(numbers.at(-1), 200)
  assert.equal(await client.get('large'), value)
  assert.deepEqual(await client.multi().set('a', '1').get('a').exec(), ['OK', '1'])
  await assert.rejects(client.sendCommand(['NONSENSE']), /unknown command/)
  assert.match(String(await client.sendCommand(['CLIENT', 'LIST'])), /addr=192\.0\.2\.2:/)
  const other = client.duplicate()
  await other.connect()
  const told = new Promise(
    resolve => void other.subscribe('news', resolve).then(() => client.publish('news', 'hello')),
  )
  assert.equal(await told, 'hello')
  await other.close()
  await client.close()
  server.removeAllListeners('exit')
}

const inDirectory = (use: (directory: string) => Promise<void>) => async (): Promise<void> => {
  const directory = mkdtempSync(join(tmpdir(), 'tuntcp-'))
  try {
    await register()
    await use(directory)
  } finally {
    rmSync(directory, { recursive: true })
  }
  process.exit(0)
}

await runCase({ 'node-redis': inDirectory(withRedis) })
