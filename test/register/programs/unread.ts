// A thread's server leaves at the first byte, when more is on its way to the thread.
import { once } from 'node:events'
import net from 'node:net'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'

/** More than the buffers of both ends have room for (see the test): some of it is with whoever brings it to the thread. */
const MORE = 160_000

if (isMainThread) {
  const sent = new Int32Array(new SharedArrayBuffer(4))
  const thread = new Worker(new URL(import.meta.url), { workerData: sent })
  const [port] = (await once(thread, 'message')) as [number]
  const client = net.connect(port, '127.0.0.1')
  client.resume().on('end', () => console.log('end'))
  client.on('error', ({ message }) => console.log(message))
  client.on('close', () => thread.terminate())
  client.write('x')
  await once(thread, 'message')
  client.write(Buffer.alloc(MORE), () => {
    Atomics.store(sent, 0, 1)
    Atomics.notify(sent, 0)
  })
} else {
  const server = net.createServer(socket =>
    socket.once('data', () => {
      parentPort!.postMessage('reached')
      Atomics.wait(workerData as Int32Array, 0, 0)
      socket.destroy()
    }),
  )
  server.listen(0, '127.0.0.1', () => parentPort!.postMessage((server.address() as net.AddressInfo).port))
}
