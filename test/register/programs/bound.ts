/** What a thread's socket is told before it connects by way of the program: where it is bound, and that it keeps nobody. */
import { once } from 'node:events'
import net from 'node:net'
import { text } from 'node:stream/consumers'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'

const PORT = 4450
const HOST = '127.0.0.1'

const thread = async (say: (what: string) => void): Promise<void> => {
  const bound = net.connect({ port: PORT, host: HOST, localAddress: '127.0.0.5', localPort: 4451 })
  await once(bound, 'connect')
  say(`from ${bound.localAddress}:${bound.localPort}`)
  say(`seen ${await text(bound)}`)
  const nowhere = net.connect({ port: PORT, host: HOST, localAddress: '198.51.100.7' })
  const [error] = (await once(nowhere, 'error')) as [NodeJS.ErrnoException]
  say(`${error.syscall} ${error.code}`)
  // Nothing else keeps the thread.
  const unheld = net.connect(PORT, HOST).unref()
  unheld.once('connect', () => say('connected without a reference'))
}

if (isMainThread) {
  const server = net.createServer(socket => {
    socket.on('error', () => {})
    socket.end(`${socket.remoteAddress}:${socket.remotePort}`)
  })
  server.listen(PORT, HOST)
  await once(server, 'listening')
  const worker = new Worker(new URL(import.meta.url))
  worker.on('message', what => console.log(what))
  const [code] = await once(worker, 'exit')
  console.log('ends with', code)
  server.close()
} else await thread(what => parentPort!.postMessage(what))
