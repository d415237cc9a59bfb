// Something throws at each of several requests of HTTP/2 that come in one read; there is a listener of uncaughtException.
import { once } from 'node:events'
import http2 from 'node:http2'
import type { AddressInfo } from 'node:net'
import tls from 'node:tls'
import { CERTIFICATE as cert, KEY as key } from '../../libraries/certificate.ts'
import { B, pair } from '../../net/support.ts'

const [face, security] = process.argv.slice(2)
const secure = security === 'TLS'
const server = secure ? http2.createSecureServer({ cert, key }) : http2.createServer()
const authority = secure ? 'https://server.example' : 'http://server.example'

const connect = async (): Promise<http2.ClientHttp2Session> => {
  const options = { ca: cert, servername: 'server.example' }
  if (face === 'net') {
    const { a, b } = pair()
    b.serve(server, { port: 80, host: B })
    const socket = a.connect(80, B)
    const createConnection = () =>
      secure ? tls.connect({ ...options, socket, ALPNProtocols: ['h2'] }) : socket
    return http2.connect(authority, { createConnection })
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return http2.connect(`${secure ? 'https' : 'http'}://127.0.0.1:${port}`, options)
}

const said: string[] = []
const fail = (where: string) => {
  throw new Error(where)
}
process.on('uncaughtException', error => said.push(error.message))

server.on('stream', (stream, headers) => {
  const path = headers[':path']!
  stream.respond()
  stream.end(path)
  if (path !== '/first') fail(`stream ${path}`)
})
const client = await connect()

const get = async (path: string): Promise<void> => {
  const request = client.request({ ':path': path })
  request.on('response', () => Promise.resolve().then(() => said.push(`response ${path}`)))
  request.on('data', () => (path === '/first' ? null : fail(`data ${path}`)))
  await once(request, 'close')
}
await get('/first')
await Promise.all(['/1', '/2', '/3'].map(get))
client.close()
server.close()
console.log(said.join('\n'))
process.exit()
