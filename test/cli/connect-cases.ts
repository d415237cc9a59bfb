// The cases of `connect` in cli.test.ts, each in a process and a network namespace of its own: the command as a child process.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, constants, openSync, readSync } from 'node:fs'
import { runCase, until } from '../support/namespace-case.ts'
import { run, spawnTuntcp, tuntcp } from './program.ts'
import { inDirectory, KERNEL, kernelServer, pattern, ready, sha256 } from './serving.ts'

export const cases: Record<string, () => Promise<void>> = {
  'connect: both directions, each to its end': inDirectory(async () => {
    const { port } = await kernelServer(socket => {
      let bytes = 0
      socket.on('data', chunk => {
        bytes += chunk.length
      })
      socket.on('end', () => socket.end(`${bytes} from ${socket.remoteAddress}:${socket.remotePort}\n`))
    })
    const input = 'to be counted\n'.repeat(100_000)
    const { code, stdout, stderr } = await run(['connect', KERNEL, port, '--source-port', '4321'], input)
    assert.deepEqual(
      { code, stdout, stderr },
      { code: 0, stdout: '1400000 from ::ffff:192.0.2.2:4321\n', stderr: '' },
    )
  }),

  'connect: what comes goes to standard output, and nothing else does': inDirectory(async () => {
    const bytes = pattern(2_000_000)
    const { port } = await kernelServer(socket => socket.end(bytes))
    const program = tuntcp(['connect', KERNEL, port, '--log-level', 'trace', '--log-format', 'json'])
    program.process.stdout!.setEncoding('latin1')
    program.process.stdin!.end()
    const { code, stdout, stderr } = await program.finished
    assert.equal(code, 0)
    assert.equal(sha256(Buffer.from(stdout, 'latin1')), sha256(bytes))
    for (const line of stderr.trim().split('\n')) assert.equal(typeof JSON.parse(line).msg, 'string')
  }),

  'connect: refused, reset, unreachable': inDirectory(async () => {
    assert.deepEqual(await run(['connect', KERNEL, '99']), {
      code: 1,
      stdout: '',
      stderr: 'tuntcp: connect ECONNREFUSED 192.0.2.1:99\n',
    })
    const { port } = await kernelServer(socket => socket.resetAndDestroy())
    const reset = await run(['connect', KERNEL, port], 'x')
    assert.equal(reset.code, 1)
    assert.match(reset.stderr, /^tuntcp: (read|write) E(CONNRESET|PIPE)\n$/)
    const nobody = await run(['connect', '224.0.0.1', '99'])
    assert.equal(nobody.code, 1)
    assert.match(nobody.stderr, /^tuntcp: connect ENETUNREACH 224\.0\.0\.1:99 .*\n$/)
    const tries = await run([
      'connect',
      '192.0.2.99',
      '99',
      '--tcp',
      'synRetries=1',
      '--tcp',
      'initialRto=50',
    ])
    assert.equal(tries.code, 1)
    assert.match(tries.stderr, /^tuntcp: connect E(TIMEDOUT|HOSTUNREACH) 192\.0\.2\.99:99\n$/)
  }),

  'connect runs beside serve, with addresses of its own; SIGINT ends it': inDirectory(async () => {
    const server = await ready('--only', 'echo')
    const { port } = await kernelServer(socket => socket.write(`${socket.remoteAddress}\n`))
    const client = tuntcp(['connect', KERNEL, port])
    await client.prints(/^::ffff:198\.51\.100\.2\n$/)
    assert.equal(
      client.stderr,
      'tuntcp: 192.0.2.1/24 would take away from this host the address 192.0.2.1/24 of tuntcp0, so the device has 198.51.100.1/24 and the stack 198.51.100.2/24\n',
    )
    assert.equal((await client.end('SIGINT')).code, 130)
    assert.equal((await server.end('SIGINT')).code, 0)
  }),

  'connect: SIGTERM ends it although nobody reads what has come': inDirectory(async directory => {
    const { port } = await kernelServer(socket => {
      socket.on('error', () => {})
      socket.end(pattern(5_000_000))
    })
    const path = `${directory}/out`
    execFileSync('mkfifo', [path])
    const pipe = openSync(path, 'r+')
    const peek = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const program = spawnTuntcp(['connect', KERNEL, port], { stdio: ['pipe', pipe, 'ignore'] })
    await until(() => {
      try {
        return readSync(peek, new Uint8Array(1)) === 1
      } catch {
        return false
      }
    })
    program.kill('SIGTERM')
    assert.equal((await once(program, 'close'))[0], 143)
    closeSync(pipe)
    closeSync(peek)
  }),
}

await runCase(cases)
