// The program that registered.test.ts runs with --import tuntcp/register: clients and servers of libraries that open their
// own sockets, all at once, each against its own counterpart. A line for each that is done; an exception ends it with what went wrong.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import { PassThrough, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import grpc from '@grpc/grpc-js'
import { Aedes } from 'aedes'
import axios from 'axios'
import { Client as FtpClient } from 'basic-ftp'
import got from 'got'
import mqtt from 'mqtt'
import nodemailer from 'nodemailer'
import { SMTPServer } from 'smtp-server'
import { Server as IoServer } from 'socket.io'
import { io } from 'socket.io-client'
import { CERTIFICATE, KEY } from './certificate.ts'
import { serveFtp } from './ftp-server.ts'
import { pattern } from './worlds.ts'

const HERE = '127.0.0.1'
const BODY = pattern(40_000)

/** Listens on the stack: a port of its own, at which the kernel knows nobody. */
const listen = async (server: net.Server): Promise<number> => {
  server.listen(0, HERE)
  await once(server, 'listening')
  const { _handle } = server as unknown as { _handle: object }
  assert.equal(_handle.constructor.name, 'ServerHandle')
  return (server.address() as net.AddressInfo).port
}

const echoServer = () =>
  http.createServer((request, response) => {
    if (request.url === '/moved') response.writeHead(302, { location: '/' }).end()
    else if (request.url === '/busy') response.writeHead(503).end()
    else request.pipe(response)
  })

/** Redirects, retries, streams. */
const withGot = async (): Promise<void> => {
  const server = echoServer()
  const url = `http://${HERE}:${await listen(server)}`
  assert.ok((await got.post(url, { body: BODY }).buffer()).equals(BODY))
  assert.equal(await got(`${url}/moved`).text(), '')
  const streamed = got.stream.post(url, { body: BODY })
  assert.ok((await buffer(streamed)).equals(BODY))
  const busy = got(`${url}/busy`, {
    retry: { limit: 1, calculateDelay: ({ attemptCount }) => (attemptCount < 2 ? 1 : 0) },
  })
  await assert.rejects(busy, { code: 'ERR_NON_2XX_3XX_RESPONSE' })
  server.close()
}

const withAxios = async (): Promise<void> => {
  const server = echoServer()
  const baseURL = `http://localhost:${await listen(server)}`
  const httpAgent = new http.Agent({ keepAlive: true })
  const client = axios.create({ baseURL, httpAgent, responseType: 'arraybuffer' })
  const answers = await Promise.all([1, 2, 3].map(() => client.post('/', BODY)))
  for (const { status, data } of answers) assert.deepEqual([status, BODY.equals(data)], [200, true])
  await assert.rejects(client.get('/busy'), { code: 'ERR_BAD_RESPONSE' })
  httpAgent.destroy()
  server.close()
}

/** Polling first and a WebSocket then, acknowledgments, binary, a room. */
const withSocketIo = async (): Promise<void> => {
  const server = http.createServer()
  const sockets = new IoServer(server)
  sockets.on('connection', socket => {
    socket.join('room')
    socket.on('echo', (data, acknowledge) => acknowledge(data))
    socket.on('tell', text => sockets.to('room').emit('told', text))
  })
  const port = await listen(server)
  const [one, other] = [
    io(`http://${HERE}:${port}`),
    io(`http://${HERE}:${port}`, { transports: ['websocket'] }),
  ]
  for (const socket of [one, other])
    if (!socket.connected) await new Promise<void>(resolve => socket.once('connect', () => resolve()))
  assert.ok(BODY.equals(await one.emitWithAck('echo', BODY)))
  assert.ok(BODY.equals(await other.emitWithAck('echo', BODY)))
  const told = new Promise(resolve => other.once('told', resolve))
  one.emit('tell', 'everybody')
  assert.equal(await told, 'everybody')
  one.disconnect()
  other.disconnect()
  await sockets.close()
}

const asIs = (bytes: Buffer): Buffer => bytes
const method = (path: string, streams: boolean) => ({
  path,
  requestStream: streams,
  responseStream: streams,
  requestSerialize: asIs,
  requestDeserialize: asIs,
  responseSerialize: asIs,
  responseDeserialize: asIs,
})
const service = { echo: method('/test.Echo/Echo', false), chat: method('/test.Echo/Chat', true) }

/** A call, a stream in both directions, an error with its status; over HTTP/2 with TLS. */
const withGrpc = async (): Promise<void> => {
  const server = new grpc.Server()
  server.addService(service, {
    echo: (call: grpc.ServerUnaryCall<Buffer, Buffer>, done: grpc.sendUnaryData<Buffer>) =>
      call.request.length > 0 ? done(null, call.request) : done({ code: grpc.status.INVALID_ARGUMENT }),
    chat: (call: grpc.ServerDuplexStream<Buffer, Buffer>) =>
      call.on('data', bytes => call.write(bytes)).on('end', () => call.end()),
  })
  const secrets = grpc.ServerCredentials.createSsl(null, [
    { private_key: Buffer.from(KEY), cert_chain: Buffer.from(CERTIFICATE) },
  ])
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync(`${HERE}:0`, secrets, (error, port) => (error ? reject(error) : resolve(port))),
  )
  const Client = grpc.makeGenericClientConstructor(service, 'test.Echo')
  const client = new Client(`${HERE}:${port}`, grpc.credentials.createSsl(Buffer.from(CERTIFICATE)), {
    'grpc.ssl_target_name_override': 'server.example',
  }) as unknown as {
    echo(request: Buffer, done: (error: grpc.ServiceError | null, answer?: Buffer) => void): void
    chat(): grpc.ClientDuplexStream<Buffer, Buffer>
    close(): void
  }
  const call = (request: Buffer) =>
    new Promise<Buffer>((resolve, reject) =>
      client.echo(request, (error, answer) => (error ? reject(error) : resolve(answer!))),
    )
  assert.ok((await call(BODY)).equals(BODY))
  await assert.rejects(call(Buffer.alloc(0)), { code: grpc.status.INVALID_ARGUMENT })
  const chat = client.chat()
  const heard: string[] = []
  chat.on('data', (bytes: Buffer) => heard.push(String(bytes)))
  for (const word of ['one', 'two', 'three']) chat.write(Buffer.from(word))
  chat.end()
  await once(chat, 'end')
  assert.deepEqual(heard, ['one', 'two', 'three'])
  client.close()
  server.forceShutdown()
}

