// HTTP/2 over TLS: the client destroys a stream of which the server reads, writing a byte for each piece; all close then.
import { once } from 'node:events'
import http2 from 'node:http2'
import type net from 'node:net'
import { CERTIFICATE as cert, KEY as key } from '../../libraries/certificate.ts'

let asked: http2.ClientHttp2Stream | null = null
const server = http2.createSecureServer({ cert, key })
server.on('stream', stream => {
  stream.on('error', () => {}).on('close', () => console.log('stream closed'))
  stream.on('data', () => {
    stream.write('x')
    process.nextTick(() => asked!.destroy())
  })
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = server.address() as net.AddressInfo
const session = http2.connect(`https://127.0.0.1:${port}`, { ca: cert, servername: 'server.example' })
asked = session.request({ ':method': 'POST' })
asked.on('close', () => session.close())
asked.resume().write(Buffer.alloc(65_536))
// (Nothing else keeps the process: what hangs would keep the sockets.)
const patience = setTimeout(() => {
  console.log('hangs')
  process.exit()
}, 10_000)
await once(session, 'close')
server.close()
await once(server, 'close')
clearTimeout(patience)
console.log('closed')
