// The cases of forward.test.ts, each in a process and a network namespace of its own: clients and servers of the
// kernel's, with tuntcp forward between them.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, statSync } from 'node:fs'
import http from 'node:http'
import net from 'node:net'
import { promisify } from 'node:util'
import { runCase } from '../support/namespace-case.ts'
import { type Program, runHere, tuntcp } from './program.ts'

const run = promisify(execFile)
const OURS = '192.0.2.2'

const server = async (connected: (socket: net.Socket) => void): Promise<number> => {
  await run('ip', ['link', 'set', 'lo', 'up'])
  const listening = net.createServer({ allowHalfOpen: true }, connected).listen(0, '127.0.0.1')
  // Resets are passed on to it.
  listening.unref()
  listening.on('connection', socket => socket.on('error', () => {}))
  await once(listening, 'listening')
  return (listening.address() as net.AddressInfo).port
}

const forwarding = async (target: number, ...args: string[]): Promise<Program> => {
  const program = tuntcp(['forward', '80', `127.0.0.1:${target}`, ...args])
  await program.prints(/^tuntcp forwards 192\.0\.2\.2:80 on .*\n/m)
  return program
}

/** Done by the command line. */
const fault = async (...args: string[]): Promise<string> => {
  const { code, stdout, stderr } = await runHere(['fault', ...args])
  assert.equal(code, 0, stderr)
  return stdout
}

/** The place of the HTTP interface's token. */
const tokenPath = ({ stderr }: Program): string => /\(its token is in (.*)\)/.exec(stderr)![1]!

/** Done by HTTP. */
const apiOf = (program: Program) => {
  const authorization = `Bearer ${readFileSync(tokenPath(program), 'utf8').trim()}`
  return (method: string, path: string, body?: unknown, headers = {}) =>
    askApi(method, path, body, { authorization, ...headers })
}

const askApi = async (method: string, path: string, body?: unknown, headers = {}) => {
  const request = http.request({
    port: 8473,
    host: '127.0.0.1',
    method,
    path,
    headers,
    agent: false,
  })
  request.end(body === undefined ? undefined : JSON.stringify(body))
  const [response] = (await once(request, 'response')) as [http.IncomingMessage]
  let text = ''
  for await (const chunk of response) text += chunk
  return { status: response.statusCode, body: JSON.parse(text) }
}

const ended = async (program: Program): Promise<void> => {
  program.process.kill('SIGTERM')
  assert.equal((await program.finished).code, 0)
}

const all = async (socket: net.Socket): Promise<string> => {
  let text = ''
  socket.on('data', data => {
    text += data
  })
  await once(socket, 'end')
  return text
}

