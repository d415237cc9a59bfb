// The cases of `serve` in cli.test.ts, each in a process and a network namespace of its own: the command as a child process.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import net from 'node:net'
import { fileURLToPath } from 'node:url'
import { runCase, until } from '../support/namespace-case.ts'
import { readQlog } from '../support/qlog.ts'
import { runHere, spawnTuntcp, tuntcp } from './program.ts'
import {
  converse,
  inDirectory,
  OURS,
  pattern,
  pcapngBlocks,
  READY,
  ready,
  request,
  sha256,
} from './serving.ts'

export const cases: Record<string, () => Promise<void>> = {
  'serve answers on all its ports': inDirectory(async () => {
    const program = await ready()
    assert.equal(
      program.stderr,
      'tuntcp serves echo 7, discard 9, daytime 13, chargen 19, http 80 at 192.0.2.2 on tuntcp0 (this host is 192.0.2.1); try: curl http://192.0.2.2/ or curl http://[2001:db8::2]/\n',
    )
    const bytes = pattern(3_000_000)
    assert.deepEqual(await converse(7, bytes), bytes)
    assert.equal(String(await converse(9, bytes)), '3000000\n')
    assert.ok(Math.abs(Date.parse(String(await converse(13, ''))) - Date.now()) < 60_000)

    const chargen = net.connect({ host: OURS, port: 19, allowHalfOpen: true })
    // Our end is none of its business.
    chargen.end()
    let read = Buffer.alloc(0)
    for await (const chunk of chargen) {
      read = Buffer.concat([read, chunk])
      if (read.length > 1_000_000) break
    }
    assert.deepEqual(read, pattern(read.length))
    assert.deepEqual(await program.end('SIGTERM'), { code: 0, stdout: '', stderr: program.stderr })
  }),

  'HTTP: a page about the connection, bytes with their sum, uploads counted': inDirectory(async () => {
    const program = await ready('--only', 'http')
    const page = await request('GET', '/')
    assert.match(page.head, /^HTTP\/1.1 200 OK\r\n(.*\r\n)*content-type: text\/plain/)
    assert.match(
      String(page.body),
      /connection +192\.0\.2\.1:\d+ → 192\.0\.2\.2:80\nstate +(CLOSE_WAIT|ESTABLISHED) for /,
    )
    const html = await converse(80, 'GET / HTTP/1.0\r\nAccept: text/html,*/*\r\n\r\n')
    assert.match(String(html), /<tr><th>state<\/th><td>/)
    const bytes = await request('GET', '/bytes/1000000')
    assert.deepEqual(bytes.body, pattern(1_000_000))
    assert.ok(bytes.head.includes(`x-sha256: ${sha256(bytes.body)}`))
    const head = await request('HEAD', '/bytes/1000000')
    assert.match(head.head, /content-length: 1000000\r\n/)
    assert.equal(head.body.length, 0)
    assert.match((await request('GET', '/bytes/0')).head, /content-length: 0\r\n/)
    const upload = await request('PUT', '/file', 'what is put')
    assert.equal(String(upload.body), `11 bytes\nsha256 ${sha256('what is put')}\n`)
    assert.match((await request('GET', '/nothing')).head, /^HTTP\/1.1 404 /)
    assert.match((await request('DELETE', '/')).head, /^HTTP\/1.1 405 /)
    assert.match(String(await converse(80, 'nonsense\r\n\r\n')), /^HTTP\/1.1 400 /)
    assert.equal((await program.end('SIGTERM')).code, 0)
  }),

  'services on other ports, and none': inDirectory(async () => {
    const program = await ready(
      '--only',
      'echo,daytime,http',
      '--echo',
      '7007',
      '--no-daytime',
      '--http',
      '0',
    )
    assert.equal(
      program.stderr,
      'tuntcp serves echo 7007 at 192.0.2.2 on tuntcp0 (this host is 192.0.2.1); try: telnet 192.0.2.2 7007 or telnet 2001:db8::2 7007\n',
    )
    assert.equal(String(await converse(7007, 'here')), 'here')
    await assert.rejects(converse(7, 'there'), { code: 'ECONNREFUSED' })
    assert.equal((await program.end('SIGTERM')).code, 0)
  }),

  'SIGINT ends connections in order; capture and qlog are whole, the control socket gone': inDirectory(
    async directory => {
      const [capture, log] = [`${directory}/capture.pcapng`, `${directory}/log.sqlog`]
      const program = tuntcp(['serve', '--pcap', capture, '--qlog', log, '--log-format', 'json'])
      await program.prints(READY)
      const [socket] = readdirSync(directory).filter(name => name.endsWith('.sock'))
      assert.equal(socket, `tuntcp-${program.process.pid}.sock`)
      assert.equal(statSync(`${directory}/${socket}`).mode & 0o777, 0o600)
      const client = net.connect(7, OURS)
      client.write('x')
      await once(client, 'data')
      const ended = once(client, 'end')
      const { code, stdout, stderr } = await program.end('SIGINT')
      await ended
      assert.equal(code, 0)
      assert.match(stderr, /^tuntcp serves .*\ntuntcp: ending 1 connection\n$/)
      const events = stdout
        .trim()
        .split('\n')
        .map(line => JSON.parse(line))
        .filter(event => event.remote !== undefined)
        .map(event => `${event.from} ${event.to}`)
      assert.deepEqual(events.slice(0, 3), [
        'LISTEN SYN_RECEIVED',
        'SYN_RECEIVED ESTABLISHED',
        'ESTABLISHED FIN_WAIT_1',
      ])
      assert.ok(events.some(event => event.endsWith(' TIME_WAIT')))
      // A section header, an interface, and packets: handshake, data and echo, both FINs.
      const types = pcapngBlocks(capture)
      assert.deepEqual(types.slice(0, 2), [0x0a0d0d0a, 1])
      assert.ok(types.filter(type => type === 6).length >= 8)
      const { header, events: told } = readQlog(readFileSync(log, 'utf8'))
      assert.deepEqual(header.trace.vantage_point, { name: 'tuntcp', type: 'server' })
      const [group] = told.filter(e => e.name === 'connectivity:connection_started').map(e => e.group_id)
      const states = told.flatMap(e => (e.group_id === group && 'new' in e.data ? [e.data.new] : []))
      assert.deepEqual(states.slice(0, 3), ['SYN_RECEIVED', 'ESTABLISHED', 'FIN_WAIT_1'])
      // Whole to the end of the process.
      assert.equal(states.at(-1), 'CLOSED')
      assert.deepEqual(readdirSync(directory).sort(), ['capture.pcapng', 'log.sqlog'])
    },
  ),

  'a peer that does not close is reset after a grace period, or at once by a second SIGINT': inDirectory(
    async directory => {
      for (const [twice, expected] of [
        [false, 0],
        [true, 130],
      ] as const) {
        const program = await ready('--only', 'echo')
        const client = net.connect({ host: OURS, port: 7, allowHalfOpen: true })
        client.on('error', () => {})
        client.write('x')
        await once(client, 'data')
        program.process.kill('SIGINT')
        // FIN has come; ours does not go.
        client.resume()
        await once(client, 'end')
        if (twice) program.process.kill('SIGINT')
        assert.equal((await program.finished).code, expected)
        assert.deepEqual(readdirSync(directory), [])
        client.destroy()
      }
    },
  ),

  'serve attaches to a device that has an address, and takes the one beside it': inDirectory(async () => {
    execFileSync('ip', ['tuntap', 'add', 'given', 'mode', 'tun'])
    execFileSync('ip', ['address', 'add', '198.18.5.9/24', 'dev', 'given'])
    execFileSync('ip', ['link', 'set', 'given', 'mtu', '1280', 'up'])
    const program = await ready('--tun', 'given', '--only', 'discard')
    assert.equal(
      program.stderr,
      'tuntcp serves discard 9 at 198.18.5.10 on given (this host is 198.18.5.9); try: ping 198.18.5.10\n',
    )
    assert.equal(String(await converse(9, 'five.', '198.18.5.10')), '5\n')
    const second = await runHere(['serve', '--tun', 'given'])
    assert.deepEqual(second, {
      code: 2,
      stdout: '',
      stderr:
        "tuntcp: the TUN device 'given' is in use by another process: end that one, or choose another name\n",
    })
    // Somebody takes it away.
    execFileSync('ip', ['link', 'delete', 'given'])
    const { code, stderr } = await program.finished
    assert.equal(code, 1)
    assert.match(stderr, /\ntuntcp: the TUN device 'given' is gone .*\n$/)
  }),

  'addresses of ours to choose, and those that do not go': inDirectory(async () => {
    const program = await ready(
      '--host-address',
      '198.18.7.1/24',
      '--address',
      '198.18.7.77',
      '--only',
      'discard',
    )
    assert.equal(String(await converse(9, '', '198.18.7.77')), '0\n')
    const { code, stderr } = await runHere(['serve', '--host-address', '198.18.7.1/24'])
    assert.equal(code, 2)
    assert.equal(
      stderr,
      'tuntcp: 198.18.7.1/24 would take away from this host the address 198.18.7.1/24 of tuntcp0: choose others, such as --host-address 192.0.2.1/24 --address 192.0.2.2\n',
    )
    const same = await runHere(['serve', '--host-address', '192.0.2.1/24', '--address', '192.0.2.1'])
    assert.deepEqual(same, {
      code: 2,
      stdout: '',
      stderr:
        "tuntcp serve: the host's end and ours cannot both be 192.0.2.1/24: choose another --address; see 'tuntcp serve --help'\n",
    })
    assert.equal((await program.end('SIGTERM')).code, 0)
  }),

  'on a host whose gateway is 192.0.2.1, no command takes it away': inDirectory(async () => {
    const ip = (words: string) => execFileSync('ip', words.split(' '), { encoding: 'utf8' })
    ip('tuntap add eth0 mode tap')
    ip('address add 192.0.2.2/24 dev eth0')
    ip('link set eth0 up')
    ip('route add default via 192.0.2.1')
    const before = ip('route show table all')
    const met = 'the gateway 192.0.2.1 of the default route on eth0 and the address 192.0.2.2/24 of eth0'
    for (const args of [
      ['serve'],
      ['forward', '80', '127.0.0.1:80', '--no-api'],
      ['connect', '192.0.2.1', '22'],
    ])
      for (const [options, address] of [
        [['--host-address', '192.0.2.1/24'], '192.0.2.1/24'],
        [['--address', '192.0.2.9'], '192.0.2.1/24'],
        [['--host-address', '198.18.7.1/24', '--address', '192.0.2.1'], '192.0.2.1'],
      ] as const) {
        const { code, stderr } = await runHere([...args, ...options])
        assert.deepEqual(
          { code, stderr },
          {
            code: 2,
            stderr: `tuntcp: ${address} would take away from this host ${met}: choose others, such as --host-address 198.51.100.1/24 --address 198.51.100.2\n`,
          },
        )
      }
    const program = await ready('--only', 'discard')
    assert.match(
      program.stderr,
      /^tuntcp: 192\.0\.2\.1\/24 would take away .*, so the device has 198\.51\.100\.1\/24 and the stack 198\.51\.100\.2\/24\ntuntcp serves discard 9 at 198\.51\.100\.2 on tuntcp0 /,
    )
    assert.equal(String(await converse(9, 'five.', '198.51.100.2')), '5\n')
    assert.equal((await program.end('SIGTERM')).code, 0)
    assert.equal(ip('route show table all'), before)
  }),

  'what cannot be written is said in one line': inDirectory(async directory => {
    const capture = await runHere(['serve', '--pcap', `${directory}/no/where.pcapng`])
    assert.equal(capture.code, 2)
    assert.match(capture.stderr, /^tuntcp: the capture cannot be written: ENOENT.*\n$/)
    const recording = await runHere(['serve', '--record', `${directory}/no/where.tuntcp`])
    assert.equal(recording.code, 2)
    assert.match(recording.stderr, /^tuntcp: the recording cannot be written: ENOENT.*\n$/)
    const control = await runHere(['serve', '--control', `${directory}/no/socket`])
    assert.equal(control.code, 2)
    assert.match(control.stderr, /^tuntcp: no control socket at .*\n$/)
    const file = fileURLToPath(import.meta.url)
    const taken = await runHere(['serve', '--control', file])
    assert.equal(taken.code, 2)
    assert.match(taken.stderr, /^tuntcp: no control socket at .*: the path is taken, .*\n$/)
    assert.ok(existsSync(file))
  }),

  'a log or a capture that nobody reads holds nothing up, and SIGTERM ends the process': inDirectory(
    async directory => {
      for (const args of [
        ['--log-level', 'trace', '--log-format', 'json'],
        ['--log-level', 'trace', '--log-format', 'pretty'],
        ['--log-level', 'silent', '--pcap', '-'],
        ['--log-level', 'silent', '--qlog', '-'],
      ]) {
        // A pipe that is open, and full after 64 KB.
        const path = `${directory}/log`
        execFileSync('mkfifo', [path])
        const pipe = openSync(path, 'r+')
        const program = spawnTuntcp(['serve', '--only', 'http', ...args], { stdio: ['ignore', pipe, 'pipe'] })
        let told = ''
        program.stderr!.setEncoding('utf8').on('data', (text: string) => {
          told += text
        })
        await until(() => READY.test(told))
        const { body } = await request('GET', '/bytes/3000000')
        assert.equal(body.length, 3_000_000, args.join(' '))
        program.kill('SIGTERM')
        const [code] = await once(program, 'close')
        assert.equal(code, 0, told)
        closeSync(pipe)
        rmSync(path)
      }
    },
  ),

  'who reads the log goes away: serve goes on, and says so': inDirectory(async () => {
    const program = spawnTuntcp(['serve', '--only', 'http'], { stdio: ['ignore', 'pipe', 'pipe'] })
    let told = ''
    program.stderr!.setEncoding('utf8').on('data', (text: string) => {
      told += text
    })
    await until(() => READY.test(told))
    program.stdout!.destroy()
    for (let i = 0; i < 3; i++) assert.equal((await request('GET', '/bytes/10')).body.length, 10)
    await until(() => /\ntuntcp: nobody reads the log any more: it ends here\n/.test(told))
    // Nor does anybody read what it has to complain about.
    program.stderr!.destroy()
    assert.equal((await request('GET', '/bytes/10')).body.length, 10)
    program.kill('SIGTERM')
    const [code] = await once(program, 'close')
    assert.equal(code, 0)
  }),
}

await runCase(cases)
