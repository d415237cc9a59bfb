// Listeners throw at what HTTP/2 over TLS reads when its write is over: it reads nothing while much is to be written.
import { once } from 'node:events'
import http2 from 'node:http2'
import type net from 'node:net'
import { CERTIFICATE as cert, KEY as key } from '../../libraries/certificate.ts'

const REQUESTS = 4
const server = http2.createSecureServer({ cert, key })
server.on('stream', stream => {
  stream.on('error', () => {}).respond({ ':status': 200 })
  stream.resume().end('hello')
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = server.address() as net.AddressInfo
const session = http2.connect(`https://127.0.0.1:${port}`, { ca: cert, servername: 'server.example' })
await once(session, 'connect')

let caught = 0
let closed = 0
process.on('uncaughtException', ({ message }) => {
  if (message === 'at data') caught++
  else console.log(message)
})
for (let i = 0; i < REQUESTS; i++) {
  const stream = session.request({ ':method': 'POST' })
  stream.on('data', () => {
    throw new Error('at data')
  })
  stream.on('close', () => {
    if (++closed < REQUESTS) return
    console.log(caught)
    process.exit()
  })
  if (i === 0) stream.end(Buffer.alloc(200_000))
  else stream.end()
}
