import { spawn } from 'node:child_process'
import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import { nodeClock } from '../../src/net/node-clock.ts'
import { type Conversation, conversationOf, type Step } from '../../src/proxy/socks/conversation.ts'
import { SocksProxy } from '../../src/proxy/socks/front.ts'
import { ruleOf } from '../../src/proxy/socks/rules.ts'
import { missingTools, testUnless } from '../support/needs.ts'
import { allEnded, deadPort, echo, endOf, LOOPBACK, next, readAll, serverOf } from './support.ts'

const LOGIN = { name: 'someone', password: 'open: sesame' }

const socks = async (
  t: ExecutionContext,
  options: Partial<ConstructorParameters<typeof SocksProxy>[0]> = {},
): Promise<{ proxy: SocksProxy; port: number }> => {
  const proxy = new SocksProxy({
    clock: nodeClock,
    seed: 7,
    listen: { host: LOOPBACK, port: 0 },
    login: null,
    ...options,
  })
  await proxy.start()
  t.teardown(() => proxy.close())
  return { proxy, port: (proxy.listen as { port: number }).port }
}

const client = (t: ExecutionContext, port: number): net.Socket => {
  const socket = net.connect(port, LOOPBACK)
  socket.on('error', () => {})
  t.teardown(() => socket.destroy())
  return socket
}

/** All bytes until there are so many. */
const bytes = async (socket: net.Socket, count: number): Promise<Buffer> => {
  let all = Buffer.alloc(0)
  while (all.length < count) all = Buffer.concat([all, ((await once(socket, 'data')) as [Buffer])[0]])
  return all
}

const request = (host: string, port: number): Buffer =>
  Buffer.concat([
    Buffer.from([5, 1, 0, 3, host.length]),
    Buffer.from(host),
    Buffer.from([port >> 8, port & 255]),
  ])

const greeting = Buffer.from([5, 1, 0])

test('SOCKS5: a name is looked up, the answer comes when the target is connected, and bytes said early arrive', async t => {
  const target = await echo(t)
  const { port } = await socks(t)
  const socket = client(t, port)
  socket.write(Buffer.concat([greeting, request('localhost', target.port), Buffer.from('early')]))
  const all = await bytes(socket, 2 + 10 + 5)
  t.deepEqual([...all.subarray(0, 12)], [5, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0])
  t.is(String(all.subarray(12)), 'early')
})

test('SOCKS5: byte for byte, and addresses of both families', async t => {
  const target = await echo(t)
  const { port } = await socks(t)
  for (const address of [
    [1, 127, 0, 0, 1],
    [4, ...Array(10).fill(0), 255, 255, 127, 0, 0, 1],
  ]) {
    const socket = client(t, port)
    for (const byte of [...greeting, 5, 1, 0, ...address, target.port >> 8, target.port & 255])
      socket.write(Buffer.from([byte]))
    t.is((await bytes(socket, 12))[3], 0)
    socket.end('hello')
    t.is(String(await readAll(socket)), 'hello')
  }
})

test('SOCKS5: what cannot be is answered by its code', async t => {
  const dead = await deadPort(t)
  const { port } = await socks(t)
  for (const [said, answer] of [
    [request(LOOPBACK, dead), 5],
    [request('no-such-host.invalid', 80), 4],
    [Buffer.from([5, 2, 0, 1, 127, 0, 0, 1, 0, 80]), 7],
    [Buffer.from([5, 1, 0, 9, 127, 0, 0, 1, 0, 80]), 8],
    [request('a\nb', 80), 1],
    [request(LOOPBACK, 0), 1],
  ] as const) {
    const socket = client(t, port)
    socket.write(Buffer.concat([greeting, said]))
    const all = await readAll(socket)
    t.is(all[3], answer, String(said))
  }
})

test('SOCKS5: without the password nobody gets through', async t => {
  const target = await echo(t)
  const { port } = await socks(t, { login: LOGIN })
  const without = client(t, port)
  without.write(greeting)
  t.deepEqual([...(await readAll(without))], [5, 0xff])
  for (const [password, code] of [
    [LOGIN.password, 0],
    ['wrong', 1],
  ] as const) {
    const socket = client(t, port)
    const login = [
      1,
      LOGIN.name.length,
      ...Buffer.from(LOGIN.name),
      password.length,
      ...Buffer.from(password),
    ]
    socket.write(Buffer.from([5, 2, 0, 2, ...login]))
    t.deepEqual([...(await bytes(socket, 4))], [5, 2, 1, code])
    if (code !== 0) continue
    socket.write(request(LOOPBACK, target.port))
    t.is((await bytes(socket, 10))[1], 0)
  }
})