await runCase({
  async 'curl reaches a server of the kernel’s, under loss and delay'() {
    const body = 'x'.repeat(200_000)
    await run('ip', ['link', 'set', 'lo', 'up'])
    const web = http.createServer((_request, response) => response.end(body)).listen(0, '127.0.0.1')
    await once(web, 'listening')
    const { port } = web.address() as net.AddressInfo
    const program = await forwarding(port, '--fault', 'loss=2%', '--fault', 'delay=5ms')
    const { stdout } = await run('curl', ['-sS', '--max-time', '60', `http://${OURS}/`], { maxBuffer: 1e6 })
    assert.ok(stdout === body)
    const shown = await fault('show')
    assert.match(shown, /^out +loss=2% delay=5ms {2}\(\d+ packets, \d+ delivered.*\nin +loss=2% delay=5ms /)
    await ended(program)
    web.close()
  },

  async 'the end of a direction, and a reset, from either side'() {
    const sockets: net.Socket[] = []
    const port = await server(socket => void sockets.push(socket))
    const program = await forwarding(port, '--no-api')
    const connect = async () => {
      const count = sockets.length
      const client = net.connect({ port: 80, host: OURS, allowHalfOpen: true })
      await once(client, 'connect')
      client.write('?')
      while (sockets.length === count) await new Promise(resolve => setTimeout(resolve, 2))
      const theirs = sockets.at(-1)!
      await once(theirs, 'data')
      return { client, theirs }
    }
    const half = await connect()
    half.client.end('question')
    assert.equal(await all(half.theirs), 'question')
    half.theirs.end('answer')
    assert.equal(await all(half.client), 'answer')
    for (const [from, to] of [
      ['client', 'theirs'],
      ['theirs', 'client'],
    ] as const) {
      const pair = await connect()
      const failed = once(pair[to], 'error')
      pair[from].resetAndDestroy()
      assert.equal((await failed)[0].code, 'ECONNRESET')
    }
    await ended(program)
  },

  async 'a server that cannot be reached: the client is reset'() {
    await run('ip', ['link', 'set', 'lo', 'up'])
    const program = await forwarding(1, '--no-api')
    const client = net.connect(80, OURS)
    const [error] = await once(client, 'error')
    assert.equal(error.code, 'ECONNRESET')
    await program.prints(/127\.0\.0\.1:1 cannot be reached: connect ECONNREFUSED/)
    await ended(program)
  },

  async 'faults by HTTP, while it runs'() {
    const port = await server(socket => socket.pipe(socket))
    const program = await forwarding(port)
    const api = apiOf(program)
    const client = net.connect(80, OURS)
    await once(client, 'connect')
    const echoed = async (text: string) => {
      client.write(text)
      return String((await once(client, 'data'))[0])
    }
    assert.equal(await echoed('one'), 'one')
    const set = await api('PATCH', '/faults', { delay: '30ms', direction: 'out' })
    assert.deepEqual([set.status, set.body.faults], [200, { out: { delay: '30ms' }, in: {} }])
    const before = performance.now()
    assert.equal(await echoed('two'), 'two')
    // Never earlier.
    assert.ok(performance.now() - before >= 30)
    await api('DELETE', '/faults')
    assert.equal((await api('POST', '/drop-next', { data: true, direction: 'out' })).body.dropNext, 1)
    assert.equal(await echoed('three'), 'three')
    const shown = (await api('GET', '/faults')).body
    assert.deepEqual(shown.faults, { out: {}, in: {} })
    assert.equal(shown.dropNext, 0)
    assert.equal(shown.counters.out.lost.script, 1)
    const connections = (await api('GET', '/connections')).body.connections
    assert.ok(connections.some((row: { state: string }) => row.state === 'ESTABLISHED'))
    // A partition, told while it lasts; then the connection lives on.
    await api('POST', '/partition')
    client.write('four')
    assert.equal((await api('GET', '/faults')).body.faults.in.blackhole, true)
    await api('POST', '/heal')
    assert.equal(String((await once(client, 'data'))[0]), 'four')
    const failed = once(client, 'error')
    assert.equal((await api('POST', '/reset', { remotePort: client.localPort })).body.reset, 1)
    assert.equal((await failed)[0].code, 'ECONNRESET')
    // A senseless order changes nothing, and the answer says why.
    for (const [method, path, body, status, message] of [
      ['PATCH', '/faults', { loss: '200%' }, 400, /faults\.loss.*from 0 to 1/],
      ['PATCH', '/faults', { los: '2%' }, 400, /'faults\.los' does not exist/],
      ['PATCH', '/faults', { loss: 0.1, direction: 'up' }, 400, /one of out, in\. Received 'up'/],
      ['POST', '/drop-next', { flags: ['SIN'] }, 400, /must be of FIN, SYN/],
      ['POST', '/reset', { port: 1 }, 400, /takes localPort, remotePort, remoteAddress\. Received 'port'/],
      ['PUT', '/faults', {}, 405, /\/faults takes GET, PATCH, DELETE, not PUT/],
      ['GET', '/nothing', undefined, 404, /there is no \/nothing; there are \/faults/],
    ] as const) {
      const answer = await api(method, path, body)
      assert.equal(answer.status, status, JSON.stringify(answer))
      assert.match(answer.body.error, message)
    }
    assert.deepEqual((await api('GET', '/faults')).body.faults, { out: {}, in: {} })
    const pages = [{ host: 'evil.example' }, { origin: 'http://evil.example' }]
    for (const headers of pages)
      assert.equal((await api('DELETE', '/faults', undefined, headers)).status, 403)
    await ended(program)
  },

  async 'the HTTP interface takes orders from those who can read its token'() {
    const port = await server(socket => socket.pipe(socket))
    const directory = process.env.XDG_RUNTIME_DIR ?? '/tmp'
    for (const args of [[], ['--api-token-file', `${directory}/token-of-${process.pid}`]]) {
      const program = await forwarding(port, ...args)
      const path = tokenPath(program)
      if (args.length > 0) assert.equal(path, args[1])
      assert.equal(statSync(path).mode & 0o777, 0o600)
      const token = readFileSync(path, 'utf8').trim()
      assert.match(token, /^[\w-]{32}$/)
      for (const authorization of [undefined, '', token, `Bearer ${token.slice(1)}`, `Bearer ${token}x`]) {
        const headers = authorization === undefined ? {} : { authorization }
        for (const [method, where] of [
          ['GET', '/faults'],
          ['GET', '/connections'],
          ['DELETE', '/faults'],
          ['GET', '/nothing'],
        ] as const) {
          const answer = await askApi(method, where, undefined, headers)
          assert.equal(answer.status, 401)
          assert.match(answer.body.error, /Authorization: Bearer TOKEN/)
        }
      }
      assert.equal((await apiOf(program)('GET', '/faults')).status, 200)
      await ended(program)
      assert.ok(!existsSync(path))
    }
  },

  async 'faults by the command line, while it runs'() {
    const port = await server(socket => socket.pipe(socket))
    const program = await forwarding(port, '--no-api')
    assert.match(
      await fault('set', 'loss=10%', 'rate=1mbit', '--direction', 'in'),
      /^out +all is well.*\nin +loss=10% rate=1mbit/,
    )
    assert.match(await fault('set', 'loss=off'), /^out +all is well.*\nin +rate=1mbit {2}/)
    assert.match(await fault('partition'), /^out +blackhole=true.*\nin +rate=1mbit blackhole=true/)
    assert.match(await fault('heal'), /^out +all is well.*\nin +rate=1mbit {2}/)
    assert.match(await fault('clear'), /^out +all is well.*\nin +all is well/)
    assert.match(await fault('drop-next', 'SYN,ACK', '--direction', 'out'), /1 more packet is to be lost/)
    const client = net.connect(80, OURS)
    await once(client, 'connect')
    assert.match(await fault('show'), /^out .*lost: 1 script/)
    const failed = once(client, 'error')
    assert.equal(await fault('reset', '--port', '80', '--peer', '192.0.2.1'), '1 connection reset\n')
    assert.equal((await failed)[0].code, 'ECONNRESET')
    const json = JSON.parse(await fault('set', 'mtu=600', '--json'))
    assert.equal(json.faults.out.mtu, '600')
    for (const [args, message] of [
      [['set', 'los=1%'], /there is no fault 'los'/],
      [['set'], /NAME=VALUE is missing/],
      [['sett'], /ORDER must be one of show, .* not 'sett' \(did you mean 'set'\?\)/],
      [['show', '--count', '3'], /--count is for drop-next, not for show/],
    ] as const) {
      const { code, stderr } = await runHere(['fault', ...args])
      assert.equal(code, 2)
      assert.match(stderr, message)
    }
    await ended(program)
  },

  async 'a stack that takes no faults says so'() {
    const program = tuntcp(['serve', '--log-level', 'silent'])
    await program.prints(/^tuntcp serves /m)
    const { code, stderr } = await runHere(['fault', 'show'])
    assert.equal(code, 2)
    assert.match(stderr, /^tuntcp: this stack takes no faults; one of tuntcp forward/)
    await ended(program)
  },
})
