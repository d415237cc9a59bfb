import { once } from 'node:events'
import http from 'node:http'
import type net from 'node:net'
import { text } from 'node:stream/consumers'
import test from 'ava'
import type { Stack } from '../../src/net/stack.ts'
import { Connection } from '../../src/tcp/block/connection.ts'
import { B, closeBoth, pair, pattern } from './support.ts'

const get = async (
  a: Stack,
  options: http.RequestOptions,
  body: string | Buffer = '',
): Promise<{ status: number; body: string }> => {
  const request = http.request({ host: B, port: 80, createConnection: a.connect, ...options })
  request.end(body)
  const [response] = (await once(request, 'response')) as [http.IncomingMessage]
  return { status: response.statusCode!, body: await text(response) }
}

test('a request to a server of node:http’s, and its answer', async t => {
  const stacks = pair()
  const { a, b } = stacks
  const server = http.createServer(async (request, response) => {
    const body = await text(request)
    response.end(`${request.method} ${request.url} ${body} ${request.socket.remoteAddress}`)
  })
  const listening = once(server, 'listening')
  const ours = b.serve(server, { port: 80, host: B })
  await listening
  t.true(server.listening)
  t.deepEqual(server.address(), ours.address())
  t.like(await get(a, { path: '/page', method: 'POST' }, 'hello'), {
    status: 200,
    body: 'POST /page hello 192.0.2.1',
  })
  t.throws(() => server.listen(81), { code: 'ERR_SERVER_ALREADY_LISTEN' })
  server.close()
  await once(server, 'close')
  t.false(server.listening)
  t.false(ours.listening)
  await t.throwsAsync(get(a, {}), { code: 'ECONNREFUSED' })
  await closeBoth(stacks)
})

test('maxConnections of a server that is served counts when somebody connects', async t => {
  const stacks = pair()
  const { a, b } = stacks
  const server = http.createServer()
  const ours = b.serve(server, { port: 80 })
  await once(server, 'listening')
  const one = a.connect(80, B)
  await once(server, 'connection')
  ours.maxConnections = 0
  t.is(server.maxConnections, 0)
  server.maxConnections = 1
  t.is(ours.maxConnections, 1)
  const two = a.connect(80, B).resume()
  const [dropped] = await once(server, 'drop')
  t.is(dropped.remoteFamily, 'IPv4')
  await once(two, 'close')
  one.destroy()
  server.close()
  await closeBoth(stacks)
})

test('an agent keeps the connection alive and uses it again', async t => {
  const stacks = pair()
  const { a, b } = stacks
  let connections = 0
  const body = pattern(300_000).toString('latin1')
  const server = http.createServer((_request, response) => response.end(body, 'latin1'))
  server.on('connection', () => connections++)
  b.serve(server, { port: 80 })
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  Object.assign(agent, { createConnection: a.connect })
  const options = { host: B, port: 80, agent }
  for (let i = 0; i < 3; i++) {
    const request = http.get(options)
    const [response] = (await once(request, 'response')) as [http.IncomingMessage]
    response.setEncoding('latin1')
    t.true((await text(response)) === body)
    await new Promise(resolve => setImmediate(resolve))
  }
  t.is(connections, 1)
  agent.destroy()
  const closed = new Promise(resolve => server.close(resolve))
  t.is(await closed, undefined)
  await closeBoth(stacks)
})

test('close waits for the connection that is busy, then calls back', async t => {
  const stacks = pair()
  const { a, b } = stacks
  let finish = () => {}
  const server = http.createServer((_request, response) => {
    response.write('one ')
    finish = () => response.end('two')
  })
  b.serve(server, { port: 80 })
  const request = http.get({ host: B, port: 80, createConnection: a.connect })
  const [response] = (await once(request, 'response')) as [http.IncomingMessage]
  let closed = false
  const done = new Promise<void>(resolve => {
    server.close(error => {
      t.is(error, undefined)
      closed = true
      resolve()
    })
  })
  for (let i = 0; i < 20; i++) await new Promise(resolve => setImmediate(resolve))
  t.false(closed)
  finish()
  t.is(await text(response), 'one two')
  await done
  await closeBoth(stacks)
})

test('slow clients are timed out: the server has been told that it listens', async t => {
  const stacks = pair()
  const { a, b } = stacks
  const server = http.createServer(
    { headersTimeout: 50, requestTimeout: 50, connectionsCheckingInterval: 20 },
    () => t.fail(),
  )
  const failed = new Promise<Error>(resolve => server.on('connection', socket => socket.on('error', resolve)))
  b.serve(server, { port: 80 })
  const client = a.connect(80, B)
  client.write('GET / HTTP/1.1\r\nX: ')
  // On a slow machine the answer may come before the server has read what the client wrote: a reset, as with a kernel.
  client.on('error', () => {})
  const closed = new Promise(resolve => client.on('close', resolve))
  client.resume()
  t.is(((await failed) as NodeJS.ErrnoException).code, 'ERR_HTTP_REQUEST_TIMEOUT')
  await closed
  server.close()
  await closeBoth(stacks)
})

test('an upgrade hands over the socket', async t => {
  const stacks = pair()
  const { a, b } = stacks
  const server = http.createServer()
  server.on('upgrade', (_request, socket, head) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n')
    socket.write(head)
    socket.pipe(socket)
  })
  b.serve(server, { port: 80 })
  const request = http.request({
    host: B,
    port: 80,
    createConnection: a.connect,
    headers: { Connection: 'Upgrade', Upgrade: 'echo' },
  })
  request.end()
  const [, socket] = (await once(request, 'upgrade')) as [http.IncomingMessage, net.Socket]
  socket.end('echo this')
  t.is(await text(socket), 'echo this')
  server.close()
  await closeBoth(stacks)
})

test('errors of listening are the server’s', async t => {
  const stacks = pair()
  const { b } = stacks
  const taken = b.createServer().listen(80)
  const server = http.createServer()
  const failed = once(server, 'error')
  b.serve(server, { port: 80 })
  t.is((await failed)[0].code, 'EADDRINUSE')
  t.false(server.listening)
  taken.close()
  await closeBoth(stacks)
})

test('what a server of Node’s is told of its connections reaches the TCP', async t => {
  const stacks = pair()
  const { a, b } = stacks
  const server = http.createServer({ noDelay: false, keepAlive: true, keepAliveInitialDelay: 5000 })
  b.serve(server, { port: 80 })
  const client = a.connect({ port: 80, host: B })
  await once(server, 'connection')
  const connection = [...b.host.connections].find(c => c instanceof Connection)
  t.like(connection!.options, { noDelay: false, keepAlive: true, keepAliveIdle: 5000 })
  client.destroy()
  server.close()
  await closeBoth(stacks)
})
