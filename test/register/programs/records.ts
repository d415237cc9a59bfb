// A thread reads what a server of the main thread has said by TLS, one record after the other.
import { once } from 'node:events'
import type net from 'node:net'
import tls from 'node:tls'
import { isMainThread, Worker, workerData } from 'node:worker_threads'
import { CERTIFICATE as cert, KEY as key } from '../../libraries/certificate.ts'

const RECORDS = 5

if (isMainThread) {
  const server = tls.createServer({ cert, key }, socket =>
    socket.on('error', () => {}).end(Buffer.alloc(RECORDS * 16_384)),
  )
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as net.AddressInfo
    new Worker(new URL(import.meta.url), { workerData: port }).on('exit', () => server.close())
  })
} else {
  const socket = tls.connect({ ca: cert, servername: 'server.example', port: workerData, host: '127.0.0.1' })
  socket.resume()
  let bytes = 0
  for (let n = 0; n < RECORDS; n++) {
    const [data] = await once(socket, 'data')
    bytes += data.length
  }
  console.log(`${bytes}`)
  socket.destroy()
}
