// A thread's server leaves at the first bytes of many: the rest is unread, in the thread or on its way there.
import { once } from 'node:events'
import net from 'node:net'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'

if (isMainThread) {
  const thread = new Worker(new URL(import.meta.url))
  const [port] = (await once(thread, 'message')) as [number]
  const client = net.connect(port, '127.0.0.1')
  client.resume().on('end', () => console.log('end'))
  client.on('error', ({ message }) => console.log(message))
  client.on('close', () => thread.terminate())
  client.write(Buffer.alloc(4_000_000))
} else {
  const server = net.createServer(socket => socket.once('data', () => socket.destroy()))
  server.listen(0, '127.0.0.1', () => parentPort!.postMessage((server.address() as net.AddressInfo).port))
}
