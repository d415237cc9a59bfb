/**
 * The libraries of the web. `ws`, `express`, `fastify` and `undici` are what most of Node's servers and clients are
 * built with, and each of them touches a socket in ways of its own.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import express from 'express'
import fastify from 'fastify'
import { Client } from 'undici'
import WebSocket, { WebSocketServer } from 'ws'
import { pattern, type Scenario } from './worlds.ts'

const BODY = pattern(150_000)

const withWs: Scenario = async world => {
  const server = http.createServer()
  const sockets = new WebSocketServer({ server })
  sockets.on('connection', (socket, request) => {
    socket.send(`hello ${request.url}`)
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
    socket.on('close', code => socket.emit('ended', code))
  })
  await world.serve(server, 80)
  const client = new WebSocket(`ws://${world.host}/chat`, {
    createConnection: (() => world.connect(80)) as never,
  })
  const hello = once(client, 'message')
  await once(client, 'open')
  assert.equal(String((await hello)[0]), 'hello /chat')
  const echoed = once(client, 'message')
  client.send(BODY)
  assert.ok((await echoed)[0].equals(BODY))
  const pong = once(client, 'pong')
  client.ping('are you there')
  assert.equal(String((await pong)[0]), 'are you there')
  const [there] = [...sockets.clients]
  const ended = once(there!, 'ended')
  client.close(4000, 'enough')
  assert.deepEqual((await ended)[0], 4000)
  server.close()
}

const withExpress: Scenario = async world => {
  const app = express()
  app.use(express.raw({ limit: '1mb' }))
  app.post('/echo/:name', (request, response) => {
    response.set('x-name', request.params.name).set('x-ip', request.ip).send(request.body)
  })
  const server = http.createServer(app)
  await world.serve(server, 80)
  const socket = world.connect(80)
  const request = http.request({
    method: 'POST',
    path: '/echo/one',
    headers: { 'content-type': 'application/octet-stream' },
    createConnection: () => socket,
  })
  request.end(BODY)
  const [response] = (await once(request, 'response')) as [http.IncomingMessage]
  assert.equal(response.headers['x-name'], 'one')
  assert.equal(response.headers['x-ip'], socket.localAddress)
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  assert.ok(Buffer.concat(chunks).equals(BODY))
  server.close()
}

/** A server that makes its own http.Server, and a client that pipelines over one connection of ours. */
const withFastifyAndUndici: Scenario = async world => {
  const app = fastify({ bodyLimit: 1_000_000 })
  app.get<{ Params: { n: string } }>('/number/:n', async request => ({
    n: Number(request.params.n),
    ip: request.ip,
  }))
  app.addContentTypeParser('application/octet-stream', { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  )
  app.post('/echo', async request => request.body)
  await app.ready()
  await world.serve(app.server, 80)
  let connections = 0
  const client = new Client(`http://${world.host}`, {
    pipelining: 4,
    connect: (_options, callback) => {
      connections++
      const socket = world.connect(80)
      const failed = (error: Error) => callback(error, null)
      socket.once('error', failed)
      socket.once('connect', () => {
        socket.off('error', failed)
        callback(null, socket)
      })
    },
  })
  const answers = await Promise.all(
    [1, 2, 3, 4, 5].map(async n => {
      const { statusCode, body } = await client.request({ path: `/number/${n}`, method: 'GET' })
      assert.equal(statusCode, 200)
      return ((await body.json()) as { n: number }).n
    }),
  )
  assert.deepEqual(answers, [1, 2, 3, 4, 5])
  const { body } = await client.request({
    path: '/echo',
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: BODY,
  })
  assert.ok(Buffer.from(await body.arrayBuffer()).equals(BODY))
  assert.equal(connections, 1)
  await client.close()
  await app.close()
}

export const scenarios: Record<string, Scenario> = {
  ws: withWs,
  express: withExpress,
  'fastify and undici': withFastifyAndUndici,
}
