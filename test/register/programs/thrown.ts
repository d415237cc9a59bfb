// Something throws at the first of several records of TLS that come together; there is a listener of uncaughtException.
import { once } from 'node:events'
import net from 'node:net'
import type { Duplex } from 'node:stream'
import tls from 'node:tls'
import { CERTIFICATE as cert, KEY as key } from '../../libraries/certificate.ts'
import { B, pair } from '../../net/support.ts'

const [where, face] = process.argv.slice(2)
const server = tls.createServer({ cert, key }, socket =>
  socket.on('error', () => {}).end(Buffer.alloc(5 * 16_384)),
)

const connect = async (): Promise<Duplex> => {
  if (face === 'net') {
    const { a, b } = pair()
    b.serve(server, { port: 993, host: B })
    return a.connect(993, B)
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return net.connect((server.address() as net.AddressInfo).port, '127.0.0.1')
}

const fail = () => {
  throw new Error(where)
}
process.on('uncaughtException', error => console.log(error.message))
const socket = tls.connect({ ca: cert, servername: 'server.example', socket: await connect() })
let bytes = 0
socket.on('data', data => {
  bytes += data.length
  if (bytes !== data.length) return
  if (where === 'tick') process.nextTick(fail)
  else if (where === 'promise') Promise.resolve().then(fail)
  else fail()
})
socket.on('end', () => console.log(bytes))
socket.on('close', () => process.exit())
