/** Node's own: http, https, http2 with and without TLS, tls. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import http2 from 'node:http2'
import https from 'node:https'
import { buffer, text } from 'node:stream/consumers'
import tls from 'node:tls'
import { CERTIFICATE, KEY } from './certificate.ts'
import { pattern, type Scenario, type World } from './worlds.ts'

const secrets = { key: KEY, cert: CERTIFICATE }
const BODY = pattern(200_000)

const echo: http.RequestListener = async (request, response) => {
  const body = await buffer(request)
  response.setHeader('x-peer', request.socket.remoteAddress ?? '')
  response.end(body)
}

/** TLS to a server of the world's, begun while the connection is being opened. */
const secure = (world: World, port: number, options: tls.ConnectionOptions = {}): tls.TLSSocket => {
  const socket = world.connect(port)
  const secured = tls.connect({ socket, ca: CERTIFICATE, host: world.host, ...options })
  // TLS ends it (docs/node-net.md).
  socket.allowHalfOpen = true
  return secured
}

const exchange = async (request: http.ClientRequest): Promise<{ status: number; body: Buffer }> => {
  request.end(BODY)
  const [response] = (await once(request, 'response')) as [http.IncomingMessage]
  return { status: response.statusCode!, body: await buffer(response) }
}

const withHttp: Scenario = async world => {
  // An idle connection is kept, however long a busy machine takes.
  const server = http.createServer({ keepAliveTimeout: 0 }, echo)
  let connections = 0
  server.on('connection', () => connections++)
  await world.serve(server, 80)
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  Object.assign(agent, { createConnection: () => world.connect(80) })
  for (let i = 0; i < 3; i++) {
    const { status, body } = await exchange(http.request({ method: 'POST', host: world.host, agent }))
    assert.equal(status, 200)
    assert.ok(body.equals(BODY))
  }
  assert.equal(connections, 1)
  agent.destroy()
  server.close()
  await once(server, 'close')
}

/** A client that never ends its header must not hold its connection (facts of http's checks: 'listening' arms them). */
const withSlowClients: Scenario = async world => {
  const server = http.createServer(
    { connectionsCheckingInterval: 20, headersTimeout: 3000, requestTimeout: 4000 },
    echo,
  )
  await world.serve(server, 80)
  const socket = world.connect(80)
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n')
  assert.match(await text(socket), /^HTTP\/1\.1 408 /)
  server.close()
  await once(server, 'close')
}

const withHttps: Scenario = async world => {
  const server = https.createServer({ ...secrets, ALPNProtocols: ['http/1.1'], keepAliveTimeout: 0 }, echo)
  await world.serve(server, 443)
  const agent = new https.Agent({ keepAlive: true, maxSockets: 1 })
  Object.assign(agent, { createConnection: () => secure(world, 443, { ALPNProtocols: ['http/1.1'] }) })
  for (let i = 0; i < 2; i++) {
    const request = https.request({ method: 'POST', host: world.host, agent })
    const { status, body } = await exchange(request)
    assert.equal(status, 200)
    assert.ok(body.equals(BODY))
    const socket = request.socket as tls.TLSSocket
    assert.equal(socket.authorized, true)
    assert.equal(socket.alpnProtocol, 'http/1.1')
  }
  agent.destroy()
  server.close()
  await once(server, 'close')
}

/** The server speaks first; each side ends its half; a certificate that is not trusted ends it. */
const withTls: Scenario = async world => {
  const server = tls.createServer({ ...secrets, allowHalfOpen: true }, socket => {
    const said: Buffer[] = []
    socket.write('welcome ')
    socket.on('data', data => said.push(data))
    socket.on('end', () => socket.end(Buffer.concat(said)))
  })
  server.on('tlsClientError', () => {})
  await world.serve(server, 993)
  const first = world.connect(993)
  await once(first, 'connect')
  const client = tls.connect({ socket: first, ca: CERTIFICATE, servername: 'server.example' })
  first.allowHalfOpen = true
  await once(client, 'secureConnect')
  assert.equal(client.authorized, true)
  assert.equal(client.getProtocol(), 'TLSv1.3')
  client.write(BODY)
  client.end()
  const answer = await buffer(client)
  assert.ok(answer.equals(Buffer.concat([Buffer.from('welcome '), BODY])))
  const distrustful = secure(world, 993, { ca: [] })
  const [error] = (await once(distrustful, 'error')) as [NodeJS.ErrnoException]
  assert.equal(error.code, 'DEPTH_ZERO_SELF_SIGNED_CERT')
  server.close()
}

const overHttp2 = async (session: http2.ClientHttp2Session): Promise<void> => {
  const answers = [1, 2, 3].map(async number => {
    const stream = session.request({ ':method': 'POST', ':path': `/${number}` })
    stream.end(BODY)
    const [headers] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders]
    assert.equal(headers[':status'], 200)
    assert.equal(headers['x-path'], `/${number}`)
    assert.ok((await buffer(stream)).equals(BODY))
  })
  await Promise.all(answers)
  session.close()
  await once(session, 'close')
}

const onStream = (stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders): void => {
  stream.respond({ ':status': 200, 'x-path': headers[':path'] })
  stream.pipe(stream)
}

const withHttp2: Scenario = async world => {
  const server = http2.createSecureServer(secrets).on('stream', onStream)
  await world.serve(server, 443)
  const session = http2.connect(`https://${world.host}`, {
    createConnection: () => secure(world, 443, { ALPNProtocols: ['h2'] }),
  })
  await once(session, 'connect')
  assert.equal((session.socket as tls.TLSSocket).alpnProtocol, 'h2')
  await overHttp2(session)
  server.close()
}

const withH2c: Scenario = async world => {
  const server = http2.createServer().on('stream', onStream)
  await world.serve(server, 80)
  await overHttp2(http2.connect(`http://${world.host}`, { createConnection: () => world.connect(80) }))
  server.close()
}

export const scenarios: Record<string, Scenario> = {
  http: withHttp,
  'http, slow clients': withSlowClients,
  https: withHttps,
  tls: withTls,
  'http2 over TLS': withHttp2,
  h2c: withH2c,
}
