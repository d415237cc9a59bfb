// ES modules with named imports: http, https, http2, TLS, fetch, express and ws as their manuals have them.
import { once } from 'node:events'
import { Agent, createServer, get, type IncomingMessage, type RequestListener } from 'node:http'
import { connect as connectHttp2, createSecureServer } from 'node:http2'
import { createServer as createSecure, get as getSecure } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { buffer, text } from 'node:stream/consumers'
import { connect as connectTls } from 'node:tls'
import express from 'express'
import { request } from 'undici'
import WebSocket, { WebSocketServer } from 'ws'
import { CERTIFICATE as cert, KEY as key } from '../../libraries/certificate.ts'

const BODY = 'body '.repeat(50_000)
const listening = async (server: Server): Promise<number> => {
  if (!server.listening) await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
const echo: RequestListener = (request, response) => request.pipe(response)

const answered = async (promised: Promise<unknown[]>): Promise<number> => {
  const [response] = (await promised) as [IncomingMessage]
  return (await buffer(response)).length
}

const web = createServer(echo).listen()
const port = await listening(web)
const agent = new Agent({ keepAlive: true, maxSockets: 1 })
for (let i = 0; i < 2; i++)
  console.log('http', await answered(once(get({ port, agent, host: 'localhost' }), 'response')))
agent.destroy()
const fetched = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: BODY })
console.log('fetch', (await fetched.text()) === BODY)
const { body } = await request(`http://localhost:${port}/`, { method: 'POST', body: BODY })
console.log('undici', (await body.text()) === BODY)
web.close()
web.closeAllConnections()

const secure = createSecure({ key, cert }, (_request, response) => response.end(BODY)).listen(0, '127.0.0.1')
const options = {
  port: await listening(secure),
  ca: cert,
  servername: 'server.example',
  agent: false,
} as const
console.log('https', await answered(once(getSecure({ ...options, host: '127.0.0.1' }), 'response')))
const tls = connectTls({ ...options, host: 'localhost' })
await once(tls, 'secureConnect')
tls.write('GET / HTTP/1.0\r\n\r\n')
console.log('tls', tls.authorized, (await text(tls)).endsWith(BODY))
secure.close()

const second = createSecureServer({ key, cert }).listen(0)
second.on('stream', stream => stream.pipe(stream.respond({ ':status': 200 }) ?? stream))
const session = connectHttp2(`https://localhost:${await listening(second)}`, {
  ca: cert,
  servername: 'server.example',
})
const stream = session.request({ ':path': '/', ':method': 'POST' })
stream.end(BODY)
console.log('http2', (await text(stream)) === BODY)
session.close()
second.close()

const app = express()
app.get('/:name', (request, response) => void response.send(`${request.params.name} from ${request.ip}`))
const server = app.listen(0, '127.0.0.1')
const url = `localhost:${await listening(server)}`
console.log('express', await (await fetch(`http://${url}/you`)).text())
const sockets = new WebSocketServer({ server })
sockets.on('connection', socket => socket.on('message', data => socket.send(`${data} to you`)))
const socket = new WebSocket(`ws://${url}`)
await once(socket, 'open')
socket.send('hello')
console.log('ws', String((await once(socket, 'message'))[0]))
socket.close()
await once(socket, 'close')
server.close()
server.closeAllConnections()