const connectBy = async (t: ExecutionContext, port: number, head: string): Promise<net.Socket> => {
  const socket = client(t, port)
  await once(socket, 'connect')
  socket.write(head)
  return socket
}

test('CONNECT: answered when the target is connected; what cannot be is told', async t => {
  const target = await echo(t)
  const { port } = await socks(t)
  const at = `${LOOPBACK}:${target.port}`
  const socket = await connectBy(t, port, `CONNECT ${at} HTTP/1.1\r\nHost: ${at}\r\n\r\nearly`)
  const expected = 'HTTP/1.1 200 Connection established\r\n\r\nearly'
  t.is(String(await bytes(socket, expected.length)), expected)
  for (const [head, status] of [
    ['GET http://a/ HTTP/1.1\r\n\r\n', 405],
    ['CONNECT a HTTP/1.1\r\n\r\n', 400],
    ['CONNECT a:99999 HTTP/1.1\r\n\r\n', 400],
    ['NONSENSE\r\n\r\n', 400],
    ['CONNECT no-such-host.invalid:80 HTTP/1.1\r\n\r\n', 502],
    [`CONNECT a:1 HTTP/1.1\r\nx: ${'x'.repeat(17_000)}`, 431],
    ['\x04\x01', 400],
  ] as const) {
    const answer = String(await readAll(await connectBy(t, port, head)))
    t.true(answer.startsWith(`HTTP/1.1 ${status} `), `${head.slice(0, 40)}: ${answer}`)
  }
})

test('a client that goes on speaking has its answer all the same', async t => {
  const { port } = await socks(t, { patience: 3_600_000 })
  const more = Buffer.alloc(4 << 20)
  for (const [head, status] of [
    [`CONNECT ${LOOPBACK}:${await deadPort(t)} HTTP/1.1\r\n\r\n`, 502],
    ['POST http://a/ HTTP/1.1\r\n\r\n', 405],
  ] as const) {
    const socket = await connectBy(t, port, head)
    socket.write(more)
    // It reads when it has said all.
    socket.pause()
    await once(socket, 'drain')
    const heard = readAll(socket)
    socket.resume()
    const answer = String(await heard)
    t.true(answer.startsWith(`HTTP/1.1 ${status} `), answer)
    t.true(answer.endsWith('\n'))
  }
})

test('CONNECT: without the password nobody gets through', async t => {
  const target = await echo(t)
  const { port } = await socks(t, { login: LOGIN })
  const basic = (text: string) => `Proxy-Authorization: Basic ${Buffer.from(text).toString('base64')}\r\n`
  for (const [header, status] of [
    ['', 407],
    [basic('someone:wrong'), 407],
    [basic(`${LOGIN.name}:${LOGIN.password}`), 200],
  ] as const) {
    const socket = await connectBy(t, port, `CONNECT ${LOOPBACK}:${target.port} HTTP/1.1\r\n${header}\r\n`)
    t.true((await next(socket)).startsWith(`HTTP/1.1 ${status} `))
  }
})

test('rules by host and port have faults of their own', async t => {
  const target = await echo(t)
  const { proxy, port } = await socks(t, { rules: [`localhost:${target.port}`] })
  const [, ruled] = proxy.passages()
  ruled!.faults.change({ duplicate: 1 })
  for (const host of ['localhost', LOOPBACK]) {
    const socket = client(t, port)
    socket.write(Buffer.concat([greeting, request(host, target.port)]))
    await bytes(socket, 12)
    socket.end('x')
    t.is(String(await readAll(socket)), 'x')
  }
  t.true(ruled!.show().counters.upstream!.duplicated > 0)
  t.is(proxy.passage.show().counters.upstream!.duplicated, 0)
})

test('what a rule fits', t => {
  for (const [rule, host, port, fits] of [
    ['api.example:443', 'api.example', 443, true],
    ['api.example:443', 'API.example.', 443, true],
    ['api.example:443', 'api.example', 80, false],
    ['api.example', 'api.example', 80, true],
    ['*.example', 'api.example', 1, true],
    ['*.example', 'example', 1, false],
    [':443', 'anything', 443, true],
    ['[::1]:80', '::1', 80, true],
    ['[::1]:80', '::2', 80, false],
  ] as const)
    t.is(ruleOf(rule)(host, port), fits, `${rule} ${host}:${port}`)
  for (const bad of ['', ':', 'a:0', 'a:99999', 'a:b', 'a b:'])
    t.throws(() => ruleOf(bad), { instanceOf: RangeError }, bad)
})

