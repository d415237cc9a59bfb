import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import { buffer, text } from 'node:stream/consumers'
import test from 'ava'
import { Pool } from 'undici'
import * as members from '../../src/net/module.ts'
import { createNetwork } from '../../src/testing/testing.ts'
import { CERTIFICATE, KEY } from '../libraries/certificate.ts'
import { pattern } from '../net/support.ts'
import { connected, get, twoHosts } from './support.ts'

test('hosts reach each other by name and by address, in real time too', async t => {
  const net = createNetwork({ seed: 1 })
  const [a, b] = [net.host('a'), net.host('b', { address: '192.0.2.7' })]
  t.is(a.address, '198.18.0.1')
  t.is(b.address, '192.0.2.7')
  const server = b.net.createServer(socket => socket.pipe(socket)).listen(7, 'b')
  await once(server, 'listening')
  t.like(server.address(), { address: '192.0.2.7', port: 7 })
  for (const host of ['b', 'B', '192.0.2.7']) {
    const socket = a.net.connect(7, host)
    socket.end('hello')
    t.is(String(await buffer(socket)), 'hello')
  }
  const nobody = a.net.connect(7, 'c')
  const [error] = await once(nobody, 'error')
  t.like(error, { code: 'ENOTFOUND', errno: -3008, syscall: 'getaddrinfo', hostname: 'c' })
  t.is(error.message, 'getaddrinfo ENOTFOUND c')
  const own = a.net.createServer(socket => socket.end('own')).listen(9)
  const toSelf = a.net.connect({ port: 9, host: 'localhost', autoSelectFamily: false })
  t.is(String(await buffer(toSelf)), 'own')
  own.close()
  await net.close()
})

test('net is the whole module, on this host', async t => {
  const { net, client, server } = twoHosts(t)
  t.deepEqual(Object.keys(client.net).sort(), Object.keys(members).sort())
  t.is(client.net.getDefaultStack(), client.stack)
  t.throws(() => client.net.setDefaultStack(null), { code: 'ERR_INVALID_STATE' })
  const { Socket, Server, Stream, createConnection } = client.net
  t.is(Stream, Socket)
  // As node:net's, with and without new, and as a base.
  const makeSocket = Socket as unknown as () => InstanceType<typeof Socket>
  const makeServer = server.net.Server as unknown as (listener: () => void) => InstanceType<typeof Server>
  class Mine extends Socket {
    mine = true
  }
  let connections = 0
  const listener = makeServer(() => connections++).listen(80)
  const sockets = [
    new Socket(),
    makeSocket(),
    new Mine({ allowHalfOpen: true }),
    createConnection(80, 'server'),
  ]
  for (const socket of sockets.slice(0, 3)) socket.connect({ port: 80, host: 'server' })
  await net.until(Promise.all(sockets.map(socket => once(socket, 'connect'))))
  await net.advance('10ms')
  t.is(connections, 4)
  for (const socket of sockets) {
    t.true(socket instanceof Socket)
    t.is(socket.localAddress, client.addresses[1])
  }
  t.true((sockets[2] as Mine).mine)
  t.true((sockets[2] as Mine).allowHalfOpen)
  t.true(listener instanceof server.net.Server)
  t.is(server.connections().filter(({ state }) => state === 'ESTABLISHED').length, 4)
  t.true(new server.net.Server({ allowHalfOpen: true }) instanceof server.net.Server)
})

test('options of the TCP: of the network, and of one host beside them', t => {
  const { net, client } = twoHosts(t, { tcp: { msl: 500, minRto: 200 } })
  const own = net.host('own', { tcp: { msl: 5 } })
  t.like(client.stack.host.options, { msl: 500, minRto: 200 })
  t.like(own.stack.host.options, { msl: 5, minRto: 200 })
})

test('a server of node:http’s is served, and reached with createConnection and with an agent', async t => {
  const { net, client, server } = twoHosts(t, { link: { delay: '20ms' } })
  let connections = 0
  const web = http.createServer((request, response) => response.end(request.url))
  web.on('connection', () => connections++)
  server.serve(web, { port: 80 })
  const to = { host: 'server', createConnection: client.connect }
  t.deepEqual(await net.until(get({ ...to, path: '/one' })), [200, '/one'])
  const agent = client.agent({ keepAlive: true })
  t.deepEqual(await net.until(get({ host: 'server', agent, path: '/two' })), [200, '/two'])
  t.deepEqual(await net.until(get({ host: 'server', agent, path: '/three' })), [200, '/three'])
  t.is(connections, 2)
  t.is(net.now, 2 * 80 + 40)
})

