// What cli.test.ts runs, each case in a process and a network namespace of its own: the command line as child
// processes, against clients and servers of the kernel's.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  closeSync,
  constants,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
} from 'node:fs'
import net from 'node:net'
import { fileURLToPath } from 'node:url'
import { runCase, until } from '../support/namespace-case.ts'
import { readQlog } from '../support/qlog.ts'
import { type Program, run, runHere, spawnTuntcp, tuntcp, withDirectory } from './program.ts'

const OURS = '192.0.2.2'
const KERNEL = '192.0.2.1'
const READY = /^tuntcp serves .*\n/m

const ready = async (...args: string[]): Promise<Program> => {
  const program = tuntcp(['serve', '--log-level', 'silent', ...args])
  await program.prints(READY)
  return program
}

/** Connects, sends this and a FIN; everything that comes until the other FIN. */
const converse = async (port: number, send: string | Uint8Array, host = OURS): Promise<Buffer> => {
  const socket = net.connect({ host, port, allowHalfOpen: true })
  socket.end(send)
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk)
  return Buffer.concat(chunks)
}

const request = async (method: string, path: string, body = ''): Promise<{ head: string; body: Buffer }> => {
  const all = await converse(
    80,
    `${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  )
  const end = all.indexOf('\r\n\r\n')
  return { head: all.toString('latin1', 0, end), body: all.subarray(end + 4) }
}

const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex')

const pattern = (length: number): Buffer =>
  Buffer.from({
    length,
    *[Symbol.iterator]() {
      for (let i = 0; i < length; i++) yield i % 251
    },
  } as never)

/** The types of all blocks of a pcapng; fails unless they are whole. */
const pcapngBlocks = (path: string): number[] => {
  const bytes = readFileSync(path)
  const types: number[] = []
  let at = 0
  while (at < bytes.length) {
    const length = bytes.readUInt32LE(at + 4)
    assert.equal(bytes.readUInt32LE(at + length - 4), length)
    types.push(bytes.readUInt32LE(at))
    at += length
  }
  assert.equal(at, bytes.length)
  return types
}

/** A server of the kernel's on a port of its choosing. */
const kernelServer = async (
  connected: (socket: net.Socket) => void,
): Promise<{ port: string; server: net.Server }> => {
  const server = net.createServer({ allowHalfOpen: true }, socket => {
    socket.unref()
    connected(socket)
  })
  server.unref()
  server.listen(0)
  await once(server, 'listening')
  return { port: String((server.address() as net.AddressInfo).port), server }
}

const inDirectory =
  (use: (directory: string) => Promise<void>): (() => Promise<void>) =>
  () =>
    withDirectory(use)

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
    const second = await run(['serve', '--tun', 'given'])
    assert.deepEqual(second, {
      code: 1,
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
    const { code, stderr } = await run(['serve', '--host-address', '198.18.7.1/24'])
    assert.equal(code, 1)
    assert.equal(
      stderr,
      'tuntcp: 198.18.7.1/24 would take away from this host the address 198.18.7.1/24 of tuntcp0: choose others, such as --host-address 192.0.2.1/24 --address 192.0.2.2\n',
    )
    const same = await run(['serve', '--host-address', '192.0.2.1/24', '--address', '192.0.2.1'])
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
        const { code, stderr } = await run([...args, ...options])
        assert.deepEqual(
          { code, stderr },
          {
            code: 1,
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
    const capture = await run(['serve', '--pcap', `${directory}/no/where.pcapng`])
    assert.equal(capture.code, 1)
    assert.match(capture.stderr, /^tuntcp: the capture cannot be written: ENOENT.*\n$/)
    const recording = await run(['serve', '--record', `${directory}/no/where.tuntcp`])
    assert.equal(recording.code, 1)
    assert.match(recording.stderr, /^tuntcp: the recording cannot be written: ENOENT.*\n$/)
    const control = await run(['serve', '--control', `${directory}/no/socket`])
    assert.equal(control.code, 1)
    assert.match(control.stderr, /^tuntcp: no control socket at .*\n$/)
    const file = fileURLToPath(import.meta.url)
    const taken = await run(['serve', '--control', file])
    assert.equal(taken.code, 1)
    assert.match(taken.stderr, /^tuntcp: no control socket at .*: the path is taken, .*\n$/)
    assert.ok(existsSync(file))
  }),

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

  'ss shows listeners and connections': inDirectory(async () => {
    const server = await ready('--only', 'echo,http')
    const client = net.connect(7, OURS)
    client.write('x')
    await once(client, 'data')
    const { localPort } = client
    const all = await runHere(['ss'])
    assert.equal(all.code, 0)
    assert.match(all.stdout, /^State +Recv-Q +Send-Q +Local +Peer +Age +Timer\n/)
    assert.match(all.stdout, /^LISTEN +0 +511 +\*:7 +\*:\* +[\d.]+m?s$/m)
    assert.match(all.stdout, /^LISTEN +0 +511 +\*:80 +\*:\* +[\d.]+m?s$/m)
    const row = new RegExp(
      `^ESTABLISHED +0 +0 +192\\.0\\.2\\.2:7 +192\\.0\\.2\\.1:${localPort} +[\\d.]+m?s$`,
      'm',
    )
    assert.match(all.stdout, row)
    assert.match(
      (await runHere(['ss', '-e'])).stdout,
      / rtt:[\d.]+\/[\d.]+ rto:\d+ mss:1448 pmtu:1500 cwnd:\d+ /,
    )
    const one = await runHere(['ss', '--state', 'established', '--json', '--counters'])
    const { connections, counters } = JSON.parse(one.stdout)
    assert.equal(connections.length, 1)
    assert.deepEqual(
      { ...connections[0], age: 0, stateAge: 0, srtt: 0, rttvar: 0, rto: 0, cwnd: 0, ssthresh: 0 },
      {
        ...connections[0],
        state: 'ESTABLISHED',
        localAddress: OURS,
        localPort: 7,
        remoteAddress: KERNEL,
        remotePort: localPort,
        age: 0,
        stateAge: 0,
        srtt: 0,
        rttvar: 0,
        rto: 0,
        cwnd: 0,
        ssthresh: 0,
      },
    )
    assert.equal(counters.textIn, 1)
    assert.equal(counters.textOut, 1)
    assert.equal(counters.connections, 1)
    const text = await runHere(['ss', '--counters'])
    assert.match(text.stdout, /\n\nPackets +\d+ in, \d+ out\nText +1 bytes in, 1 bytes out\n/)
    client.destroy()
    assert.equal((await server.end('SIGINT')).code, 0)
  }),

  'ss finds the stack that is meant, and clears away what the dead have left': inDirectory(
    async directory => {
      const dead = await ready('--only', 'echo')
      const deadSocket = `${directory}/tuntcp-${dead.process.pid}.sock`
      await dead.end('SIGKILL')
      assert.ok(existsSync(deadSocket))
      const first = await ready('--only', 'echo')
      const pid = String(first.process.pid)
      assert.match((await runHere(['ss'])).stdout, / \*:7 /)
      assert.ok(!existsSync(deadSocket))

      const second = await ready('--only', 'discard', '--host-address', '198.18.1.1/24')
      const several = await runHere(['ss'])
      assert.equal(several.code, 1)
      assert.match(several.stderr, /^tuntcp: several stacks run: .*: choose one by --pid PID\n$/)
      assert.ok(several.stderr.includes(`${pid} (serve, 192.0.2.2/24 on tuntcp0)`))
      assert.match((await runHere(['ss', '--pid', pid])).stdout, / \*:7 /)
      assert.match(
        (await runHere(['ss', '--control', `${directory}/tuntcp-${second.process.pid}.sock`])).stdout,
        / \*:9 /,
      )
      const wrong = await runHere(['ss', '--pid', '1'])
      assert.equal(wrong.code, 1)
      assert.match(wrong.stderr, /^tuntcp: process 1 is no stack that runs; there are: .*\n$/)

      const watch = tuntcp(['ss', '--watch', '--pid', pid])
      await watch.prints(/ \*:7 /)
      await first.end('SIGTERM')
      assert.deepEqual((await watch.finished).code, 0)
      assert.equal(watch.stderr, 'tuntcp: the stack has ended\n')
      await second.end('SIGTERM')
    },
  ),

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

  'ss talks to nobody that is no stack': inDirectory(async directory => {
    const path = `${directory}/other`
    const server = net.createServer(socket => socket.end('{"hello":1}\n'))
    server.listen(path)
    await once(server, 'listening')
    const { code, stderr } = await runHere(['ss', '--control', path])
    assert.equal(code, 1)
    assert.equal(stderr, `tuntcp: ${path} does not answer: another program?\n`)
    server.close()
    const nothing = await runHere(['ss', '--control', `${directory}/nothing`])
    assert.equal(nothing.code, 1)
    assert.equal(
      nothing.stderr,
      `tuntcp: no stack has its control socket at ${directory}/nothing (ENOENT): 'tuntcp ss' without --control looks for those that run\n`,
    )
  }),
}

await runCase(cases)