test('a client that goes away in the middle of what it says leaves nothing', async t => {
  const { proxy, port } = await socks(t)
  const socket = client(t, port)
  await once(socket, 'connect')
  socket.write(Buffer.from([5]))
  socket.end()
  t.is(await endOf(socket), null)
  await t.notThrowsAsync(allEnded(proxy))
})

/** Walks a conversation through bytes that come in these pieces, as the front does. */
const walk = (talk: Conversation, pieces: readonly Uint8Array[]): Step => {
  let heard = Buffer.alloc(0)
  let last: Step = { kind: 'more' }
  for (const piece of pieces) {
    heard = Buffer.concat([heard, piece])
    for (;;) {
      last = talk.step(heard)
      if (last.kind === 'connect' || last.kind === 'end') return last
      if (last.kind === 'more') break
      if (last.used <= 0 || last.used > heard.length) throw new Error(`uses ${last.used} of ${heard.length}`)
      heard = heard.subarray(last.used)
    }
  }
  return last
}

test('whatever bytes come, in whatever pieces: it does not throw, and what is asked for is a host and a port', t => {
  const noise = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 20 })
  const likely = fc
    .tuple(fc.constantFrom([5, 1, 0], [5, 2, 0, 2], [5, 0]), fc.uint8Array({ maxLength: 300 }))
    .map(([head, rest]) => [Uint8Array.from(head), Uint8Array.from([5, 1, 0, ...rest])])
  for (const login of [null, LOGIN])
    fc.assert(
      fc.property(fc.oneof(noise, likely), pieces => {
        for (const first of [5, 0x43]) {
          const talk = conversationOf(first, login)
          if (Buffer.isBuffer(talk)) return
          const step = walk(talk, [Uint8Array.from([first]), ...pieces])
          if (step.kind === 'connect' && (step.port < 1 || !/^[\w.:%-]+$/.test(step.host)))
            throw new Error(JSON.stringify(step))
          if (step.kind === 'connect' && login !== null) throw new Error('nobody knows the password')
        }
      }),
      { numRuns: 2000, seed: 7 },
    )
  t.pass()
})

test('a request in any pieces is the same request', t => {
  const whole = Buffer.concat([greeting, request('db.example', 5432)])
  fc.assert(
    fc.property(fc.array(fc.nat(whole.length), { maxLength: 10 }), cuts => {
      const at = [0, ...cuts, whole.length].sort((a, b) => a - b)
      const pieces = at.slice(1).map((to, n) => whole.subarray(at[n], to))
      const step = walk(conversationOf(5, null) as Conversation, pieces)
      return step.kind === 'connect' && step.host === 'db.example' && step.port === 5432
    }),
    { seed: 7 },
  )
  t.pass()
})

testUnless(missingTools('curl'))('curl through SOCKS5 and through CONNECT, at losses', async t => {
  const body = 'a page of text\n'.repeat(1000)
  const server = http.createServer((_, response) => response.end(body)).listen(0, LOOPBACK)
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { port: httpPort } = server.address() as net.AddressInfo
  const { proxy, port } = await socks(t, { tcp: { initialRto: 50, minRto: 20 } })
  proxy.passage.faults.change({ loss: '5%' })
  for (const args of [
    ['--socks5-hostname', `${LOOPBACK}:${port}`],
    ['--proxytunnel', '--proxy', `http://${LOOPBACK}:${port}`],
  ]) {
    const curl = spawn('curl', ['-sS', '--noproxy', '', ...args, `http://localhost:${httpPort}/`])
    let out = ''
    let problems = ''
    curl.stdout.on('data', data => {
      out += data
    })
    curl.stderr.on('data', data => {
      problems += data
    })
    const [code] = await once(curl, 'close')
    t.is(code, 0, problems)
    t.is(out, body)
  }
})

test('a server that serves: bytes both ways, half-close', async t => {
  const target = await serverOf(t, socket => {
    socket.on('end', () => socket.end('after your end'))
    socket.resume()
  })
  const { port } = await socks(t)
  const socket = client(t, port)
  socket.write(Buffer.concat([greeting, request(LOOPBACK, target.port)]))
  await bytes(socket, 12)
  socket.end('x')
  t.is(String(await readAll(socket)), 'after your end')
})
