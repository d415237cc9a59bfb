/** Programs under tuntcp/register beside the kernel's TCP, each in a namespace of its own. */
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import net from 'node:net'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { untilUsable } from '../../src/cli/ipv6-ends.ts'
import { MAIN, REGISTER } from '../support/installed.ts'
import { runCase } from '../support/namespace-case.ts'
import { established, familySays, programPath, runRegistered } from './child.ts'

const run = promisify(execFile)

await runCase({
  async 'addresses that are not the stack’s reach the kernel'() {
    await run('ip', ['link', 'set', 'lo', 'up'])
    await run('ip', ['address', 'add', '198.18.0.1/32', 'dev', 'lo'])
    // The kernel's, in another process than the program.
    const server = net.createServer(socket => socket.end('the kernel')).listen(7000)
    await once(server, 'listening')
    const { code, output, errors } = await runRegistered([programPath('both.js')], { TUNTCP_LOG: 'info' })
    assert.equal(output, '127.0.0.1: the stack\n198.18.0.1: the kernel\nlistens for the kernel\n', errors)
    assert.equal(code, 0)
    assert.equal(established(errors), 2)
    // The stack has 127.0.0.2 alone: 127.0.0.1 and servers of no address are the kernel's.
    const other = await runRegistered([programPath('reach.js'), '127.0.0.1', '7000'], {
      TUNTCP_ADDRESSES: '127.0.0.2',
      TUNTCP_WILDCARD: 'kernel',
      TUNTCP_LOG: 'info',
    })
    assert.equal(other.output, 'the kernel\n', other.errors)
    assert.equal(established(other.errors), 0)
    server.close()
  },

  async 'a server of an unmodified program on a TUN, with curl; ss and fault of it'() {
    const child = spawn(process.execPath, ['--import', REGISTER, programPath('server.js')], {
      env: { ...process.env, TUNTCP_TUN: 'tuntcp0', TUNTCP_CONTROL: 'true', XDG_RUNTIME_DIR: '/tmp' },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [first] = (await once(child.stdout, 'data')) as [Buffer]
    assert.equal(String(first), 'listening :: 80\n')
    const curl = (...args: string[]) => run('curl', ['-sS', '--max-time', '60', ...args, 'http://192.0.2.2/'])
    assert.match((await curl()).stdout, /^hello ::ffff:192\.0\.2\.1$/)
    await untilUsable('tuntcp0')
    const six = await run('curl', ['-sS', '-g', '--max-time', '60', 'http://[2001:db8::2]/'])
    assert.match(six.stdout, /^hello 2001:db8::1$/)
    const tuntcp = (...args: string[]) => run(process.execPath, [MAIN, ...args, '--pid', String(child.pid)])
    assert.match((await tuntcp('ss')).stdout, /LISTEN .*\*:80/)
    assert.match((await tuntcp('fault', 'set', 'delay=20ms')).stdout, /^out +delay=20ms .*\nin +delay=20ms /)
    const { stdout } = await curl('-o', '/dev/null', '-w', '%{time_connect}')
    assert.ok(Number(stdout) >= 0.04, stdout)
    child.kill('SIGKILL')
    await once(child, 'close')
  },

  async 'a device does not take the gateway of the host away'() {
    for (const words of [
      'tuntap add eth0 mode tap',
      'address add 192.0.2.2/24 dev eth0',
      'link set eth0 up',
      'route add default via 192.0.2.1',
    ])
      await run('ip', words.split(' '))
    const refused = await runRegistered([programPath('server.js')], {
      TUNTCP_TUN: 'true',
      TUNTCP_HOST_ADDRESS: '192.0.2.1/24',
    })
    assert.notEqual(refused.code, 0)
    assert.match(
      refused.errors,
      /192\.0\.2\.1\/24 would take away from this host the gateway 192\.0\.2\.1 of .* such as hostAddress: '198\.51\.100\.1\/24', address: '198\.51\.100\.2\/24' \(TUNTCP_HOST_ADDRESS=/,
    )
    const child = spawn(process.execPath, ['--import', REGISTER, programPath('server.js')], {
      env: { ...process.env, TUNTCP_TUN: 'true' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const [said] = (await once(child.stderr, 'data')) as [Buffer]
    assert.match(String(said), /so the device has 198\.51\.100\.1\/24 and the stack 198\.51\.100\.2\/24/)
    await once(child.stdout, 'data')
    const { stdout } = await run('curl', ['-sS', '--max-time', '60', 'http://198.51.100.2/'])
    assert.match(stdout, /^hello ::ffff:198\.51\.100\.1$/)
    child.kill('SIGKILL')
    await once(child, 'close')
  },

  async 'a TUN device: threads and children use it through the program'() {
    const { code, output, errors } = await runRegistered([programPath('family.js')], {
      TUNTCP_TUN: 'tuntcp0',
      HOST: '192.0.2.2',
    })
    assert.equal(output, familySays('192.0.2.2'), errors)
    assert.equal(code, 0)
    const six = await runRegistered([programPath('family.js')], {
      TUNTCP_TUN: 'tuntcp0',
      HOST: '2001:db8::2',
    })
    assert.equal(six.output, familySays('2001:db8::2'), six.errors)
    assert.equal(six.code, 0)
  },

  async 'a TUN device: a thread reaches a kernel over it, and the kernel otherwise'() {
    await run('ip', ['link', 'set', 'lo', 'up'])
    await run('ip', ['address', 'add', '198.18.0.1/32', 'dev', 'lo'])
    const server = net.createServer(socket => socket.end(`you are ${socket.remoteAddress}`)).listen(7000)
    await once(server, 'listening')
    for (const [host, answer] of [
      ['198.18.0.1', 'you are ::ffff:198.18.0.1'],
      ['192.0.2.1', 'you are ::ffff:192.0.2.2'],
      ['2001:db8::1', 'you are 2001:db8::2'],
    ] as const) {
      const thread = `new (require('worker_threads').Worker)(process.argv[1], { argv: ['${host}', '7000'] })`
      // The device is opened by the program, whoever needs it first.
      const reached = await runRegistered(['-e', thread, programPath('reach.js')], { TUNTCP_TUN: 'tuntcp0' })
      assert.equal(reached.output, `${answer}\n`, reached.errors)
      assert.equal(reached.code, 0)
    }
    server.close()
  },

  async 'servers of a cluster are the kernel’s'() {
    await run('ip', ['link', 'set', 'lo', 'up'])
    const child = spawn(process.execPath, ['--import', REGISTER, programPath('cluster.cjs')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [first] = (await once(child.stdout, 'data')) as [Buffer]
    assert.equal(String(first), 'listening 127.0.0.1 4200\n')
    assert.equal(await text(net.connect(4200, '127.0.0.1')), 'a worker')
    child.kill()
    await once(child, 'close')
  },

  async 'a device that is not to be had: the program ends'() {
    const { code, output, errors } = await runRegistered([programPath('echo.cjs')], {
      TUNTCP_TUN: 'name-that-is-too-long',
    })
    assert.match(errors, /^tuntcp: .*name-that-is-too-long.*\n$/)
    assert.equal(output, '')
    assert.notEqual(code, 0)
  },
})