/** A server that speaks first, STARTTLS in the middle of a connection, pipelined commands, an attachment. */
const withMail = async (): Promise<void> => {
  const received: Buffer[] = []
  const server = new SMTPServer({
    key: KEY,
    cert: CERTIFICATE,
    disabledCommands: ['AUTH'],
    onRcptTo: ({ address }, _session, done) =>
      done(
        address.startsWith('nobody')
          ? Object.assign(new Error('no such mailbox'), { responseCode: 550 })
          : null,
      ),
    onData: (stream, _session, done) => {
      buffer(stream).then(body => {
        received.push(body)
        done()
      }, done)
    },
  })
  const port = await listen(server.server)
  const transport = nodemailer.createTransport({
    host: HERE,
    port,
    requireTLS: true,
    tls: { ca: CERTIFICATE, servername: 'server.example' },
  })
  const message = { from: 'a@example.org', subject: 'hello', text: 'body' }
  const attachments = [{ filename: 'data', content: BODY }]
  const { accepted } = await transport.sendMail({ ...message, to: 'b@example.org', attachments })
  assert.deepEqual(accepted, ['b@example.org'])
  assert.ok(String(received[0]).replaceAll('\r\n', '').includes(BODY.toString('base64')))
  await assert.rejects(transport.sendMail({ ...message, to: 'nobody@example.org' }), { responseCode: 550 })
  transport.close()
  await new Promise<void>(resolve => server.close(resolve))
}

/** Quality of service 0, 1 and 2, a retained message, a will after a connection that ends without a farewell. */
const withMqtt = async (): Promise<void> => {
  const broker = await Aedes.createBroker()
  const server = net.createServer(broker.handle)
  const url = `mqtt://${HERE}:${await listen(server)}`
  const publisher = await mqtt.connectAsync(url, {
    will: { topic: 'will', payload: Buffer.from('gone'), qos: 1, retain: false },
  })
  const reader = await mqtt.connectAsync(url)
  const heard = new Map<string, Buffer>()
  reader.on('message', (topic, payload) => heard.set(topic, payload))
  await publisher.publishAsync('kept', 'early', { qos: 1, retain: true })
  await reader.subscribeAsync(['kept', 'qos/#', 'will'], { qos: 2 })
  for (const qos of [0, 1, 2] as const) await publisher.publishAsync(`qos/${qos}`, BODY, { qos })
  publisher.on('error', () => {})
  ;(publisher.stream as net.Socket).destroy()
  publisher.end(true)
  while (heard.size < 5) await new Promise(resolve => reader.once('message', resolve))
  assert.deepEqual([...heard.keys()].sort(), ['kept', 'qos/0', 'qos/1', 'qos/2', 'will'])
  for (const qos of [0, 1, 2]) assert.ok(heard.get(`qos/${qos}`)!.equals(BODY))
  assert.equal(String(heard.get('will')), 'gone')
  await reader.endAsync()
  await new Promise<void>(resolve => broker.close(resolve))
  server.close()
}

/** A second connection for each transfer, whose end is the end of the file. */
const withFtp = async (): Promise<void> => {
  const files = new Map([['there', BODY]])
  const server = net.createServer(socket => serveFtp(socket, files))
  const client = new FtpClient()
  await client.access({ host: HERE, port: await listen(server), user: 'somebody', password: 'secret' })
  const into = new PassThrough()
  const [got] = await Promise.all([buffer(into), client.downloadTo(into, 'there')])
  assert.ok(got.equals(BODY))
  await client.uploadFrom(Readable.from([BODY.subarray(0, 10_000), BODY.subarray(10_000)]), 'new')
  assert.ok(files.get('new')!.equals(BODY))
  assert.deepEqual(
    (await client.list()).map(({ name, size }) => [name, size]),
    [
      ['there', 40_000],
      ['new', 40_000],
    ],
  )
  await assert.rejects(client.downloadTo(new PassThrough(), 'nowhere'), { code: 550 })
  client.close()
  server.close()
}

const SCENARIOS: Record<string, () => Promise<void>> = {
  got: withGot,
  axios: withAxios,
  'socket.io': withSocketIo,
  '@grpc/grpc-js': withGrpc,
  'nodemailer and smtp-server': withMail,
  'mqtt and aedes': withMqtt,
  'basic-ftp': withFtp,
}

await Promise.all(
  Object.entries(SCENARIOS).map(async ([name, scenario]) => {
    try {
      await scenario()
      console.log(name)
    } catch (error) {
      console.error(name, error)
      process.exitCode = 1
    }
  }),
)
process.exit()