test('https by an agent, and undici in the clear and with TLS', async t => {
  const { net, client, server } = twoHosts(t, { link: { delay: '5ms' } })
  const answer: http.RequestListener = (request, response) => response.end(`${request.method} ${request.url}`)
  server.serve(http.createServer(answer), { port: 80 })
  server.serve(https.createServer({ key: KEY, cert: CERTIFICATE }, answer), { port: 443 })
  const agent = client.httpsAgent({ rejectUnauthorized: false })
  const request = https.get({ host: 'server', path: '/a', agent })
  const [response] = (await net.until(once(request, 'response'))) as [http.IncomingMessage]
  t.is(await net.until(text(response)), 'GET /a')
  for (const url of ['http://server', 'https://server']) {
    const pool = new Pool(url, { connect: client.connector({ rejectUnauthorized: false }) })
    const { body } = await net.until(pool.request({ path: '/b', method: 'GET' }))
    t.is(await net.until(body.text()), 'GET /b', url)
    await net.until(pool.destroy())
  }
  const nobody = new Pool('http://server:81', { connect: client.connector() })
  await t.throwsAsync(net.until(nobody.request({ path: '/', method: 'GET' })), { code: 'ECONNREFUSED' })
})

test('much data crosses a bad network whole', async t => {
  const { net, client, server } = twoHosts(t, {
    link: { loss: '3%', delay: '20ms', jitter: '5ms', rate: '10mbit', reorder: '1%', duplicate: '1%' },
  })
  const { near, far } = await connected(net, client, server)
  const data = pattern(500_000)
  near.end(data)
  far.end()
  t.true((await net.until(buffer(far))).equals(data))
})

test('what a seed brings about, it brings about again', async t => {
  const run = async (seed: number) => {
    const { net, client, server } = twoHosts(t, { seed, link: { loss: 0.1, delay: '10ms', jitter: '5ms' } })
    const { near, far } = await connected(net, client, server)
    near.end(pattern(50_000))
    await net.until(buffer(far))
    return net.report()
  }
  const one = await run(1)
  t.is(await run(1), one)
  t.not(await run(2), one)
})

test('what is wrong is named', t => {
  t.throws(() => createNetwork({ time: 'fake' as never }), {
    code: 'ERR_INVALID_ARG_VALUE',
    message: "The property 'options.time' must be 'real' or 'virtual'. Received 'fake'",
  })
  t.throws(() => createNetwork({ link: { loss: 7 } }), { code: 'ERR_OUT_OF_RANGE', message: /link\.loss/ })
  t.throws(() => createNetwork({ timers: {} as never }), {
    message: /options\.timers.*needs time: 'virtual'/,
  })
  t.throws(() => createNetwork({ time: 'virtual', timers: {} }), { code: 'ERR_INVALID_ARG_TYPE' })
  t.throws(() => createNetwork({ seed: {} as never }), { message: /options\.seed/ })
  t.throws(() => createNetwork({ ladder: 0 }), { message: /options\.ladder/ })
  t.throws(() => createNetwork({ tcp: { msl: -1 } }), { instanceOf: RangeError, message: /msl/ })
  t.throws(() => createNetwork(null as never), { code: 'ERR_INVALID_ARG_TYPE' })
  const { net, client, server } = twoHosts(t)
  t.throws(() => net.host('Client'), { message: /'name'.*'Client'/ })
  t.throws(() => net.host(''), { code: 'ERR_INVALID_ARG_TYPE' })
  t.throws(() => net.host('c', { address: '198.18.0.1' }), { message: /options\.address.*'198\.18\.0\.1'/ })
  t.throws(() => net.host('c', { address: 'here' }), { message: /must be IP addresses.*'here'/ })
  t.throws(() => net.partition(client, client), { message: /between a host and itself/ })
  t.throws(() => net.partition(client, twoHosts(t).client), { message: /a host of this network/ })
  t.throws(() => net.link(client, server, { rate: 'fast' as never }), { message: /'link\.rate'/ })
  t.throws(() => net.path(client, server, { rate: 'fast' as never }), { message: /'path\.rate'/ })
  t.throws(() => net.dropNext({ flags: 'FYN' as never }), { message: /options\.flags.*'FYN'/ })
  t.throws(() => net.dropNext({ count: 0 }), { instanceOf: RangeError, message: /options\.count/ })
  t.throws(() => net.dropNext({ match: 1 as never }), { message: /options\.match/ })
  t.throws(() => net.dropNext({ data: 1 as never }), { message: /options\.data/ })
  t.throws(() => net.dropNext({ from: {} as never }), { message: /a host of this network/ })
  t.throws(() => net.reset(new client.net.Socket()), { message: /a connected socket of this network/ })
  t.throws(() => net.host('c', { address: [] }), { message: /options\.address/ })
  t.throws(() => net.host('c', { address: ['192.0.2.1', 7 as never] }), { code: 'ERR_INVALID_ARG_TYPE' })
  t.throws(() => createNetwork({ family: 5 as never }), { message: /'options\.family' must be 4 or 6/ })
  t.throws(() => net.link({ family: 5 as never }), { message: /'link\.family' must be 4 or 6/ })
  t.throws(() => net.blackhole({ family: '6' as never }), { message: /'options\.family' must be 4 or 6/ })
  t.throws(() => net.dropNext({ family: 1 as never }), { message: /'options\.family' must be 4 or 6/ })
  t.throws(() => net.blackhole({}), { code: 'ERR_INVALID_ARG_TYPE' })
  t.throws(() => net.firewall({}), { message: /must say what is stopped: idle/ })
  t.throws(() => net.capture('/nowhere/at/all.pcapng'), { code: 'ENOENT' })
})
