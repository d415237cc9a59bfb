// TLS servers of a thread that end their direction in the turn in which they hear of their client, as its clients hear of it.
import { once } from 'node:events'
import type net from 'node:net'
import tls from 'node:tls'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { CERTIFICATE as ca, KEY as key } from '../../libraries/certificate.ts'

if (isMainThread) {
  const thread = new Worker(new URL(import.meta.url))
  const [port] = (await once(thread, 'message')) as [number]
  for (let n = 0; n < 3; n++) {
    const client = tls.connect({ port, host: '127.0.0.1', ca, servername: 'server.example' })
    let text = ''
    client.setEncoding('latin1').on('data', data => {
      text += data
    })
    client.on('error', ({ message }) => console.log(message))
    await once(client, 'end')
    console.log(text)
    await once(client, 'close')
  }
  await thread.terminate()
} else {
  const server = tls.createServer({ cert: ca, key }, socket => {
    socket.on('error', ({ message }) => console.log(message))
    socket.end('the end')
  })
  server.listen(0, '127.0.0.1', () => parentPort!.postMessage((server.address() as net.AddressInfo).port))
}
